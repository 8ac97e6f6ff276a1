"""The same on a real broker, and what only a broker brings: two hubs, kcat, an outage, a record that is not a fact."""
import unittest

import doors
import messages
from hub import Broker, wait_for
from messages import MALVIK, adt
from moments import MorningMadeAgain
from on_kafka import BROKER, OnKafka, setUpModule  # setUpModule: for unittest, which looks for it here.
from scenarios import FirstNumbers, KillDuringIngest

PATHWAY = "overgang.pathway.v1"


class FirstNumbersOnKafka(FirstNumbers, OnKafka):
    pass


class KillOnKafka(KillDuringIngest, OnKafka):
    ROUNDS = 3


class MorningMadeAgainOnKafka(MorningMadeAgain, OnKafka):
    pass


class TwoHubs(OnKafka):
    def test_both_take_messages_and_one_goes_on_when_the_other_is_killed(self):
        one, two = (self.hub(name, self.settings()) for name in ("one", "two"))
        before = self.inpatients(one)
        self.admit_some(one, 3)
        self.admit_some(two, 2)
        for hub in (one, two):
            self.wait_for_inpatients(hub, before + 5)
        one.kill()
        self.admit_some(two, 4)
        self.wait_for_inpatients(two, before + 9)
        one.start()
        self.wait_for_inpatients(one, before + 9)
        now = messages.now().isoformat()  # The same now for both.
        self.assertEqual(one.census(asOf=now), two.census(asOf=now))
        for hub in (one, two):
            hub.verify_rebuild()

        headers = self.kcat("-C", "-t", PATHWAY, "-e", "-o", "beginning", "-f", "%h\n").decode()
        self.assertIn("ce_type=", headers)
        self.assertIn("ce_id=", headers)
        self.assertIn("content-type=application/protobuf", headers)


class Outage(OnKafka):
    def test_without_a_broker_nothing_is_acknowledged_and_all_goes_on_when_it_is_back(self):
        hub = self.first_hub()
        before = self.inpatients(hub)
        self.admit_some(hub)
        BROKER.stop()
        status, why = wait_for("the hub says that it is not ready",
                               lambda: hub.readiness() if hub.readiness()[0] == 503 else None, seconds=30)
        self.assertIn("log", why.lower(), status)
        kept = adt("A01", messages.Patient(MALVIK))
        try:
            self.assertNotEqual(doors.send_adt(hub, kept).code, "AA")
        except OSError:
            pass  # No answer at all is as good: the sender keeps the message.
        BROKER.start()
        wait_for("the hub is ready again", lambda: hub.readiness()[0] == 200, seconds=60)
        self.assertEqual(doors.send_adt(hub, kept).code, "AA")
        self.wait_for_inpatients(hub, before + 2)
        hub.verify_rebuild()


class Poison(OnKafka):
    def test_a_record_that_is_no_fact_is_parked_and_the_others_go_on(self):
        hub = self.first_hub()
        before = self.inpatients(hub)
        self.admit_some(hub)
        # A truncated message: field 1 says that 100 bytes follow.
        self.kcat("-P", "-t", PATHWAY, "-p", "3", "-k", "nobody", "-H", "ce_type=UkpDeclared", stdin=b"\x0a\x64truncated")
        self.admit_some(hub)
        parked = wait_for("the record is parked", lambda: hub.call("OperationsService/ListParked").get("parked"))
        self.assertEqual([(entry["topic"], entry["partition"]) for entry in parked], [(PATHWAY, 3)])
        self.assertIn(PATHWAY, hub.cli("parked", "list", "--json").stdout)
        self.wait_for_inpatients(hub, before + 2)
        hub.verify_rebuild()

    def test_the_data_folder_of_another_cluster_is_refused(self):
        hub = self.first_hub()
        self.assertEqual(hub.stop(), 0)
        other = Broker(self.folder / "other")
        self.addCleanup(other.close)
        other.start()
        hub.settings.update(other.settings())
        hub.start(ready=False)
        code = hub.process.wait(60)
        self.assertNotEqual(code, 0)
        self.assertRegex(hub.log(), "(?i)cluster|another log|founded")


if __name__ == "__main__":
    unittest.main()
