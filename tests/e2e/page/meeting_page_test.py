"""The capacity meeting in a real browser, with a scripted hub behind the page.

Environment: PAGE_SERVER is the scripted hub's program; SCREENSHOTS, where set, a folder to keep pictures in.
"""
import base64
import pathlib
import sys
import unittest

from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import scripted_escalation as script
from browser import PHONE
from page_case import EscalationCase

BIG_SCREEN = (1920, 1080)
INVALID_ARGUMENT, PERMISSION_DENIED = 3, 7
HERE = f"#/mote/{script.HOSPITAL}"
HELD = f"{HERE}/{script.MEETING}"


class MeetingTest(EscalationCase):
    def setUp(self):
        super().setUp()
        self.hub.show("levels", script.levels(script.level()))
        self.hub.show("cards", script.listed(script.card(), script.of_kommune()))
        self.hub.show("count", script.count())
        self.hub.show("meetings", script.meetings(script.MEETING))
        self.hub.show("meeting", script.meeting())
        self.hub.show("hold", script.RECEIPT)

    def open_meeting(self):
        self.open(HERE)
        self.browser.wait_text(".picture", "Rød")

    def tile(self, label):
        tiles = [text.split("\n") for text in self.browser.texts(".picture .tiles > div")]
        return next((lines[-1] for lines in tiles if lines[0] == label), tiles)

    def test_one_picture_of_one_cursor(self):
        self.open_meeting()
        self.assertEqual(self.browser.text("h1"), "Kapasitetsmøte – St. Olavs hospital")
        self.assertRegex(self.browser.text(".picture-as-of"), r"^Per 2\. mars kl\. 07\.00\.00, .*Bildet står stille til det oppdateres\.$")
        for label, value in (("Utskrivningsklare", "16"), ("Over 24 timer", "7"), ("Over 7 / 10 døgn", "2 / 1"), ("Lengste ventetid", "11 d"),
                             ("Innlagte", "610"), ("Belegg", "104 %"), ("Korridorpasienter", "7")):
            self.assertEqual(self.tile(label), value)
        self.assertIn("meldt av avdelingene: 11", self.browser.text(".picture .tiles"))
        self.assertIn("Belegg 104 % (grense for rød 103 %)", self.browser.text(".level-band"))
        self.assertEqual(self.browser.cells("Kommuner", "Trondheim"), ["Trondheim", "212", "14", "6", "2 / 1", "3", "5"])
        self.assertIn("Ikke kvittert, frist 2. mars kl. 07.05 · 3 av 3 tiltak gjenstår", self.browser.text(".card-lines"))
        asked = self.hub.asked_of("count")[-1]
        self.assertEqual((asked["asOfCursor"], asked["hospitals"]), ("c1", [script.HOSPITAL]))
        self.assertEqual(asked["asOf"], script.at())
        before = self.browser.cells("Vedtak", "Åpne bufferplassene")
        self.assertEqual(before[1:], ["Klinikksjef, St. Olavs hospital", "1. mars kl. 11.00",
                                      "Utført 1. mars kl. 10.00 av sjef, klinikksjef: 4 plasser åpnet"])
        self.assertEqual(self.browser.cells("Vedtak", "Ta ut to")[3], "Ikke utført ennå")
        self.assertTrue(self.browser.find(".as-of").get_attribute("hidden"))   # One time only is said: that of the picture.
        self.browser.resize(BIG_SCREEN)
        self.keep("meeting-big-screen")
        self.browser.dark(True)
        self.keep("meeting-big-screen-dark")
        self.browser.resize(PHONE)
        self.assertEqual(self.browser.overflow(), 0)
        self.assertEqual(self.browser.errors(), [])

    def test_it_stands_still_until_it_is_asked_for_anew(self):
        self.open_meeting()
        self.hub.show("count", script.count(ukp=18))
        self.hub.show("levels", script.levels(script.level("GUL", inputs=[])))
        self.watch(shown_levels=[script.level("GUL", inputs=[])], full=False)
        self.assertEqual(self.tile("Utskrivningsklare"), "16")
        asked = len(self.hub.asked_of("count"))
        self.button("Oppdater bildet").click()
        self.browser.wait(lambda: self.tile("Utskrivningsklare") == "18", "the picture did not change")
        self.assertEqual(self.browser.text(".level-band .level"), "Gul")
        self.assertEqual(len(self.hub.asked_of("count")), asked + 1)

    def test_what_comes_between_is_asked_for_again_or_told(self):
        self.hub.show("levels", script.of_cursor("c0", script.levels(script.level())))
        self.open_meeting()
        self.assertIn("nivået kan være noen sekunder eldre enn tallene", self.browser.text(".picture"))
        asked = self.hub.asked_of("levels")
        self.assertGreater(len(asked), 1)
        self.assertEqual(asked[-1]["waitFor"], "c1")

    def test_holding_the_meeting_on_what_the_room_saw(self):
        self.open_meeting()
        self.browser.tab_to("felt-")   # The first field of the form.
        self.browser.press("Klinikksjef")
        self.button("Legg til deltaker").click()
        self.browser.press("Koordinerende enhet")
        second = self.browser.driver.find_elements("css selector", "[aria-label='Hvem er her'] .row")[1]
        whose, present = (Select(one) for one in second.find_elements("css selector", "select"))
        whose.select_by_visible_text("Trondheim")
        present.select_by_visible_text("Ikke til stede")
        decision = self.browser.find("[aria-label='Vedtak'] .row")
        decision.find_element("css selector", "textarea").send_keys("Ta ut to pasienter i dag")
        whose, owner = (Select(one) for one in decision.find_elements("css selector", "select"))
        self.assertIn("Direktør i vakt", [one.text for one in owner.options])
        whose.select_by_visible_text("Trondheim")
        self.assertEqual(owner.options[1].text, "Koordinerende enhet i kommunen")
        owner.select_by_visible_text("Koordinerende enhet i kommunen")
        self.button("Legg til vedtak").click()
        self.browser.press("Nytt møte kl. 15")
        noted = self.browser.driver.find_elements("css selector", "[aria-label='Vedtak'] .row")[1]
        Select(noted.find_elements("css selector", "select")[1]).select_by_visible_text("Ingen; bare skrives ned")
        self.keep("meeting-form")
        self.hub.refuse("hold", PERMISSION_DENIED)
        self.button("Avslutt møtet og lagre").click()
        self.browser.wait_text(".command .error", "Bare de som kan skrive for sykehuset, kan lagre møtet.")
        self.hub.refuse("hold")
        self.hub.show("meeting", script.meeting(script.RECEIPT["eventId"]))
        self.button("Avslutt møtet og lagre").click()
        self.browser.wait_text("main", "Holdt kl. 07.00.")
        first, second = self.hub.asked_of("hold")
        self.assertEqual(first, second)
        self.assertEqual((first["asOfCursor"], first["asOf"]), ("c1", script.at()))
        self.assertEqual([(one["role"], one["recipient"], one.get("present", False)) for one in first["attendance"]],
                         [("Klinikksjef", script.OF_HOSPITAL, True), ("Koordinerende enhet", script.OF_TRONDHEIM, False)])
        self.assertEqual([(one["text"], one["owner"], one["recipient"]) for one in first["decided"]],
                         [("Ta ut to pasienter i dag", "koordinerende_enhet", script.OF_TRONDHEIM)])
        self.assertRegex(first["decided"][0]["dueAt"], r"^2026-03-02T10:0\d:00Z$")
        self.assertEqual(first["decisions"], ["Nytt møte kl. 15"])
        self.assertTrue(self.browser.driver.current_url.endswith(script.RECEIPT["eventId"]))

    def test_a_deadline_that_has_passed_is_told_before_anything_is_sent(self):
        self.open_meeting()
        self.browser.find("[aria-label='Vedtak'] textarea").send_keys("Åpne plasser")
        self.browser.driver.execute_script("document.querySelector(\"[aria-label='Vedtak'] input\").value = '2026-03-02T06:00'")
        self.button("Avslutt møtet og lagre").click()
        self.browser.wait_text(".command .error", "«Åpne plasser»: sett en frist fram i tid.")
        self.assertEqual(self.hub.asked_of("hold"), [])

    def test_a_meeting_held_is_shown_with_its_corrections_beside_it(self):
        self.hub.show("meeting", script.meeting(corrections=script.CORRECTIONS, summaryPdf=base64.b64encode(b"%PDF-1.5 x").decode()))
        self.open(HERE)
        self.browser.wait_text(".meetings", "søndag 1. mars 2026 kl. 07.00 – 2 vedtak")
        self.browser.find(".meetings a").click()
        self.browser.wait_text(".picture-as-of", "Holdt kl. 07.00. Tallene er slik møtet så dem, per 1. mars kl. 06.54.00.")
        self.assertEqual(self.browser.text("h1"), "Kapasitetsmøte søndag 1. mars 2026 – St. Olavs hospital")
        self.assertEqual(self.tile("Utskrivningsklare"), "15")
        self.assertIn("i dag kjent som 17", self.browser.text(".picture .tiles .ukp"))
        self.assertEqual(self.browser.cells("Kommuner", "Trondheim")[3].split(), ["6", "i", "dag", "8"])
        self.assertEqual(self.browser.cells("Kommuner", "Trondheim")[4].split(), ["2", "/", "1", "i", "dag", "2", "/", "2"])
        self.assertIn("3 tall er kjent annerledes i dag", self.browser.text("main .meeting .notice"))
        text = self.browser.text(".meeting")
        for said in ("Klinikksjef (St. Olavs hospital)", "Ikke til stede: Koordinerende enhet (Trondheim)", "Bare skrevet ned",
                     "PLO-meldinger fra HER-id 91234, sist hørt 2. mars kl. 04.00"):
            self.assertIn(said, text)
        self.browser.driver.execute_script("""
            window.saved = [];
            HTMLAnchorElement.prototype.click = function () { window.saved.push([this.download, this.href.split(':')[0]]); };""")
        self.button("Last ned som PDF").click()
        self.browser.wait(lambda: self.browser.driver.execute_script("return window.saved.length"), "no PDF came")
        self.assertEqual(self.browser.driver.execute_script("return window.saved"), [["kapasitetsmote-2026-03-01.pdf", "blob"]])
        self.assertTrue(self.hub.asked_of("meeting")[-1]["pdf"])
        self.browser.resize((1400, 1700))
        self.keep("meeting-held")
        self.browser.resize(PHONE)
        self.assertEqual(self.browser.overflow(), 0)
        self.keep("meeting-held-phone")
        print_page = self.browser.find(".buttons a").get_attribute("href")
        self.browser.open(print_page)
        self.assertEqual(self.browser.text("h1"), "Kapasitetsmøte")

    def test_what_an_older_meeting_did_not_count_is_not_shown_as_none(self):
        older = script.meeting()
        older["snapshot"] = {**older["snapshot"], "version": 0}
        for field in ("ukpOver7Days", "ukpOver10Days", "corridorReported"):
            older["snapshot"]["census"] = {key: value for key, value in older["snapshot"]["census"].items() if key != field}
        self.hub.show("meeting", older)
        self.open(HELD)
        self.browser.wait_text(".picture", "Rød")
        self.assertEqual((self.tile("Over 7 / 10 døgn"), self.tile("Korridorpasienter")), ("2 / –", "7"))
        self.assertEqual(self.browser.cells("Kommuner", "Trondheim")[4], "2 / –")
        self.assertNotIn("meldt av avdelingene:", self.browser.text(".picture .tiles"))

    def test_what_no_bed_is_open_for_has_no_share(self):
        self.hub.show("count", script.count(occupancyPercent=0))
        self.open_meeting()
        self.assertEqual(self.tile("Belegg"), "–")
        self.assertIn("728 i 700 senger", self.browser.text(".picture .tiles"))

    def test_a_later_meeting_counts_long_waits_too(self):
        later = script.meeting()
        later["snapshot"] = {**later["snapshot"], "version": 2}
        self.hub.show("meeting", later)
        self.open(HELD)
        self.browser.wait_text(".picture", "Rød")
        self.assertEqual(self.tile("Over 7 / 10 døgn"), "2 / 1")

    def test_who_may_not_see_it_is_told(self):
        for method in ("levels", "meetings"):
            self.hub.refuse(method, PERMISSION_DENIED)
        self.open(HERE)
        self.browser.wait_text(".meeting .error", "Kapasitetsmøtet vises bare for sykehuset.")

    def test_with_the_keyboard_alone_to_the_picture_anew(self):
        self.open_meeting()
        self.browser.tab_to("Oppdater bildet")
        asked = len(self.hub.asked_of("count"))
        self.browser.press(Keys.ENTER)
        self.browser.wait(lambda: len(self.hub.asked_of("count")) == asked + 1, "it was not asked for")
        unnamed = self.browser.driver.execute_script(
            "return [...document.querySelectorAll('main input, main select, main textarea')].filter((one) => !one.labels.length).length")
        self.assertEqual(unnamed, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
