"""Mails by two hubs on a real broker: the one that sends is killed or frozen, and nobody is missed."""
import os
import signal
import time
import unittest

from hub import wait_for
from mail import UNCERTAIN_SECONDS, Mailing, addresses
from on_kafka import SHARED, OnKafka, setUpModule  # setUpModule: for unittest, which looks for it here.

TAKEOVER_SECONDS = 40


class TwoHubs(Mailing, OnKafka):
    def two(self, server, readers):
        # All tests share a log and a date: each writes to readers of its own, who have had nothing yet.
        settings = {**self.settings(), **self.mail_settings(server, self.recipients(readers))}
        hubs = [self.hub(name, settings) for name in ("one", "two")]

        def settled():
            doers = [hub for hub in hubs if "\novergang_doer 1\n" in hub.get("/metrics")[1]]
            return doers if len(doers) == 1 else None
        doer, = wait_for("one hub decides", settled, seconds=30)
        return doer, next(hub for hub in hubs if hub is not doer)

    def states_of(self, hub):
        states = {}
        for delivery in self.deliveries(hub):
            if delivery["scope"] in self.scopes:
                states[delivery["state"]] = states.get(delivery["state"], 0) + 1
        return states

    def fresh(self, count, kommune):
        self.scopes = {f"k:{kommune}"}
        return {f"reader{i}-{os.urandom(4).hex()}@k{kommune}.example": kommune for i in range(count)}

    def test_the_other_hub_is_asked_and_the_one_that_decides_sends(self):
        server, readers = self.post(), self.fresh(20, "5001")
        _doer, other = self.two(server, readers)
        self.send(other)
        wait_for("all are accepted", lambda: self.states_of(other) == {"accepted": 20}, 30)
        self.assert_each_got_one(server, readers)
        self.assert_no_address(other, readers)

    def test_killed_between_data_and_the_answer_the_other_sends_the_rest(self):
        server, readers = self.post(), self.fresh(30, "5031")
        server.fault = lambda stage, address: "hang" if stage == "kept" and len(server.mails()) > 6 else None
        doer, other = self.two(server, readers)
        self.send(other)
        wait_for("some are between DATA and the answer", lambda: len(server.struck) >= 3)
        doer.kill()
        server.fault = lambda stage, address: None
        wait_for("all are accepted", lambda: self.states_of(other) == {"accepted": 30},
                 TAKEOVER_SECONDS + 3 * UNCERTAIN_SECONDS)
        self.assert_repeats(server, readers)
        doer.start()
        self.settle(other)
        self.assert_repeats(server, readers)
        for hub in (doer, other):
            hub.verify_rebuild()

    def test_frozen_while_it_sends_and_woken_it_sends_nothing_again(self):
        server, readers = self.post(), self.fresh(30, "5014")
        doer, other = self.two(server, readers)
        server.fault = lambda stage, address: self.freeze(doer, server) if stage == "data" else None
        self.send(other)
        wait_for("it is frozen", lambda: self.frozen)
        wait_for("all are accepted", lambda: self.states_of(other) == {"accepted": 30},
                 TAKEOVER_SECONDS + 3 * UNCERTAIN_SECONDS)
        doer.process.send_signal(signal.SIGCONT)
        time.sleep(UNCERTAIN_SECONDS)
        self.settle(other)
        self.assert_repeats(server, readers)
        for hub in (doer, other):
            hub.verify_rebuild()

    frozen = False

    def freeze(self, doer, server):
        """At the third mail, before its content is asked for: the whole process, with what else is under way."""
        if not self.frozen and len(server.mails()) >= 2:
            self.frozen = True
            doer.process.send_signal(signal.SIGSTOP)

    def assert_repeats(self, server, readers):
        """Nobody is missing; what came twice bears one id and came within the window in which its answer was lost."""
        came = {}
        for mail in server.mails():
            came.setdefault(mail.address, []).append(mail)
        self.assertEqual(sorted(came), sorted(readers))
        for mails in came.values():
            self.assertLessEqual(len(mails), 2)
            self.assertEqual(len({mail.message_id for mail in mails}), 1)
        repeated = sum(len(mails) == 2 for mails in came.values())
        self.assertLess(repeated, len(readers) / 2)


if __name__ == "__main__":
    unittest.main()
