"""Tiltakskort by two hubs on a real broker: the one that decides is killed or frozen between a level and its cards."""
import signal
import unittest

from hub import wait_for
from on_kafka import OnKafka, setUpModule  # setUpModule: for unittest, which looks for it here.
from tiltakskort_test import OF_HOSPITAL, ROD, WithCards


class TakeOver(WithCards, OnKafka):
    def is_doer(self, hub):
        return "\novergang_doer 1\n" in hub.get("/metrics")[1]

    def doer_and_other(self):
        hubs = [self.hub(name, self.settings()) for name in ("one", "two")]

        def settled():
            doers = [hub for hub in hubs if self.is_doer(hub)]
            return doers if len(doers) == 1 else None
        doer, = wait_for("one hub decides", settled, seconds=30)
        return doer, next(hub for hub in hubs if hub is not doer)

    def listed(self, hub):
        return hub.call("EscalationService/ListTiltakskort", {"recipient": OF_HOSPITAL, "pageSize": 1000}).get("cards", [])

    def wait_for_rod(self, hub):
        wait_for("the cards are there", lambda: set(self.cards(hub)) == set(ROD), seconds=60)

    def assert_both_tell_the_same(self, one, other, before):
        wait_for("both know the same", lambda: self.listed(one) == self.listed(other), seconds=30)
        self.assertEqual(len(self.listed(one)), before + len(ROD), "each card once")
        for hub in (one, other):
            hub.verify_rebuild()

    def test_killed_between_level_and_card_another_issues_it(self):
        doer, other = self.doer_and_other()
        before = len(self.listed(other))
        self.set_level(other, "ROD")
        doer.kill()
        self.wait_for_rod(other)
        doer.start()
        self.wait_for_rod(doer)
        self.assert_both_tell_the_same(doer, other, before)
        self.set_level(other, "HVIT")
        wait_for("all are closed", lambda: not self.cards(other))

    def test_frozen_past_its_session_it_wakes_to_what_another_issued(self):
        doer, other = self.doer_and_other()
        before = len(self.listed(other))
        doer.process.send_signal(signal.SIGSTOP)
        self.set_level(other, "ROD")
        self.wait_for_rod(other)
        self.assertTrue(self.is_doer(other))
        doer.process.send_signal(signal.SIGCONT)
        self.wait_for_rod(doer)
        self.assert_both_tell_the_same(doer, other, before)
        self.set_level(other, "HVIT")
        wait_for("all are closed", lambda: not self.cards(other))


if __name__ == "__main__":
    unittest.main()
