"""Deciding on the embedded log: one hub, killed and started again while deadlines pass."""
import time
import unittest

from deciding import UKP_NOTICE, Deciding, LateWord
from hub import HubTest


class OnTheEmbeddedLog(LateWord, Deciding, HubTest):
    def first_hub(self):
        return self.hub()

    def test_killed_in_the_middle_it_decides_everything_once(self):
        hub = self.hub()
        patients = self.admitted(hub, 40)
        back = self.readmitted(hub)
        self.due_from_now(hub, 2, patients)
        for _ in range(2):
            time.sleep(3)
            hub.kill()
            hub.start()
        for patient in patients:
            self.wait_for_decision(hub, patient, UKP_NOTICE)
        readmissions = [kind for kind in self.decisions(hub, back) if kind.startswith("DEFINITION")]
        self.assertGreaterEqual(len(readmissions), 2)
        self.assertEqual(self.assert_each_once(hub), len(patients) + len(readmissions))
        self.assert_never_early(hub)
        hub.verify_rebuild()
        before = self.in_log(hub)
        self.assertEqual(hub.stop(), 0)
        hub.start()
        time.sleep(1)
        self.assertEqual(self.in_log(hub), before, "after a restart nothing is decided again")


if __name__ == "__main__":
    unittest.main()
