"""Tiltakskort that change, close and come to many while somebody reads or writes, with a scripted hub behind the page.

Environment: PAGE_SERVER is the scripted hub's program; SCREENSHOTS, where set, a folder to keep pictures in.
"""
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import scripted_escalation as script
from browser import PHONE
from page_case import EscalationCase
from scripted_hub import at

TICK_SECONDS = 1.2   # The page shows everything anew each second.
OTHER_CARD = "44444444-0000-5000-8000-000000000001"
ELSEWHERE = "k:5014"  # Not in the census: nobody of its people is in hospital.
CLOSED_MAX = 12
ALREADY_EXISTS, UNAVAILABLE = 6, 14
BED = "\U0001F6CF"   # One character, two units of JavaScript's and four bytes.
CHIEF, OFFICE = ("kommunalsjef_helse", "Kommunalsjef for helse og mestring"), ("tildelingskontor", "Leder for tildelingskontoret")


class ChangingCards(EscalationCase):
    def setUp(self):
        super().setUp()
        self.hub.show("levels", script.levels())
        self.hub.show("complete", script.RECEIPT)
        self.watch(script.card(), script.of_kommune())

    def write(self, text):
        self.browser.wait_text(".card", "Gå gjennom alle")
        self.button("Utført", ".card").click()
        self.browser.press(text)

    def test_a_card_that_closes_under_a_writer_keeps_the_text_until_it_is_dismissed(self):
        self.open("#/tiltakskort")
        self.write("9 gjennomgått, 4 reiser i dag")
        self.watch(script.closed(), full=False)
        self.browser.wait_text(".card .gone", "Kortet er lukket 2. mars kl. 06.58: nivået falt. Det du har skrevet, er ikke sendt")
        time.sleep(TICK_SECONDS)
        self.assertEqual(self.browser.texts(".card h3")[0], script.card()["issued"]["title"], "it moved under who writes")
        text = self.browser.find(".command textarea")
        self.assertEqual(text.get_attribute("value"), "9 gjennomgått, 4 reiser i dag")
        self.assertEqual(self.browser.driver.switch_to.active_element, text)
        self.assertFalse(self.button("Meld utført").is_enabled())
        self.assertIn("1 åpent kort.", self.browser.text(".lead"))
        self.keep("closed-under-form")
        self.button("Avbryt").click()
        self.browser.wait(lambda: self.browser.texts(".card h3") == ["Ekstra plasser i kommunen"], "the closed card stays")
        self.assertEqual(self.browser.errors(), [])

    def test_a_form_under_a_closed_card_says_no_more_than_is_known_of_its_answer(self):
        self.open("#/tiltakskort")
        closed = "Kortet er lukket 2. mars kl. 06.58: nivået falt."
        for text, code, said in (
                ("", None, closed),
                ("9", UNAVAILABLE, f"{closed} Det er ikke sikkert at huben fikk med seg det du sendte, og det kan ikke sendes på nytt. Ta vare"),
                ("9", ALREADY_EXISTS, f"{closed} Svaret ditt ble ikke registrert, og kan ikke sendes på nytt. Ta vare")):
            card_id = f"99999999-0000-5000-8000-{code or 0:012d}"
            self.watch(script.card(card_id))
            self.browser.wait_text(f".card[aria-labelledby='kort-{card_id}']", "Gå gjennom alle")
            self.write(text)
            if code:
                self.hub.refuse("complete", code)
                self.button("Meld utført").click()
                self.browser.wait(lambda: self.browser.text(".command .error"), "nothing is said of the refusal")
            self.watch(script.closed(card_id=card_id), full=False)
            self.browser.wait(lambda: self.browser.text(".card .gone").startswith(said), f"no '{said}'")
            self.assertNotIn("er ikke sendt", self.browser.text(".card .gone"))
            self.assertNotIn("Prøv igjen", self.browser.text(".card"), "it cannot be tried again")
            self.button("Avbryt").click()
            self.browser.wait(lambda: not self.browser.texts(".card"), "the closed card stays")

    def test_an_empty_form_that_was_left_goes_with_its_card(self):
        self.open("#/tiltakskort")
        self.write("")
        self.browser.find("h1").click()
        self.browser.driver.execute_script("document.activeElement.blur()")
        self.watch(script.closed(), full=False)
        self.browser.wait(lambda: self.browser.texts(".card h3") == ["Ekstra plasser i kommunen"], "the closed card stays")

    def test_a_card_closed_while_there_was_no_connection_keeps_the_text_too(self):
        self.open("#/tiltakskort")
        self.write("9")
        self.watch(script.of_kommune())
        self.browser.wait_text(".card .gone", "Kortet er lukket. Det du har skrevet")
        self.assertEqual(self.browser.find(".command textarea").get_attribute("value"), "9")

    def test_what_is_written_stays_where_somebody_else_did_it_meanwhile(self):
        self.open("#/tiltakskort")
        self.write("9 gjennomgått")
        done = script.standing("gjennomgang", "DONE", by="koordinator", role="pasientflytkoordinator", at=at(minutes=-1), told="8")
        self.watch(script.card(standings=[done, script.standing("ring"), script.standing("mote")]), full=False)
        self.browser.wait_text(".card", "Utført 2. mars kl. 06.59 av koordinator")
        self.assertEqual(self.browser.find(".command textarea").get_attribute("value"), "9 gjennomgått")

    def test_cards_of_many_kommuner_leave_the_one_that_is_written_on(self):
        self.open("#/tiltakskort")
        self.browser.wait_text(".cards", "Ekstra plasser i kommunen")
        kommune = f"article[aria-labelledby='kort-{script.KOMMUNE_CARD}']"
        self.button("Utført", kommune).click()
        self.browser.press("To plasser")
        others = [script.card(f"77777777-0000-5000-8000-00000000000{i}", f"k:50{number}", "Ekstra plasser", ("ring",))
                  for i, number in enumerate((31, 37, "06"))]
        self.watch(*others, full=False)
        self.browser.wait_text("caption + thead, table", "Åpne kort")
        self.assertEqual(self.browser.find(f"{kommune} textarea").get_attribute("value"), "To plasser")
        self.assertEqual(self.browser.text(f"{kommune} .gone"), "", "it is not closed")

    def test_an_answer_is_as_long_as_its_characters(self):
        self.open("#/tiltakskort")
        self.write("")
        fill = "const text = document.querySelector('.command textarea'); text.value = arguments[0].repeat(arguments[1])"
        self.browser.driver.execute_script(fill, BED, 2001)
        self.button("Meld utført").click()
        self.browser.wait_text(".command .error", "skriv høyst 2000 tegn")
        self.browser.driver.execute_script(fill, BED, 2000)
        self.button("Meld utført").click()
        self.browser.wait(lambda: self.hub.asked_of("complete"), "it was not sent")
        self.assertEqual(self.hub.asked_of("complete")[0]["outcome"], BED * 2000)


class LastAnswer(EscalationCase):
    """The answer that closes its card: the close comes while the page still waits, by the stream or by the list."""
    def setUp(self):
        super().setUp()
        self.hub.show("levels", script.levels())
        self.hub.show("complete", script.RECEIPT)
        self.watch(script.of_kommune())
        self.open("#/tiltakskort")
        self.browser.wait_text(".card", "Ring kommunene")
        # All that is ever said on the card that it is gone; and nothing is shown anew because a second has passed.
        self.browser.driver.execute_script("""
            window.told = [];
            const gone = document.querySelector('.card .gone');
            new MutationObserver(() => window.told.push(gone.textContent)).observe(gone, {childList: true, characterData: true, subtree: true});
            for (let i = setInterval(() => {}, 1000000); i > 0; --i) clearInterval(i);""")
        self.button("Utført", ".card").click()
        self.browser.press("Ringt")

    def check_it_went(self):
        self.browser.wait(lambda: not self.browser.texts(".card"), "the card stays")
        self.browser.wait_text(".closed", "alt er utført eller avslått")
        self.assertEqual(self.browser.focused(), "Tiltakskort")
        self.assertEqual(self.browser.driver.execute_script("return window.told"), [], "it was told as not sent")
        self.assertEqual(self.browser.errors(), [])

    def test_closed_by_the_stream_first(self):
        self.hub.hold("complete", True)
        self.button("Meld utført").click()
        self.browser.wait(lambda: self.hub.asked_of("complete"), "it was not sent")
        self.watch(script.settled(), full=False)
        self.browser.wait_text(".lead", "Ingen åpne kort nå.")
        self.assertFalse(self.browser.find(".command textarea").is_enabled(), "it is under way")
        self.hub.show("cards", script.listed(script.settled()))
        self.hub.hold("complete", False)
        self.check_it_went()

    def test_closed_by_the_list(self):
        self.hub.show("cards", script.listed(script.settled()))
        self.button("Meld utført").click()
        self.check_it_went()

    def test_a_refusal_of_it_is_told_though_the_card_is_closed(self):
        self.hub.hold("complete", True)
        self.hub.refuse("complete", ALREADY_EXISTS)
        self.button("Meld utført").click()
        self.browser.wait(lambda: self.hub.asked_of("complete"), "it was not sent")
        self.watch(script.settled(), full=False)
        self.browser.wait_text(".lead", "Ingen åpne kort nå.")
        self.hub.show("cards", script.listed(script.settled()))
        self.hub.hold("complete", False)
        self.browser.wait_text(".command .error", "Noen var først. Utført 2. mars kl. 06.59 av koordinator, pasientflytkoordinator: Ringt.")
        self.assertEqual(self.browser.find(".command textarea").get_attribute("value"), "Ringt")
        self.assertEqual(self.browser.focused(), "Avbryt")


class Names(EscalationCase):
    def test_a_kommune_is_never_told_by_number_while_its_name_is_on_its_way(self):
        self.hub.hold("count", True)
        self.watch(script.card(recipient=ELSEWHERE))
        self.open("#/tiltakskort/k:5014")
        self.browser.wait_text(".card", "Til")
        self.assertEqual(self.browser.text("h1"), "Tiltakskort: …")
        self.assertNotIn("5014", self.browser.text("main"))
        self.watch(script.card("44444444-0000-5000-8000-000000000001", ELSEWHERE, title="Bufferplasser"), full=False)
        self.browser.wait_text(".cards", "Bufferplasser")
        self.assertEqual(self.news(), "", "it is said when it can be said of whom")
        self.hub.show("count", {"asOf": script.as_of(), "kommuner": [{"kommune": "5014", "name": "Frøya"}]})
        self.hub.hold("count", False)
        self.browser.wait_text("h1", "Tiltakskort: Frøya")
        self.browser.wait(lambda: self.news() == "Nytt tiltakskort til Frøya: Bufferplasser.", "it was not said")
        self.assertEqual(len(self.hub.asked_of("count")), 1)

    def test_the_number_stands_for_who_has_no_name(self):
        self.hub.show("count", {"asOf": script.as_of()})
        self.watch(script.card(recipient=ELSEWHERE))
        self.open("#/tiltakskort/k:5014")
        self.browser.wait_text("h1", "Tiltakskort: kommune 5014")

    def test_roles_that_nobody_holds_are_counted_and_listed_by_role(self):
        vacant = [("k:5037", *CHIEF), (script.OF_HOSPITAL, "klinikksjef", "Klinikksjef"), ("k:5001", *CHIEF), ("k:5001", *OFFICE), ("k:5031", *CHIEF)]
        self.hub.show("cards", script.listed(vacant=vacant))
        self.open("#/tiltakskort")
        self.browser.wait_text(".vacant", "3 roller på kortene er det ingen som har, ved 1 sykehus og i 3 kommuner")
        self.assertNotIn("Trondheim", self.browser.text(".vacant"), "it is closed")
        self.browser.find(".vacant summary").click()
        time.sleep(TICK_SECONDS)
        self.assertEqual(self.browser.texts(".vacant li"), [
            "Klinikksjef: St. Olavs hospital", "Kommunalsjef for helse og mestring: Levanger, Malvik, Trondheim",
            "Leder for tildelingskontoret: Trondheim"])
        self.keep("vacant")
        self.browser.resize(PHONE)
        self.assertEqual(self.browser.overflow(), 0)
        self.keep("vacant-phone")
        self.open("#/tiltakskort/k:5031")
        self.browser.wait_text(".vacant", "1 rolle på kortene er det ingen som har, i 1 kommune")
        self.hub.show("cards", script.listed())
        self.open("#/tiltakskort")
        self.browser.wait_text(".lead", "Ingen åpne kort")
        self.assertFalse(self.browser.find(".vacant").is_displayed())

    def test_a_card_of_all_its_roles_is_with_those_that_somebody_held(self):
        card = script.card(role="", acknowledgeBy=None)
        card["issued"]["roles"] = [*script.ROLES, {"role": "x", "name": "Avdelingssjef", "held": True}]
        self.watch({**card, "asked": script.ROLES})
        self.open("#/tiltakskort")
        self.browser.wait_text(".card-facts", "Klinikksjef og Direktør i vakt")
        self.assertNotIn("Avdelingssjef", self.browser.text(".card-facts"))
        self.watch({**card, "revision": 2, "asked": script.ROLES[:1]}, full=False)
        self.browser.wait(lambda: "Hos\nKlinikksjef\n" in f"{self.browser.text('.card-facts')}\n", "the others have it still")
        self.watch({**card, "revision": 3}, full=False)
        self.browser.wait_text(".card-facts", "Alle som kan skrive for St. Olavs hospital, for ingen har rollene på det")


class Overtaken(EscalationCase):
    """Answers of a hub's views of before what the stream has told already."""
    def setUp(self):
        super().setUp()
        self.hub.show("levels", script.levels())
        self.watch(script.card(), script.card(OTHER_CARD, title="Bufferplasser", issuedAt=at(minutes=-20)))
        self.open("#/tiltakskort")
        self.browser.wait_text(".lead", "2 åpne kort")

    def list_anew(self, *cards):
        """The page asks for the list because an answer to the other card is refused."""
        self.hub.show("cards", script.listed(*cards))
        self.hub.refuse("acknowledge", UNAVAILABLE)
        asked = len(self.hub.asked_of("cards"))
        self.button("Kvitter for kortet", f"[aria-labelledby='kort-{OTHER_CARD}']").click()
        self.browser.wait(lambda: len(self.hub.asked_of("cards")) > asked, "the list was not asked for")
        self.browser.wait_text(f"[aria-labelledby='kort-{OTHER_CARD}'] .error", "Prøv igjen")

    def test_what_was_said_of_a_card_is_not_taken_back(self):
        done = script.standing("gjennomgang", "DONE", by="koordinator", role="pasientflytkoordinator", at=at(minutes=-1), told="9", seen=True)
        standings = [done, script.standing("ring"), script.standing("mote")]
        self.watch(script.seen(standings=standings), full=False)
        self.browser.wait_text(".card", "Utført 2. mars kl. 06.59")
        for older in (script.card(), script.seen(), script.card(standings=standings)):
            self.list_anew(older)
            self.assertIn("Utført 2. mars kl. 06.59", self.browser.text(".card"))
            self.assertIn("av sjef, klinikksjef", self.browser.text(".card-facts"))
        # Renewed, it is to be acknowledged anew.
        self.list_anew(script.card(renewals=1, revision=2))
        self.browser.wait_text(".card-facts", "Kvitteres innen")

    def test_a_closed_card_is_not_opened_again(self):
        self.watch(script.closed(), full=False)
        self.browser.wait_text(".lead", "1 åpent kort.")
        self.list_anew(script.card())
        self.assertEqual(self.browser.texts(".card h3"), ["Bufferplasser"])
        self.assertIn("nivået falt", self.browser.text(".closed"))

    def test_a_closed_card_that_is_forgotten_is_not_opened_again(self):
        self.watch(script.closed(), full=False)
        self.browser.wait_text(".lead", "1 åpent kort.")
        newer = [{**script.closed(card_id=f"88888888-0000-5000-8000-{i:012d}", title=f"Kort {i}"), "closedAt": at(minutes=i)} for i in range(CLOSED_MAX)]
        self.watch(*newer, full=False)
        self.browser.wait_text(".closed", f"Kort {CLOSED_MAX - 1}")
        self.assertNotIn(script.card()["issued"]["title"], self.browser.text(".closed"))
        self.list_anew(script.card())
        self.assertEqual(self.browser.texts(".card h3"), ["Bufferplasser"])

    def test_a_card_that_closed_while_there_was_no_connection_is_not_opened_again(self):
        self.watch(script.card(OTHER_CARD, title="Bufferplasser"))
        self.browser.wait_text(".lead", "1 åpent kort.")
        self.list_anew(script.card())
        self.assertEqual(self.browser.texts(".card h3"), ["Bufferplasser"])


class LongOpen(EscalationCase):
    def test_only_so_many_closed_cards_are_kept(self):
        self.open("#/tiltakskort")
        self.browser.wait_text(".lead", "Ingen åpne kort")
        for i in range(3 * CLOSED_MAX):
            self.watch({**script.closed(card_id=f"88888888-0000-5000-8000-{i:012d}", title=f"Kort {i}"), "closedAt": at(minutes=i)}, full=False)
        kept = "return import('/escalation.js').then((page) => page.escalation.closedCards().length)"
        self.browser.wait_text(".closed", f"Kort {3 * CLOSED_MAX - 1}")
        self.assertEqual(self.browser.driver.execute_script(kept), CLOSED_MAX)
        self.assertEqual(len(self.browser.texts(".closed > li")), CLOSED_MAX)

    def test_an_answer_that_was_overtaken_takes_no_level_back(self):
        self.hub.show("levels", script.levels(script.level()))
        self.open()
        self.browser.wait_text(".levels", "Rød")
        self.watch(shown_levels=[script.level("GRONN", inputs=[], revision=5)], full=False)
        self.browser.wait(lambda: "Grønn" in self.box("St. Olavs hospital"), "the level did not change")
        asked = len(self.hub.asked_of("levels"))
        self.browser.wait(lambda: len(self.hub.asked_of("levels")) > asked, "the levels were not asked for")
        time.sleep(TICK_SECONDS)
        self.assertIn("Grønn", self.box("St. Olavs hospital"))
        self.assertEqual(self.news(), "St. Olavs hospital har nå nivå grønn.")
        # Told whole again, as by another log, what is told holds.
        self.watch(shown_levels=[script.level()])
        self.browser.wait(lambda: "Rød" in self.box("St. Olavs hospital"), "what was told whole does not hold")


if __name__ == "__main__":
    unittest.main(verbosity=2)
