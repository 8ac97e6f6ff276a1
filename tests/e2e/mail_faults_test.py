"""Mails to SMTP servers that do what servers do, by a hub that is killed and stopped while it sends."""
import time
import unittest

from hub import HubTest, wait_for
from mail import UNCERTAIN_SECONDS, Mailing, addresses


class Faults(Mailing, HubTest):
    def sending_hub(self, server, readers, **more):
        return self.hub(settings=self.mail_settings(server, self.recipients(readers), **more))

    def test_a_server_that_says_421_for_a_while_gets_everything_when_it_is_well(self):
        server, readers = self.post(), addresses(40)
        server.fault = lambda stage, address: "421 4.3.2 come back later" if stage == "connect" else None
        hub = self.sending_hub(server, readers)
        self.send(hub)
        wait_for("it is told", lambda: self.metric(hub, "overgang_mail_server_trouble") == 1)
        self.assertIn("the SMTP server takes no mail: 421 4.3.2 come back later", hub.log())
        time.sleep(3)
        self.assertLessEqual(len(server.struck), 40, "a server in trouble is not stormed")
        server.fault = lambda stage, address: None
        self.wait_for_states(hub, seconds=100, accepted=40)
        self.assert_each_got_one(server, readers)

    def test_a_server_that_is_not_there_gets_everything_when_it_is(self):
        server, readers = self.post(), addresses(10)
        server.close()
        hub = self.sending_hub(server, readers)
        self.send(hub)
        wait_for("it is told", lambda: self.metric(hub, "overgang_mail_server_trouble") == 1)
        again = self.post(port=server.port)
        self.wait_for_states(hub, seconds=100, accepted=10)
        self.assert_each_got_one(again, readers)

    def test_a_connection_lost_before_the_message_is_tried_again_and_nothing_comes_twice(self):
        server, readers = self.post(), addresses(4)
        stages = ("mail", "rcpt", "data")   # In turn.
        server.fault = lambda stage, address: "drop" if stage in stages[len(server.struck):][:1] else None
        hub = self.sending_hub(server, readers)
        self.send(hub)
        wait_for("it is told", lambda: "the SMTP server takes no mail" in hub.log())
        self.wait_for_states(hub, accepted=4)
        self.assert_each_got_one(server, readers)
        self.assertEqual([stage for stage, _ in server.struck], list(stages))

    def test_a_connection_lost_after_the_message_is_uncertain_and_repeated_once_with_the_same_id(self):
        for kept in (True, False):
            with self.subTest(kept=kept):
                server, readers = self.post(), addresses(4)
                lost_at = "kept" if kept else "end"
                server.fault = lambda stage, address, server=server, lost_at=lost_at: (
                    "drop" if stage == lost_at and not server.struck else None)
                hub = self.hub(f"hub-{kept}", self.mail_settings(server, self.recipients(readers, f"{kept}.csv")))
                self.send(hub)
                self.wait_for_states(hub, accepted=3, uncertain=1)
                self.wait_for_states(hub, seconds=2 * UNCERTAIN_SECONDS, accepted=4)
                more = self.assert_each_got_one(server, readers, repeats=1)
                self.assertEqual(len(more), 1 if kept else 0)
                for mails in more.values():
                    self.assertGreater(mails[1].at - mails[0].at, UNCERTAIN_SECONDS - 2)

    def test_a_server_that_hangs_is_left_in_time(self):
        server, readers = self.post(), addresses(3)
        server.fault = lambda stage, address: "hang" if stage == "end" and len(server.struck) < 3 else None
        hub = self.sending_hub(server, readers)
        self.send(hub)
        self.wait_for_states(hub, uncertain=3)
        self.wait_for_states(hub, seconds=3 * UNCERTAIN_SECONDS, accepted=3)
        self.assert_each_got_one(server, readers)
        self.assertEqual(hub.stop(), 0)

    def test_killed_between_data_and_the_answer_nobody_is_missed_and_repeats_bear_the_same_id(self):
        for kept in (True, False):
            with self.subTest(kept=kept):
                server, readers = self.post(), addresses(12)
                server.fault = lambda stage, address, kept=kept: "hang" if stage == ("kept" if kept else "end") else None
                hub = self.hub(f"killed-{kept}", self.mail_settings(server, self.recipients(readers, f"killed-{kept}.csv")))
                self.send(hub)
                wait_for("some are between DATA and the answer", lambda: len(server.struck) >= 3)
                hub.kill()
                struck = len(server.struck)
                server.fault = lambda stage, address: None
                hub.start()
                self.wait_for_states(hub, seconds=3 * UNCERTAIN_SECONDS, accepted=12)
                more = self.assert_each_got_one(server, readers, repeats=struck if kept else 0)
                self.assertEqual(len(more), struck if kept else 0)
                hub.verify_rebuild()

    def test_stopped_while_it_sends_it_tells_what_it_knows(self):
        server, readers = self.post(), addresses(6)
        server.fault = lambda stage, address: "hang" if stage == "end" else None
        hub = self.sending_hub(server, readers)
        self.send(hub)
        wait_for("some are under way", lambda: len(server.struck) >= 3)
        self.assertEqual(hub.stop(), 0)
        server.fault = lambda stage, address: None
        hub.start()
        self.assertIn("uncertain", self.states(hub))
        self.wait_for_states(hub, seconds=3 * UNCERTAIN_SECONDS, accepted=6)
        self.assert_each_got_one(server, readers)


if __name__ == "__main__":
    unittest.main()
