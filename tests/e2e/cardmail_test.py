"""Tiltakskort by mail from one hub: from full wards to a mail, a link, and an answer that counts once."""
import signal
import unittest

from cardmail import BASE_URL, OF_HOSPITAL, SUBJECT, TITLES, CardMail
from hub import ConnectError, HubTest, wait_for
from levels import HVIT, ROD

ROLES = {"klinikksjef": ["sjef@hospital.example"], "pasientflytkoordinator": ["vakt@hospital.example", "flyt@hospital.example"],
         "direktor_i_vakt": ["direktor@hospital.example"]}
ADDRESSES = [address for addresses in ROLES.values() for address in addresses]
CARD = "ekstraordinaer-utskrivning"
EVIDENCE_CARD = "ekstraordinaer-oppfolging-ukp"


class CardsByMail(CardMail, HubTest):
    def at_rod(self, server, roles=None, **more):
        hub = self.hub(settings=self.card_settings(server, roles or ROLES, **more))
        self.beds(hub, 50)
        self.wait_for_level(hub, HVIT)
        self.beds(hub, 110)
        self.wait_for_level(hub, ROD)
        return hub

    def test_from_full_wards_to_a_mail_and_an_answer_that_counts_once(self):
        server = self.post()
        hub = self.at_rod(server)
        mail = self.wait_for_mails(server, 1, CARD)[0]
        self.assertTrue(mail.subject.startswith(SUBJECT.format(TITLES[CARD])), mail.subject)
        self.assertRegex(mail.message_id, r"^tiltakskort\.\d{4}-\d\d-\d\d\.h974749025\.\d+\.[0-9a-f]{32}\.[0-9a-f-]{36}@example\.no$")
        self.assertIn("Belegg 110\u00a0% (grensen for rød er 100\u00a0%)", mail.text)
        card_id = mail.message_id.split("@")[0].split(".")[-1]
        card = self.card(hub, card_id)
        self.assertEqual(len(mail.links), 1 + len(card["issued"]["actions"]))
        for link in mail.links:
            self.assertIn(f'href="{BASE_URL}/tiltak/{link}"', mail.html)

        # A scanner that fetches every link answers for nobody.
        for link in mail.links:
            page = self.visit(hub, link)
            self.assertEqual(page.status, 200, page.body)
            self.assertEqual(page.headers["Cache-Control"], "no-store")
            self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(self.card(hub, card_id), card)

        thanks = self.visit(hub, mail.links[0], {"hva": "kvitter"})
        self.assertEqual(thanks.status, 200, thanks.body)
        self.assertIn("Takk. Kortet er kvittert.", thanks.body)
        seen = self.card(hub, card_id)
        hash_ = mail.message_id.split(".")[4]
        self.assertEqual((seen["acknowledged"]["by"], seen["acknowledged"]["role"]), (f"mail:{hash_}", card["role"]))
        again = self.visit(hub, mail.links[0], {"hva": "kvitter"})
        self.assertEqual(again.status, 409)
        self.assertIn("Lenken kan ikke brukes igjen", again.body)
        self.assertEqual(self.card(hub, card_id), seen)
        read = hub.cli("access", "--principal", f"mail:{hash_}", "--json")
        self.assertEqual(read.returncode, 0, read.stderr)
        self.assertIn("GET /tiltak", read.stdout)
        self.assertIn("POST /tiltak", read.stdout)
        self.assert_no_address(hub, ADDRESSES)
        hub.verify_rebuild()

    def test_an_action_is_done_with_evidence_and_another_declined(self):
        server = self.post()
        hub = self.at_rod(server)
        mail = self.wait_for_mails(server, 1, EVIDENCE_CARD)[0]
        card_id = mail.message_id.split("@")[0].split(".")[-1]
        actions = self.card(hub, card_id)["issued"]["actions"]
        asked = next(i for i, action in enumerate(actions) if action.get("evidence"))
        link = mail.links[1 + asked]
        refused = self.visit(hub, link, {"hva": "utfort", "tekst": ""})
        self.assertEqual(refused.status, 400)
        self.assertIn("Skriv det tiltaket ber om", refused.body)
        done = self.visit(hub, link, {"hva": "utfort", "tekst": "9 gjennomgått – «alle» & flere"})
        self.assertEqual(done.status, 200, done.body)
        self.assertIn("9 gjennomgått – «alle» &amp; flere", done.body)
        other = mail.links[1 + (asked + 1) % len(actions)]
        self.assertEqual(self.visit(hub, other, {"hva": "avslatt", "tekst": "Ingen bemanning"}).status, 200)
        told = {action["tiltakId"]: action for action in self.card(hub, card_id)["actions"]}
        self.assertEqual(told[actions[asked]["tiltakId"]]["told"], "9 gjennomgått – «alle» & flere")
        self.assertEqual(told[actions[(asked + 1) % len(actions)]["tiltakId"]]["state"], "TILTAK_STATE_DECLINED")
        again = self.visit(hub, link, {"hva": "avslatt", "tekst": "angret"})
        self.assertEqual(again.status, 409)
        self.assertIn("9 gjennomgått", again.body)
        self.assertEqual(self.visit(hub, link[:-1], {"hva": "utfort"}).status, 403)

        # With the level the cards fall, and with them their links.
        self.beds(hub, 50)
        wait_for("the card is closed", lambda: not self.card(hub, card_id).get("open"))
        self.assertEqual(self.visit(hub, mail.links[0], {"hva": "kvitter"}).status, 409, "seen when the action was done")
        closed = self.wait_for_mails(server, 1, CARD)[0].links[0]
        page = self.visit(hub, closed, {"hva": "kvitter"})
        self.assertEqual(page.status, 410)
        self.assertIn("fordi nivået falt", page.body)

    def test_what_became_of_each_mail_is_shown_and_none_is_shown_itself(self):
        server = self.post()
        gone = ROLES["klinikksjef"][0]
        server.fault = lambda stage, address: f"550 5.1.1 <{address}> no such user" if (stage, address) == ("rcpt", gone) else None
        hub = self.at_rod(server)
        wait_for("each is told", lambda: (states := self.card_states(hub)) and set(states) <= {"accepted", "rejected"} and "rejected" in states)
        rejected = [delivery for delivery in self.card_deliveries(hub) if delivery["state"] == "rejected"]
        self.assertIn("St. Olavs hospital, tiltakskort «", rejected[0]["name"])
        self.assertIn("550 5.1.1 <...> no such user", rejected[0]["reply"])
        shown = hub.cli("status", "deliveries").stdout
        self.assertIn("tiltakskort «", shown)
        self.assertIn("correct the address in the roles file", hub.log())
        with self.assertRaises(ConnectError) as refused:
            hub.call("DailyStatusService/GetMail", {"messageId": rejected[0]["messageId"]})
        self.assertIn("its links answer for a role", refused.exception.body)
        self.assert_no_address(hub, ADDRESSES)

    def test_after_a_restart_nothing_is_sent_again_and_a_closed_card_never(self):
        server = self.post()
        server.fault = lambda stage, address: "451 4.7.1 later" if stage == "rcpt" and address == ADDRESSES[0] else None
        hub = self.at_rod(server)
        wait_for("all but one address are reached", lambda: "accepted" in self.card_states(hub) and "attempted" not in self.card_states(hub))
        before = sorted(mail.message_id for mail in self.mails(server))
        hub.kill()
        hub.start()
        self.beds(hub, 50)
        wait_for("the cards are closed", lambda: not hub.call("EscalationService/ListTiltakskort", {"openOnly": True, "recipient": OF_HOSPITAL}).get("cards"))
        server.fault = lambda stage, address: None
        self.settle(hub, 3)
        self.assertEqual(sorted(mail.message_id for mail in self.mails(server)), before)
        self.assertTrue(all("retryAt" not in delivery for delivery in self.card_deliveries(hub)))

    def test_a_role_without_an_address_is_told_and_sighup_gives_it_one(self):
        server = self.post()
        hub = self.at_rod(server, roles={"klinikksjef": ["sjef@hospital.example"]})
        self.wait_for_mails(server, 1, CARD)
        self.assertIn("nobody holds the role direktor_i_vakt", hub.log())
        self.roles({"klinikksjef": ["sjef@hospital.example", "ikke en adresse"]})
        hub.process.send_signal(signal.SIGHUP)
        wait_for("the mistake is told", lambda: "emails: number 2 is no address" in hub.log())
        self.roles({"klinikksjef": ["sjef@hospital.example", "ny@hospital.example"]})
        hub.process.send_signal(signal.SIGHUP)
        wait_for("the new address has its mail", lambda: {mail.address for mail in self.mails(server, CARD)} ==
                 {"sjef@hospital.example", "ny@hospital.example"})


if __name__ == "__main__":
    unittest.main()
