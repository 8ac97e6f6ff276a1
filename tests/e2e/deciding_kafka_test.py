"""Deciding by two hubs on a real broker: one decides, another when it is killed or frozen, and each decision counts once."""
import signal
import time
import unittest

import messages
from deciding import TIDLIGMELDING, UKP_NOTICE, Deciding, LateWord
from hub import wait_for
from on_kafka import OnKafka, setUpModule  # setUpModule: for unittest, which looks for it here.


class LateWordOnKafka(LateWord, Deciding, OnKafka):
    pass


class TakeOver(Deciding, OnKafka):
    def is_doer(self, hub):
        return "\novergang_doer 1\n" in hub.get("/metrics")[1]

    def doer_and_other(self, hubs):
        """Once exactly one of the two decides."""
        def settled():
            doers = [hub for hub in hubs if self.is_doer(hub)]
            return doers if len(doers) == 1 else None
        doer, = wait_for("one hub decides", settled, seconds=30)
        return doer, next(hub for hub in hubs if hub is not doer)

    def assert_all_decided(self, hubs, patients, kind):
        for hub in hubs:
            for patient in patients:
                self.wait_for_decision(hub, patient, kind)

    def story(self, hub, patient):
        """What a hub says of a patient, as far as it does not depend on now."""
        answer = self.pathway(hub, patient)
        deadlines = [(stay["stayId"], [{**deadline, "state": None} for deadline in stay.get("deadlines", [])])
                     for stay in answer["stays"]]
        return answer["decisions"], deadlines

    def assert_both_say_the_same(self, hubs, patients):
        for patient in patients:
            decisions, deadlines = self.story(hubs[0], patient)
            self.assertTrue(decisions)
            self.assertEqual(self.story(hubs[1], patient), (decisions, deadlines))

    def test_killed_in_the_middle_another_decides_the_rest(self):
        hubs = [self.hub(name, self.settings()) for name in ("one", "two")]
        doer, other = self.doer_and_other(hubs)
        patients = self.admitted(other, 40)
        waiting = self.admitted(doer, 2, hours=30)
        self.append(other, *((patient, messages.hours_ago(1), "ukpDeclared") for patient in waiting))
        self.due_from_now(other, 2, patients)
        for patient in waiting:
            self.wait_for_decision(other, patient, TIDLIGMELDING)
        self.wait_for_decision(other, patients[10], UKP_NOTICE)
        doer.kill()
        decided = {fact["visitKey"] for fact in self.in_log(other)} & {patient.visit for patient in patients}
        self.assertLess(len(decided), len(patients), "it was not killed in the middle")
        self.assert_all_decided([other], patients, UKP_NOTICE)
        self.assertTrue(self.is_doer(other))
        doer.start()
        self.assert_all_decided(hubs, patients, UKP_NOTICE)
        self.assert_each_once(other)
        self.assert_never_early(other)
        self.assert_both_say_the_same(hubs, patients[::10] + waiting)
        for hub in hubs:
            hub.verify_rebuild()

    def test_frozen_past_its_session_it_wakes_to_what_another_decided(self):
        hubs = [self.hub(name, self.settings()) for name in ("one", "two")]
        doer, other = self.doer_and_other(hubs)
        patients = self.admitted(other, 40)
        self.due_from_now(other, 8, patients)
        wait_for("the doer has them", lambda: self.pathway(doer, patients[-1])["facts"][-1].get("fact", {}).get("ukpDeclared")
                 is not None)
        doer.process.send_signal(signal.SIGSTOP)
        back = self.readmitted(other)
        self.assert_all_decided([other], patients, UKP_NOTICE)
        self.assertTrue(self.is_doer(other))
        doer.process.send_signal(signal.SIGCONT)
        self.assert_all_decided(hubs, patients, UKP_NOTICE)
        self.doer_and_other(hubs)
        time.sleep(2)
        self.assert_each_once(other)
        self.assert_never_early(other)
        self.assert_both_say_the_same(hubs, [back, *patients[::10]])
        for hub in hubs:
            hub.verify_rebuild()


if __name__ == "__main__":
    unittest.main()
