"""One broker for all tests of a module."""
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import doors
import messages
from hub import Broker, HubTest, wait_for
from messages import MALVIK, adt

SHARED = pathlib.Path(tempfile.mkdtemp(prefix="overgang-e2e-kafka-"))
BROKER = Broker(SHARED / "broker")


def setUpModule():
    unittest.addModuleCleanup(shutil.rmtree, SHARED, ignore_errors=True)
    unittest.addModuleCleanup(BROKER.close)
    BROKER.start()


class OnKafka(HubTest):
    """All share one broker and so one log and its keys; counts are therefore compared with what was there before."""

    def settings(self):
        return {**BROKER.settings(), **self.keys(SHARED)}

    def first_hub(self):
        return self.hub(settings=self.settings())

    def inpatients(self, hub):
        return hub.census(kommuner=[MALVIK])[MALVIK]["inpatients"]

    def admit_some(self, hub, count=1):
        for _ in range(count):
            ack = doors.send_adt(hub, adt("A01", messages.Patient(MALVIK)))
            self.assertEqual(ack.code, "AA", ack.text)

    def wait_for_inpatients(self, hub, count):
        wait_for(f"{hub.data_dir.name} counts {count}", lambda: self.inpatients(hub) == count)

    def kcat(self, *words, stdin=None):
        done = subprocess.run(["kcat", "-b", BROKER.address, *words], input=stdin, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60, check=True)
        return done.stdout
