"""SIGTERM while everything is open."""
import base64
import subprocess
import threading
import time
import unittest

import doors
import messages
from hub import ConnectError, HubTest, wait_for
from messages import MALVIK, adt


class Shutdown(HubTest):
    def test_sigterm_drains_and_exits_0_though_clients_are_connected(self):
        hub = self.hub()
        with doors.Mllp(hub.address("mllp")) as open_connection, doors.Live(hub, "census") as live:
            live.next()
            self.assertEqual(open_connection.send(adt("A01", messages.Patient(MALVIK))).code, "AA")
            self.assertEqual(hub.stop(), 0)
            with self.assertRaises(OSError):
                doors.Mllp(hub.address("mllp"), timeout=2)

    def test_what_was_acknowledged_while_stopping_is_there_afterwards(self):
        hub = self.hub()
        acknowledged = []

        def admit_until_closed():
            try:
                with doors.Mllp(hub.address("mllp")) as connection:
                    while connection.send(adt("A01", messages.Patient(MALVIK))).code == "AA":
                        acknowledged.append(1)
            except OSError:
                pass

        threads = [threading.Thread(target=admit_until_closed) for _ in range(4)]
        for thread in threads:
            thread.start()
        wait_for("some are acknowledged", lambda: len(acknowledged) > 50)
        self.assertEqual(hub.stop(), 0)
        for thread in threads:
            thread.join(30)
        hub.start()
        self.assertGreaterEqual(hub.census(kommuner=[MALVIK])[MALVIK]["inpatients"], len(acknowledged))
        hub.verify_rebuild()

    def test_a_question_that_waits_for_what_does_not_come_is_answered_at_once(self):
        hub = self.hub()
        cursor = hub.call("OperationsService/GetSources")["asOf"]["cursor"]
        octets = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        ahead = base64.urlsafe_b64encode(octets[:-1] + b"\x7f").decode().rstrip("=")   # The last partition's offset.
        answers = []

        def ask():
            try:
                hub.call("CensusService/GetCensus", {"waitFor": ahead})
            except ConnectError as error:
                answers.append(error.code)

        thread = threading.Thread(target=ask)
        thread.start()
        time.sleep(0.5)   # It waits; nothing else tells.
        self.assertEqual(answers, [])
        began = time.monotonic()
        self.assertEqual(hub.stop(), 0)
        self.assertLess(time.monotonic() - began, 4)
        thread.join(30)
        self.assertEqual(answers, ["unavailable"])

    def test_what_it_logs_goes_to_standard_error(self):
        hub = self.hub(start=False)
        hub.data_dir.mkdir(parents=True)
        hub.process = subprocess.Popen(hub.arguments(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        hub.wait_until_ready()
        hub.process.terminate()
        out, log = hub.process.communicate(timeout=30)
        self.assertEqual((hub.process.returncode, out), (0, ""))
        self.assertIn("serving", log)


if __name__ == "__main__":
    unittest.main()
