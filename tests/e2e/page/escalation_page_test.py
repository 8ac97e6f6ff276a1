"""Levels and tiltakskort in a real browser, with a scripted hub behind the page.

Environment: PAGE_SERVER is the scripted hub's program; SCREENSHOTS, where set, a folder to keep pictures in.
"""
import pathlib
import sys
import time
import unittest

from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import scripted_escalation as script
from browser import PHONE
from page_case import EscalationCase

TICK_SECONDS = 1.2   # The page shows everything anew each second.
BED = "\U0001F6CF"   # One character, two units of JavaScript's and four bytes.
ALREADY_EXISTS, PERMISSION_DENIED, FAILED_PRECONDITION, UNAVAILABLE = 6, 7, 9, 14


class LevelsTest(EscalationCase):
    def setUp(self):
        super().setUp()
        self.hub.show("levels", script.levels())
        self.watch(shown_levels=script.LEVELS)

    def test_each_hospital_says_its_level_in_a_word_why_and_for_how_long(self):
        self.open()
        self.browser.wait_text(".levels", "Belegg")
        olav = self.box("St. Olavs hospital")
        for said in ("Rød", "i 3 t 12 min", "Belegg 104 % (grense for rød 103 %)", "Utskrivningsklare over 24 t: 21 (grense for rød 20)"):
            self.assertIn(said, olav)
        self.assertNotIn("Ledige kommunale plasser", olav)   # Not a reason: it is under "Andre tall".
        levanger = self.box("Sykehuset Levanger")
        for said in ("Gul", "Usikkert: noe er ukjent", "Belegg 97,5 % (grense for gul 97 %)",
                     "Ventet over 1 t i akuttmottaket: ukjent, ikke hørt siden 1. mars kl. 22.00 (var 61)"):
            self.assertIn(said, levanger)
        self.browser.find(".level-box summary").click()
        others = self.browser.text(".level-box details")
        for said in ("Ledige kommunale plasser: 5 (grense for rød 0)", "Lengste ventetid i akuttmottaket: 3 t 5 min (grense for rød 8 t)",
                     "Korridorpasienter meldt av avdelingene: aldri meldt"):
            self.assertIn(said, others)
        self.keep("levels")
        self.browser.resize(PHONE)
        self.assertEqual(self.browser.overflow(), 0)
        self.browser.driver.execute_script("document.querySelector('.levels').scrollIntoView()")
        self.keep("levels-phone")
        self.browser.dark(True)
        self.keep("levels-phone-dark")
        self.assertEqual(self.browser.errors(), [])

    def test_a_change_shows_and_is_said(self):
        self.open()
        self.browser.wait_text(".levels", "Rød")
        fallen = script.level("GRONN", inputs=[])
        self.hub.show("levels", script.levels(fallen, script.LEVELS[1]))
        self.watch(shown_levels=[fallen], full=False)
        self.browser.wait(lambda: "Grønn" in self.box("St. Olavs hospital"), "the level did not change")
        self.assertEqual(self.news(), "St. Olavs hospital har nå nivå grønn.")

    def test_a_level_that_a_person_set_says_who_why_and_until_when(self):
        self.hub.show("levels", script.levels(script.level(**script.OVERRIDDEN)))
        self.open()
        self.browser.wait_text(".levels", "Satt av kari-nordmann: «Stengt sengepost». Gjelder til 2. mars kl. 15.00. Deretter gir reglene grønn hvis tallene ikke endrer seg.")
        self.button("Opphev overstyringen").click()
        self.browser.find(".command textarea").send_keys("Posten er åpen igjen")
        self.hub.show("levels", script.levels(script.level("GRONN", inputs=[])))
        self.button("Opphev").click()
        self.browser.wait(lambda: "Grønn" in self.box("St. Olavs hospital"), "the lift did not show")
        asked = self.hub.asked_of("override")[0]
        self.assertEqual((asked["lift"], asked["hospital"], asked["reason"]), (True, script.HOSPITAL, "Posten er åpen igjen"))

    def test_a_kommune_sees_the_level_without_the_numbers_behind_it(self):
        corridor = {"name": "corridor", "state": "LEVEL_INPUT_STATE_MEASURED", "level": "ESCALATION_LEVEL_ROD", "holds": True}
        withheld = script.level(inputs=[*script.WITHHELD[:-1], corridor], valuesWithheld=True)
        self.hub.show("levels", script.levels(withheld))
        self.watch(shown_levels=[withheld])
        self.open()
        self.browser.wait_text(".levels", "Tallene bak nivået vises bare for sykehuset.")
        box = self.box("St. Olavs hospital")
        self.assertIn("Rød", box)
        self.assertIn("Belegg: over grensen for rød", box)
        self.assertIn("Korridorpasienter meldt av avdelingene holder nivået på rød", box)
        self.assertNotIn("104", box)
        self.assertNotIn("Overstyr nivået", box)
        self.assertNotIn("Kapasitetsmøte", box)

    def test_a_reason_is_as_long_as_its_characters(self):
        self.hub.show("override", script.RECEIPT)
        self.open()
        self.browser.wait_text(".levels", "Rød")
        self.button("Overstyr nivået").click()
        fill = "document.querySelector('.command textarea').value = arguments[0].repeat(arguments[1]) + '  '"
        self.browser.driver.execute_script(fill, BED, 501)
        self.button("Sett nivået").click()
        self.browser.wait_text(".command .error", "Begrunnelsen er tom, for lang")
        self.assertEqual(self.hub.asked_of("override"), [])
        self.browser.driver.execute_script(fill, BED, 500)
        self.button("Sett nivået").click()
        self.browser.wait(lambda: self.hub.asked_of("override"), "it was not sent")
        self.assertEqual(self.hub.asked_of("override")[0]["reason"], BED * 500)

    def test_setting_a_level_by_hand_with_the_keyboard(self):
        self.open()
        self.browser.wait_text(".levels", "Rød")
        self.browser.tab_to("Overstyr nivået")
        self.browser.press(Keys.ENTER)
        level, reason, expires = (self.browser.find(f".command {one}") for one in ("select", "textarea", "input"))
        self.assertEqual(self.browser.driver.switch_to.active_element, level)
        self.assertRegex(expires.get_attribute("value"), r"^2026-03-02T15:0\d$")   # Oslo's clock, eight hours on.
        Select(level).select_by_visible_text("Gul")
        reason.send_keys("Ny post åpner kl. 12")
        self.hub.refuse("override", PERMISSION_DENIED)
        self.button("Sett nivået").click()
        self.browser.wait_text(".command .error", "Bare de som kan skrive for hele sykehuset, kan overstyre nivået.")
        self.keep("override-refused")
        self.hub.refuse("override")
        self.button("Sett nivået").click()
        self.browser.wait(lambda: not self.browser.driver.find_elements("css selector", ".command"), "the form did not go")
        first, second = self.hub.asked_of("override")
        self.assertEqual(first, second)   # The same words are the same try.
        self.assertEqual(first["level"], "ESCALATION_LEVEL_GUL")
        self.assertRegex(first["expiresAt"], r"^2026-03-02T14:0\d:00Z$")
        self.assertEqual(self.browser.errors_but("403"), [])


class CardsTest(EscalationCase):
    def setUp(self):
        super().setUp()
        self.hub.show("levels", script.levels())
        self.hub.show("acknowledge", script.RECEIPT)
        self.hub.show("complete", script.RECEIPT)
        self.watch(script.card(), script.of_kommune())

    def test_an_open_card_says_all_that_it_asks_for(self):
        self.hub.show("cards", script.listed(script.closed(card_id="33333333-0000-5000-8000-000000000001"), vacant=[("k:5001", "kommunalsjef_helse", "Kommunalsjef for helse og mestring")]))
        overdue = [script.standing("gjennomgang", overdue=True, dueAt=script.at(minutes=-30)), script.standing("ring"), script.standing("mote")]
        self.watch(script.card(standings=overdue), script.of_kommune())
        self.open("#/tiltakskort")
        self.browser.wait_text(".lead", "2 åpne kort. 2 er ikke kvittert.")
        card = self.browser.text(".card")
        for said in ("Ekstraordinær oppfølging", "Sykehuset er fullt", "Nivå Rød", "Kvitteres innen", "2. mars kl. 07.05 (4 min igjen)", "Klinikksjef",
                     "Pasientflytkoordinator · Fristen gikk ut 2. mars kl. 06.30", "Pasientflytkoordinator · Frist 2. mars kl. 08.00",
                     "Meldes tilbake: Antall gjennomgått, og antall som kan reise i dag"):
            self.assertIn(said, card)
        gone = self.browser.text(".closed")
        for said in ("Lukket 2. mars kl. 06.58: nivået falt.", "Ble ikke gjort (1):", "Kall inn til ekstra kapasitetsmøte"):
            self.assertIn(said, gone)
        self.browser.find(".closed summary").click()
        self.assertIn("Avslått 2. mars kl. 06.57 av koordinator, pasientflytkoordinator: Ingen bemanning", self.browser.text(".closed"))
        self.browser.wait_text(".vacant", "1 rolle på kortene er det ingen som har, i 1 kommune")
        self.keep("cards")
        self.browser.resize(PHONE)
        self.assertEqual(self.browser.overflow(), 0)
        self.keep("cards-phone")
        self.assertEqual(self.browser.errors(), [])

    def test_a_kommunes_own_cards(self):
        self.open("#/tiltakskort/k:5001")
        self.browser.wait_text("h1", "Tiltakskort: Trondheim")
        self.assertEqual(self.browser.texts(".card h3"), ["Ekstra plasser i kommunen"])

    def test_a_new_card_comes_by_itself_and_is_said(self):
        self.open("#/tiltakskort")
        self.browser.wait_text(".lead", "2 åpne kort")
        self.watch(script.card("44444444-0000-5000-8000-000000000001", title="Bufferplasser og fortetning"), full=False)
        self.browser.wait_text(".lead", "3 åpne kort")
        self.assertEqual(self.news(), "Nytt tiltakskort til St. Olavs hospital: Bufferplasser og fortetning.")
        self.watch(script.closed(), full=False)
        self.browser.wait_text(".lead", "2 åpne kort")
        self.assertIn("er lukket", self.news())
        self.assertIn("nivået falt", self.browser.text(".closed"))

    def test_acknowledging_is_disabled_while_under_way(self):
        self.open("#/tiltakskort/k:5001")
        self.browser.wait_text(".card", "Kvitter for kortet")
        self.hub.hold("acknowledge", True)
        button = self.button("Kvitter for kortet")
        button.click()
        self.browser.wait(lambda: not button.is_enabled(), "the button can be pressed twice")
        self.hub.show("cards", script.listed({**script.of_kommune(), "acknowledged": script.SEEN["acknowledged"]}))
        self.hub.hold("acknowledge", False)
        self.browser.wait_text(".card", "2. mars kl. 06.59 av sjef, klinikksjef")
        self.assertFalse(button.is_displayed())
        self.assertEqual(len(self.hub.asked_of("acknowledge")), 1)
        self.assertEqual(self.hub.asked_of("cards")[-1]["waitFor"], script.RECEIPT["cursor"])

    def test_an_answer_that_never_came_is_tried_again_with_its_key(self):
        self.open("#/tiltakskort/k:5001")
        self.browser.wait_text(".card", "Kvitter for kortet")
        self.hub.refuse("acknowledge", UNAVAILABLE)
        self.button("Kvitter for kortet").click()
        self.browser.wait_text(".card .error", "Prøv igjen; det blir ikke registrert to ganger.")
        self.hub.refuse("acknowledge")
        self.button("Kvitter for kortet").click()
        self.browser.wait(lambda: len(self.hub.asked_of("acknowledge")) == 2, "it was not asked again")
        first, second = self.hub.asked_of("acknowledge")
        self.assertEqual(first, second)
        self.assertEqual(first["cardId"], script.KOMMUNE_CARD)

    def test_refusals_say_in_words_what_happened_meanwhile(self):
        self.open("#/tiltakskort")
        self.browser.wait_text(".card", "Kvitter for kortet")
        for code, known, said in (
                (ALREADY_EXISTS, script.seen(), "Kortet er alt kvittert 2. mars kl. 06.59 av sjef, klinikksjef."),
                (FAILED_PRECONDITION, script.card(role="direktor_i_vakt"), "Ingen kvitterte i tide, så kortet har gått videre til: Direktør i vakt."),
                (FAILED_PRECONDITION, script.card(renewals=1, revision=2),
                 "Nivået har steget igjen, så kortet er fornyet og skal besvares på nytt. Det er nå hos: Klinikksjef."),
                (FAILED_PRECONDITION, script.card(role="direktor_i_vakt", renewals=1, revision=3), "Nivået har steget igjen"),
                (FAILED_PRECONDITION, script.card(), "Kortet har endret seg siden du fikk det. Se på det på nytt."),
                (PERMISSION_DENIED, script.card(), "dette er for: Klinikksjef. Du har ikke den rollen."),
                (PERMISSION_DENIED, script.card(role=""),
                 "Kortet er til St. Olavs hospital, og bare de som kan skrive der, kan svare på det.")):
            self.watch(script.card(), script.of_kommune())
            self.browser.wait(lambda: self.button("Kvitter for kortet"), "no button")
            self.hub.show("cards", script.listed(known))
            self.hub.refuse("acknowledge", code)
            self.button("Kvitter for kortet").click()
            self.browser.wait_text(".card .error", said)
            time.sleep(TICK_SECONDS)
            self.assertIn(said, self.browser.text(".card .error"), "it went again before it could be read")
            self.keep(f"refused-{code}")

    def test_who_let_the_time_pass_is_told_that_the_card_went_on(self):
        gone_on = script.card(role="direktor_i_vakt", unanswered=script.ROLES[:1], revision=2)
        self.watch(gone_on)
        self.hub.show("cards", script.listed(gone_on))
        self.hub.refuse("acknowledge", FAILED_PRECONDITION)
        self.open("#/tiltakskort")
        self.browser.wait_text(".card-facts", "Direktør i vakt")
        self.button("Kvitter for kortet").click()
        self.browser.wait_text(".card .error", "Ingen kvitterte i tide, så kortet har gått videre til: Direktør i vakt.")

    def test_an_answer_of_before_the_card_was_renewed_is_told_so(self):
        self.open("#/tiltakskort")
        self.browser.wait_text(".card", "Gå gjennom alle")
        self.button("Utført", ".card").click()
        self.browser.press("9")
        self.hub.show("cards", script.listed(script.card(renewals=1, revision=2)))
        self.hub.refuse("complete", FAILED_PRECONDITION)
        self.button("Meld utført").click()
        self.browser.wait_text(".command .error", "Nivået har steget igjen, så kortet er fornyet og skal besvares på nytt.")

    def test_an_action_is_done_with_its_evidence_and_another_declined_with_its_reason(self):
        self.open("#/tiltakskort")
        self.browser.wait_text(".card", "Gå gjennom alle")
        self.browser.tab_to("Utført")
        self.browser.press(Keys.ENTER)
        self.assertEqual(self.browser.driver.switch_to.active_element.tag_name, "textarea")
        self.assertIn("Her meldes: Antall gjennomgått, og antall som kan reise i dag.", self.browser.text(".command"))
        self.browser.press("9 gjennomgått, 4 reiser i dag")
        # What comes live meanwhile leaves what is being written alone.
        self.watch(script.seen(), full=False)
        self.browser.wait_text(".card", "av sjef, klinikksjef")
        self.assertEqual(self.browser.find(".command textarea").get_attribute("value"), "9 gjennomgått, 4 reiser i dag")
        self.keep("action-form")
        done = script.standing("gjennomgang", "DONE", by="koordinator", role="pasientflytkoordinator", at=script.at(minutes=-1), told="9 gjennomgått, 4 reiser i dag")
        self.hub.show("cards", script.listed(script.seen(standings=[done, script.standing("ring"), script.standing("mote")])))
        self.browser.press(Keys.TAB, Keys.ENTER)
        self.browser.wait_text(".card", "Utført 2. mars kl. 06.59 av koordinator, pasientflytkoordinator: 9 gjennomgått, 4 reiser i dag")
        self.assertEqual(self.hub.asked_of("complete")[0]["outcome"], "9 gjennomgått, 4 reiser i dag")
        self.button("Avslå", ".card").click()
        self.browser.press("Ingen bemanning")
        declined = script.standing("ring", "DECLINED", by="koordinator", role="pasientflytkoordinator", at=script.at(minutes=-1), told="Ingen bemanning")
        self.hub.show("cards", script.listed(script.seen(standings=[done, declined, script.standing("mote")])))
        self.button("Avslå tiltaket").click()
        self.browser.wait_text(".card", "Avslått 2. mars kl. 06.59 av koordinator, pasientflytkoordinator: Ingen bemanning")
        self.assertEqual(self.hub.asked_of("complete")[1]["declinedReason"], "Ingen bemanning")
        self.keep("actions-answered")

    def test_who_comes_second_to_an_action_is_told_who_was_first(self):
        self.open("#/tiltakskort")
        self.browser.wait_text(".card", "Gå gjennom alle")
        self.button("Utført", ".card").click()
        self.browser.press("9")
        done = script.standing("gjennomgang", "DONE", by="koordinator", role="pasientflytkoordinator", at=script.at(minutes=-1), told="8 gjennomgått")
        self.hub.show("cards", script.listed(script.card(standings=[done, script.standing("ring"), script.standing("mote")])))
        self.hub.refuse("complete", ALREADY_EXISTS)
        self.button("Meld utført").click()
        self.browser.wait_text(".command .error", "Noen var først. Utført 2. mars kl. 06.59 av koordinator, pasientflytkoordinator: 8 gjennomgått.")


if __name__ == "__main__":
    unittest.main(verbosity=2)
