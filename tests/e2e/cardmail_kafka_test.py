"""Tiltakskort by mail from two hubs on a real broker: the one that sends is killed or frozen, and no card's mail comes twice."""
import signal
import time
import unittest

from cardmail import CardMail
from hub import wait_for
from levels import HVIT, ROD
from mail import UNCERTAIN_SECONDS
from on_kafka import OnKafka, setUpModule  # setUpModule: for unittest, which looks for it here.

TAKEOVER_SECONDS = 40
READERS = 12


class TwoHubs(CardMail, OnKafka):
    def two(self, server, name):
        # All tests share a log: each has addresses of its own, and begins when all cards are closed.
        self.addresses = [f"vakt{i}@{name}.example" for i in range(READERS)]
        settings = {**self.settings(), **self.card_settings(server, {"klinikksjef": self.addresses})}
        hubs = [self.hub(hub, settings) for hub in ("one", "two")]

        def settled():
            doers = [hub for hub in hubs if "\novergang_doer 1\n" in hub.get("/metrics")[1]]
            return doers if len(doers) == 1 else None
        doer, = wait_for("one hub decides", settled, seconds=30)
        other = next(hub for hub in hubs if hub is not doer)
        self.close_all(other)
        return doer, other

    def close_all(self, hub):
        self.beds(hub, 50)
        self.wait_for_level(hub, HVIT)
        wait_for("no card is open", lambda: not self.open_cards(hub), 30)

    def open_cards(self, hub):
        cards = hub.call("EscalationService/ListTiltakskort", {"openOnly": True, "hospital": "974749025"}).get("cards", [])
        return [card["issued"]["cardId"] for card in cards if card["issued"]["recipient"].startswith("h:")]

    def at_rod(self, hub):
        self.beds(hub, 110)
        self.wait_for_level(hub, ROD)
        wait_for("the cards are there", lambda: len(self.open_cards(hub)) == 4, 60)
        return self.open_cards(hub)

    def accepted(self, hub, cards):
        return sum(delivery["state"] == "accepted" and delivery["messageId"].split("@")[0].split(".")[-1] in cards
                   for delivery in self.card_deliveries(hub))

    def wait_for_all(self, hub, cards):
        wait_for("all are accepted", lambda: self.accepted(hub, cards) == len(cards) * READERS,
                 TAKEOVER_SECONDS + 3 * UNCERTAIN_SECONDS)

    def assert_each_card_came(self, server, cards, repeats):
        """To each address once; at most `repeats` came once more, whose answer was lost, and as the same mail."""
        came = {}
        for mail in self.mails(server):
            card = mail.message_id.split("@")[0].split(".")[-1]
            if card in cards:
                came.setdefault((card, mail.address), []).append(mail.message_id)
        self.assertEqual(set(came), {(card, address) for card in cards for address in self.addresses})
        more = {key: ids for key, ids in came.items() if len(ids) > 1}
        self.assertLessEqual(len(more), repeats, more)
        for ids in more.values():
            self.assertEqual(len(ids), 2)
            self.assertEqual(len(set(ids)), 1)

    def test_two_hubs_send_each_mail_once_and_either_takes_an_answer(self):
        server = self.post()
        doer, other = self.two(server, "en")
        cards = self.at_rod(other)
        self.wait_for_all(other, cards)
        self.settle(other)
        self.assert_each_card_came(server, cards, 0)
        mail = next(mail for mail in self.mails(server) if mail.message_id.split("@")[0].split(".")[-1] in cards)
        card = mail.message_id.split("@")[0].split(".")[-1]
        self.assertEqual(self.visit(other, mail.links[0], {"hva": "kvitter"}).status, 200)
        wait_for("the other knows", lambda: self.visit(doer, mail.links[0], {"hva": "kvitter"}).status == 409)
        self.assertIn("acknowledged", self.card(doer, card))
        self.assert_no_address(other, self.addresses)
        self.close_all(other)

    def test_killed_between_data_and_the_answer_the_other_sends_the_rest(self):
        server = self.post()
        doer, other = self.two(server, "to")
        server.fault = lambda stage, address: "hang" if stage == "kept" and len(server.mails()) > 6 else None
        cards = self.at_rod(other)
        wait_for("some are between DATA and the answer", lambda: len(server.struck) >= 3)
        doer.kill()
        lost = len(server.struck)
        server.fault = lambda stage, address: None
        self.wait_for_all(other, cards)
        self.assert_each_card_came(server, cards, lost)
        doer.start()
        self.settle(other)
        self.assert_each_card_came(server, cards, lost)
        for hub in (doer, other):
            hub.verify_rebuild()
        self.close_all(other)

    def test_frozen_while_it_sends_and_woken_it_sends_nothing_again(self):
        server = self.post()
        doer, other = self.two(server, "tre")
        self.frozen = False

        def freeze(stage, address):
            if stage == "data" and not self.frozen and len(server.mails()) >= 2:
                self.frozen = True
                doer.process.send_signal(signal.SIGSTOP)
        server.fault = freeze
        cards = self.at_rod(other)
        wait_for("it is frozen", lambda: self.frozen)
        self.wait_for_all(other, cards)
        doer.process.send_signal(signal.SIGCONT)
        time.sleep(UNCERTAIN_SECONDS)
        self.settle(other)
        self.assert_each_card_came(server, cards, 4)
        for hub in (doer, other):
            hub.verify_rebuild()
        self.close_all(other)


if __name__ == "__main__":
    unittest.main()
