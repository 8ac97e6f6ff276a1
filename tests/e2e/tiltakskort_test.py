"""Tiltakskort on a hub as a user runs it: from a level to its cards, what people say of them, kills, and the meeting."""
import json
import signal
import subprocess
import unittest
import uuid
from datetime import datetime, timedelta, timezone

import doors
import messages
from callers import As
from hub import HOSPITAL, ConnectError, HubTest, wait_for
from issuer import Issuer
from messages import TRONDHEIM, adt

OF_HOSPITAL = f"h:{HOSPITAL}"
OF_KOMMUNE = f"k:{TRONDHEIM}"
ROLES = f"""
[[role]]
role = "klinikksjef"
for = "{OF_HOSPITAL}"
principals = ["sjef"]
[[role]]
role = "pasientflytkoordinator"
for = "{OF_HOSPITAL}"
principals = ["koordinator"]
[[role]]
role = "koordinerende_enhet"
for = "{OF_KOMMUNE}"
principals = ["kommune"]
"""


def key():
    return {"idempotencyKey": str(uuid.uuid4())}


def in_hours(hours):
    return (datetime.now(timezone.utc) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


class WithCards(HubTest):
    def set_level(self, hub, level):
        hub.call("EscalationService/OverrideLevel", {**key(), "hospital": HOSPITAL, "level": f"ESCALATION_LEVEL_{level}",
                                                     "reason": "prøve", "expiresAt": in_hours(24)})

    def cards(self, hub, recipient=OF_HOSPITAL, **request):
        """Template -> card, of those that are open."""
        answer = hub.call("EscalationService/ListTiltakskort", {"openOnly": True, "recipient": recipient, **request})
        return {card["issued"]["templateId"]: card for card in answer.get("cards", [])}

    def wait_for_cards(self, hub, *templates, recipient=OF_HOSPITAL):
        return wait_for(f"cards {templates}", lambda: (cards := self.cards(hub, recipient)) and set(cards) == set(templates) and cards)

    def issued(self, hub):
        lines = hub.cli("log", "dump", "--topic", "escalation", "--json").stdout.splitlines()
        facts = [json.loads(line)["fact"] for line in lines]
        return [fact["tiltakskortIssued"] for fact in facts if "tiltakskortIssued" in fact]


GUL = ("skjerpet-oppfolging-ukp",)
ROD = (*GUL, "ekstraordinaer-oppfolging-ukp", "ekstraordinaer-utskrivning", "bufferplasser-og-fortetning")


class Tiltakskort(WithCards):
    def test_a_week_that_goes_to_rod_and_back(self):
        hub = self.hub()
        self.set_level(hub, "GUL")
        card = self.wait_for_cards(hub, *GUL)[GUL[0]]
        card_id = card["issued"]["cardId"]
        self.assertEqual(self.cards(hub, OF_KOMMUNE), {}, "no kommune has anybody there")
        done = hub.cli("escalation", "acknowledge", card_id)
        self.assertEqual(done.returncode, 0, done.stderr)
        shown = hub.cli("escalation", "cards", HOSPITAL).stdout
        self.assertIn("Skjerpet oppfølging av utskrivningsklare pasienter", shown)
        self.assertIn("acknowledged by dev", shown)
        again = hub.cli("escalation", "acknowledge", card_id)
        self.assertEqual(again.returncode, 1)
        self.assertIn("it was acknowledged", again.stderr)

        self.set_level(hub, "ROD")
        cards = self.wait_for_cards(hub, *ROD)
        wait_for("the first is renewed", lambda: self.cards(hub)[GUL[0]].get("renewals") == 1)
        self.assertEqual(self.cards(hub)[GUL[0]]["issued"]["cardId"], card_id)
        of_kommune = self.cards(hub, OF_KOMMUNE)
        self.assertEqual(set(of_kommune), {"ekstra-plasser", "felles-enhet"})
        settled = cards["bufferplasser-og-fortetning"]
        for action in settled["issued"]["actions"]:
            done = hub.cli("escalation", "done", settled["issued"]["cardId"], action["tiltakId"], "--outcome", "4 plasser")
            self.assertEqual(done.returncode, 0, done.stderr)
        wait_for("it is closed", lambda: "bufferplasser-og-fortetning" not in self.cards(hub))

        self.set_level(hub, "HVIT")
        wait_for("all are closed", lambda: not self.cards(hub) and not self.cards(hub, OF_KOMMUNE))
        closed = hub.call("EscalationService/ListTiltakskort", {"recipient": OF_HOSPITAL})["cards"]
        self.assertEqual(len(closed), len(ROD))
        by_template = {card["issued"]["templateId"]: card for card in closed}
        self.assertEqual(by_template["bufferplasser-og-fortetning"]["closing"], "TILTAKSKORT_CLOSING_SETTLED")
        self.assertEqual(len(by_template["ekstraordinaer-utskrivning"]["undoneTiltakIds"]), 4)
        hub.verify_rebuild()

    def test_killed_between_level_and_card_each_comes_once(self):
        hub = self.hub()
        for level in ("ROD", "HVIT", "ROD"):
            self.set_level(hub, level)
            hub.kill()
            hub.start()
            wait_for("the cards follow the level", lambda expected=level == "ROD": bool(self.cards(hub)) == expected)
        self.wait_for_cards(hub, *ROD)
        issued = [card["cardId"] for card in self.issued(hub)]
        self.assertEqual(len(self.cards(hub)), len(ROD))
        listed = hub.call("EscalationService/ListTiltakskort", {"recipient": OF_HOSPITAL})["cards"]
        self.assertEqual(len(listed), 2 * len(ROD), "each once for each rise")
        self.assertGreaterEqual(len(issued), len(listed))
        hub.verify_rebuild()

    def test_roles_decide_who_answers_and_a_kommune_is_told_of_its_own(self):
        issuer = Issuer(self.folder)
        roles = self.folder / "roles.toml"
        roles.write_text(ROLES)
        hub = self.hub(settings={**issuer.settings(), "escalation.roles": roles})
        hospital = {"hospitals": [HOSPITAL], "write": True}
        kommune = {"kommuner": [TRONDHEIM], "write": True}
        chief, coordinator, of_kommune = (As(hub, issuer.token(name, scope)) for name, scope in (
            ("sjef", hospital), ("koordinator", hospital), ("kommune", kommune)))
        self.assertEqual(doors.send_adt(hub, adt("A01", messages.Patient(TRONDHEIM))).code, "AA")
        self.set_level(hub, "ROD")
        card = self.wait_for_cards(hub, *ROD)["ekstraordinaer-oppfolging-ukp"]
        acknowledge = {**key(), "cardId": card["issued"]["cardId"]}
        code, answer = coordinator.call("EscalationService/AcknowledgeTiltak", acknowledge)
        self.assertEqual(code, "permission_denied", answer)
        self.assertEqual(of_kommune.call("EscalationService/AcknowledgeTiltak", acknowledge)[0], "not_found")
        self.assertEqual(chief.call("EscalationService/AcknowledgeTiltak", acknowledge)[0], "ok")
        complete = {**key(), "cardId": card["issued"]["cardId"], "tiltakId": "gjennomgang-av-alle-ukp"}
        self.assertEqual(coordinator.call("EscalationService/CompleteTiltak", complete)[0], "invalid_argument")
        self.assertEqual(coordinator.call("EscalationService/CompleteTiltak", {**complete, **key(), "outcome": "9 gjennomgått"})[0], "ok")
        told = of_kommune.call("EscalationService/ListTiltakskort")[1]
        self.assertEqual({card["issued"]["recipient"] for card in told["cards"]}, {OF_KOMMUNE})
        self.assertNotIn(OF_HOSPITAL, json.dumps(told["cards"]).replace('"hospital"', ""))
        live = of_kommune.call("/live/escalation")[1]
        self.assertNotIn("ekstraordinaer-utskrivning", json.dumps(live))
        self.assertIn("ekstra-plasser", json.dumps(live))
        # A mistake in a file changes nothing, and is told.
        roles.write_text("[[role]]\nrole = \"keiser\"\n")
        hub.process.send_signal(signal.SIGHUP)
        wait_for("the mistake is told", lambda: 'role: "keiser" is on no card' in hub.log())
        self.assertIn("nobody holds the role direktor_i_vakt", hub.log())

    def test_a_meeting_from_the_command_line_is_a_page_and_cards(self):
        hub = self.hub()
        self.assertEqual(doors.send_adt(hub, adt("A01", messages.Patient(TRONDHEIM))).code, "AA")
        wait_for("the patient is counted", lambda: hub.census().get(TRONDHEIM, {}).get("inpatients"))
        self.set_level(hub, "GUL")
        self.wait_for_cards(hub, *GUL)
        due = (datetime.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
        held = hub.cli("meeting", "hold", HOSPITAL, "--present", "Klinikksjef", "--present", f"Koordinerende enhet@{TRONDHEIM}",
                       "--decide", f"klinikksjef;{due};Åpne bufferplassene",
                       "--decide", f"koordinerende_enhet@{TRONDHEIM};{due};Ta ut to pasienter", "--json")
        self.assertEqual(held.returncode, 0, held.stderr)
        meeting = json.loads(held.stdout)["eventId"]
        wait_for("the decisions are cards", lambda: "mote" in self.cards(hub) and "mote" in self.cards(hub, OF_KOMMUNE))
        page = self.folder / "motet.html"
        shown = hub.cli("meeting", "show", HOSPITAL, "--out", str(page))
        self.assertEqual(shown.returncode, 0, shown.stderr)
        text = page.read_text()
        for expected in ("Åpne bufferplassene", "Koordinerende enhet i kommunen, Trondheim", "Nivå:", "Gul", "Klinikksjef (St. Olavs hospital)"):
            self.assertIn(expected, text)
        paper = self.folder / "motet.pdf"
        shown = hub.cli("meeting", "show", meeting, "--out", str(paper))
        self.assertEqual(shown.returncode, 0, shown.stderr)
        read = subprocess.run(["pdftotext", "-layout", str(paper), "-"], stdout=subprocess.PIPE, text=True, check=True).stdout
        for expected in ("Kapasitetsmøte – St. Olavs hospital", "Åpne bufferplassene", "Ta ut to pasienter", "Gul", meeting):
            self.assertIn(expected, read)
        first = hub.call("EscalationService/GetMeeting", {"meetingId": meeting})
        self.assertEqual(first["snapshot"]["census"]["inpatients"], 1)
        self.assertEqual(first.get("corrections", []), [])
        self.assertIn(meeting, hub.cli("meeting", "list", HOSPITAL).stdout)
        hub.stop()
        hub.start()
        again = hub.call("EscalationService/GetMeeting", {"meetingId": meeting})
        self.assertEqual(again["meeting"], first["meeting"])
        self.assertEqual(again["snapshot"], first["snapshot"])
        with self.assertRaises(ConnectError) as refused:
            hub.call("EscalationService/HoldMeeting", {**key(), "hospital": HOSPITAL, "decided": [
                {"text": "x", "owner": "klinikksef", "dueAt": in_hours(1)}]})
        self.assertIn("did you mean klinikksjef?", refused.exception.body)
        hub.verify_rebuild()


if __name__ == "__main__":
    unittest.main()
