"""Levels by two hubs on a real broker: one decides, another when it is killed or frozen, and each change counts once."""
import signal
import time
import unittest

from hub import wait_for
from levels import GUL, HVIT, ROD, Levels
from on_kafka import OnKafka, setUpModule  # setUpModule: for unittest, which looks for it here.


class TakeOver(Levels, OnKafka):
    def two(self):
        settings = {**self.settings(), **self.rules()}
        hubs = [self.hub(name, settings) for name in ("one", "two")]

        def settled():
            doers = [hub for hub in hubs if "\novergang_doer 1\n" in hub.get("/metrics")[1]]
            return doers if len(doers) == 1 else None
        doer, = wait_for("one hub decides", settled, seconds=30)
        return doer, next(hub for hub in hubs if hub is not doer)

    def begin(self, hub):
        """At hvit, whatever the test before left; how many changes count by then."""
        self.beds(hub, 50)
        self.wait_for_level(hub, HVIT)
        return len(self.counted(hub))

    def assert_both_say_the_same(self, *hubs):
        first, second = ({key: self.level(hub)[key] for key in ("level", "since", "revision")} for hub in hubs)
        self.assertEqual(first, second)
        for hub in hubs:
            hub.verify_rebuild()

    def test_killed_between_two_levels_the_other_decides_the_rest(self):
        doer, other = self.two()
        before = self.begin(other)
        self.beds(other, 110)
        self.wait_for_level(other, ROD)
        self.beds(other, 50)
        doer.kill()
        self.wait_for_level(other, HVIT)
        self.assertEqual([change["to"] for change in self.counted(other)][before:], [ROD, GUL, HVIT])
        doer.start()
        self.wait_for_level(doer, HVIT)
        time.sleep(3)
        self.assertEqual([change["to"] for change in self.counted(other)][before:], [ROD, GUL, HVIT])
        self.assert_both_say_the_same(doer, other)

    def test_frozen_past_its_session_it_wakes_to_what_another_decided(self):
        doer, other = self.two()
        before = self.begin(other)
        self.beds(other, 92)
        self.wait_for_level(doer, GUL)
        doer.process.send_signal(signal.SIGSTOP)
        self.beds(other, 110)
        self.wait_for_level(other, ROD)
        doer.process.send_signal(signal.SIGCONT)
        self.wait_for_level(doer, ROD)
        self.beds(other, 50)
        for hub in (doer, other):
            self.wait_for_level(hub, HVIT)
        time.sleep(3)
        self.assertEqual([change["to"] for change in self.counted(other)][before:], [GUL, ROD, GUL, HVIT])
        self.assert_both_say_the_same(doer, other)


if __name__ == "__main__":
    unittest.main()
