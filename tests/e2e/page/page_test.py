"""The page in a real browser, with a scripted hub behind it: every state it can be in, at will.

Environment: PAGE_SERVER is the scripted hub's program; SCREENSHOTS, where set, a folder to keep pictures in.
"""
import pathlib
import sys
import time
import unittest

from selenium.webdriver.common.keys import Keys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import scripted_escalation as escalation
import scripted_hub as script
from browser import PHONE, WAIT_SECONDS
from page_case import PageCase

BIG_SCREEN = (1920, 1080)
WHOLE_STORY = (1400, 2100)
NOTHING_HAPPENS_SECONDS = 1


class PageTest(PageCase):
    def first_column(self, caption):
        return self.browser.driver.execute_script("""
            const table = [...document.querySelectorAll('table')].find((one) => one.caption.textContent === arguments[0]);
            return [...table.tBodies[0].rows].map((row) => row.cells[0].innerText.trim().replaceAll('\\u00a0', ' '));""", caption)

    def test_shows_the_count_by_kommune_and_hospital(self):
        self.open()
        self.assertEqual(self.browser.driver.title, "Utskrivningsklare pasienter – Overgang")
        self.assertEqual(self.browser.cells("Kommuner", "Trondheim"),
                         ["Trondheim", "212", "14", "6", "2", "9 d", "3", "11", "40", "5"])
        self.assertEqual(self.browser.cells("Kommuner", "Melhus"), ["Melhus", "19", "0", "0", "0", "–", "0", "3", "5", "4"])
        self.assertEqual(self.browser.cells("Kommuner", "Sum"), ["Sum", "319", "24", "10", "3", "–", "7", "19", "65", "–"])
        self.assertEqual(self.browser.cells("Sykehus", "St. Olavs"), ["St. Olavs hospital", "610", "24", "10", "700", "96 %", "7", "11"])
        self.assertEqual(self.browser.cells("Sykehus", "Sykehuset Levanger")[4:], ["–", "–", "0", "–"])
        self.assertEqual(self.browser.text(".tiles .ukp dd"), "24")
        self.keep("overview")
        self.browser.resize(BIG_SCREEN)
        self.keep("overview-big-screen")
        self.assertEqual(self.browser.errors(), [])

    def test_where_no_bed_is_open_the_share_is_unknown(self):
        hospital = {**script.HOSPITALS[0], "occupancyPercent": 0}
        self.hub.show("census", {**script.census(), "hospitals": [hospital]})
        self.open()
        self.assertEqual(self.browser.cells("Sykehus", "St. Olavs")[4:], ["700", "–", "7", "11"])

    def test_numbers_change_without_reloading(self):
        self.open()
        changed = [dict(one) for one in script.KOMMUNER]
        changed[4].update(ukp=1, longestUkp="60s")
        self.hub.show("census", script.census(kommuner=changed))
        self.browser.wait(lambda: self.browser.cells("Kommuner", "Melhus")[2] == "1", "Melhus did not change")
        self.assertEqual(self.browser.text(".tiles .ukp dd"), "25")

    def test_tells_the_age_of_every_source_and_what_is_stale_in_words(self):
        self.open()
        self.assertEqual(self.browser.cells("Kilder", "Sykehusets")[0], "Sykehusets pasientsystem (HL7) STO")
        self.assertRegex(self.browser.cells("Kilder", "Sykehusets")[1], r"^hørt fra for 1\d s siden$")
        self.assertEqual(self.browser.cells("Kilder", "Sykehusets")[2:], ["I rute", "123 456"])
        self.assertEqual(self.browser.cells("Kilder", "PLO")[1], "hørt fra for 3 t siden")
        self.browser.wait_text(".as-of", "Per 2. mars")
        self.assertRegex(self.browser.text(".as-of"), r"kl\. 07\.00\.0\d, alle kilder er i rute\.$")
        self.hub.show("census", script.census(stale=True))
        self.browser.wait_text(".as-of", "1 kilde av 3 er foreldet")
        self.assertEqual(self.browser.cells("Kilder", "PLO")[2], "Foreldet")
        self.keep("stale")

    def test_a_lost_connection_is_said_and_healed(self):
        self.open()
        port = self.hub.port
        self.hub.close()
        self.browser.wait_text("#connection", "Kobler til på nytt …")
        self.browser.wait_text(".notice", "Tallene er fra 2. mars")
        self.assertIn("oppdateres ikke", self.browser.text(".notice"))
        self.assertEqual(self.browser.text(".as-of"), "")
        self.keep("reconnecting")
        self.hub = self.start(port=port)
        self.hub.show("census", script.census(kommuner=[script.kommune("5001", "Trondheim", 300)]))
        self.hub.show("escalation", escalation.watched())
        self.browser.wait_text("#connection", "Direkte")
        self.browser.wait(lambda: self.browser.cells("Kommuner", "Trondheim")[1] == "300", "the new count did not come")
        self.assertEqual(self.browser.cells("Kommuner", "Malvik"), None)   # The full count replaced the old one.
        self.assertFalse(self.browser.find("main > .notice").is_displayed())

    def test_pages_that_are_left_let_their_connections_go(self):
        # A browser keeps pages that are left, and has six connections; each page follows two streams.
        self.browser.driver.set_script_timeout(WAIT_SECONDS)
        for _ in range(6):
            self.open()
            answered = self.browser.driver.execute_async_script("""
                import('/hub.js').then((hub) => hub.call('EscalationService/GetLevels', {}))
                    .then(() => arguments[0]('answered'), (error) => arguments[0](String(error)));""")
            self.assertEqual(answered, "answered")

    def test_finds_a_kommune_by_name_number_or_fylke(self):
        self.open()
        field = self.browser.find("#filter")
        for wanted, found in (("mEL", ["Melhus"]), ("5031", ["Malvik"]), ("møre", ["Kristiansund"]), ("oslo", [])):
            field.clear()
            field.send_keys(wanted)
            self.assertEqual(self.first_column("Kommuner"), found)
            self.assertEqual(self.browser.text(".found"), f"Viser {len(found)} av 8 kommuner")
        self.assertIn("Ingen kommuner å vise.", self.browser.texts(".empty"))

    def test_sorts_by_any_column(self):
        self.open()
        self.assertEqual(self.first_column("Kommuner")[:3], ["Trondheim", "Orkland", "Levanger"])
        self.assertEqual(self.browser.find("th[aria-sort]").text, "UKP")

        def sort_by(label):
            for button in self.browser.driver.find_elements("css selector", "thead button"):
                if button.text == label:
                    return button.click()
            raise AssertionError(label)
        sort_by("Kommune")
        self.assertEqual(self.first_column("Kommuner")[:3], ["Kristiansund", "Leka", "Levanger"])
        sort_by("Kommune")
        self.assertEqual(self.first_column("Kommuner")[0], "Trondheim")
        sort_by("Lengste ventetid")
        self.assertEqual(self.first_column("Kommuner")[:4], ["Trondheim", "Orkland", "Malvik", "Levanger"])
        self.assertEqual(self.browser.find("th[aria-sort]").get_attribute("aria-sort"), "descending")

    def test_with_the_keyboard_alone_from_kommune_to_stay_to_story_and_back(self):
        self.open()
        self.browser.press(Keys.TAB)
        self.assertEqual(self.browser.focused(), "Hopp til innholdet")
        self.browser.tab_to("Trondheim")
        self.browser.press(Keys.ENTER)
        self.browser.wait_text("h1", "Trondheim")
        self.assertEqual(self.browser.focused(), "Trondheim")
        self.browser.wait_text(".lead", "3 innlagte, 2 utskrivningsklare, 1 i mer enn 24 timer.")
        self.browser.tab_to("Kvinne, 83 år")
        self.browser.press(Keys.ENTER)
        self.browser.wait_text("h1", "Kvinne, 83 år")
        self.browser.tab_to("Trondheim")
        self.browser.press(Keys.ENTER)
        self.browser.wait_text("h1", "Trondheim")

    def test_focus_stays_where_it_is_when_numbers_change(self):
        self.open()
        self.browser.tab_to("Melhus")
        changed = [dict(one) for one in script.KOMMUNER]
        changed[4].update(ukp=99)
        self.hub.show("census", script.census(kommuner=changed))
        self.browser.wait(lambda: self.browser.cells("Kommuner", "Melhus")[2] == "99", "Melhus did not change")
        self.assertEqual(self.browser.focused(), "Melhus")
        self.browser.find("#filter").click()
        self.browser.wait(lambda: self.first_column("Kommuner")[0] == "Melhus", "Melhus did not take its place")

    def test_lists_the_stays_of_a_kommune_and_follows_them(self):
        self.open("#/kommune/5001")
        self.browser.wait(lambda: len(self.first_column("Opphold")) == 3, "no stays")
        self.assertEqual(self.first_column("Opphold")[0], "Kvinne, 83 år\n4f2a91c0")   # Has waited longest.
        self.assertEqual(self.browser.cells("Opphold", "Kvinne")[1:], [
            "MED1\nSt. Olavs hospital", "26. feb. kl. 05.00", "28. feb. kl. 04.00", "2 d 3 t", "Kan ta imot fra 3. mars", "3. mars", "Ny for kommunen"])
        self.assertEqual(self.browser.cells("Opphold", "Mann, 71 år")[7], "På korridor")
        self.keep("kommune")
        self.hub.show("stays", script.stays(script.OTHERS))
        self.browser.wait(lambda: len(self.first_column("Opphold")) == 2, "the stay did not go")
        self.assertEqual(self.browser.errors(), [])

    def open_story(self):
        self.open(f"#/opphold/{script.STAY['stayId']}")
        self.browser.wait_text("h1", "Kvinne, 83 år")

    def test_tells_a_stay_in_the_words_of_the_hub(self):
        self.open_story()
        now = self.browser.text(".facts")
        for wanted in ("Trondheim", "Malvik", "Medisin 1", "28. feb. kl. 04.00", "2 d 3 t", "Kan ta imot fra 3. mars"):
            self.assertIn(wanted, now)
        self.assertEqual(self.summary("Døgn å betale for"), "3")
        self.assertEqual(self.summary("Overliggerdøgn"), "3")
        self.assertEqual(self.browser.texts("h3")[0].lower(), "torsdag 26. februar 2026")
        told = self.browser.texts(".story li")
        self.assertEqual(len(told), len(script.STORY) - 1)   # What is of no stay is not told here.
        self.assertEqual([line for line in told[0].split("\n") if line],
                         ["kl. 05.00", script.STORY[0]["text"], "St. Olavs hospital, pasientsystemet (HL7)."])
        self.assertIn("uten klokkeslett", told[3])
        self.assertIn("Meldt fredag 27. februar 2026 kl. 06.00, 3 t etterpå.", told[4])
        self.assertIn("Trukket tilbake: gjelder ikke.", told[8])
        self.assertEqual(self.browser.texts(".story s"), [script.STORY[8]["text"]])
        self.assertIn(script.STORY[10]["text"], told[10])
        self.assertIn("§ 13: kommunen betaler fra og med", told[10])
        self.browser.resize(WHOLE_STORY)
        self.keep("story")
        discharged = {**script.STAY, "ukpSince": None, "dischargedAt": script.at()}
        self.hub.show("pathway", script.pathway(discharged, [*script.STORY, script.line("FACT", script.at(), "Pasienten ble skrevet ut.", "")]))
        self.hub.show("stays", script.stays(script.OTHERS))
        self.browser.wait(lambda: "skrevet ut" in self.browser.texts(".story li")[-1], "the story did not go on")
        self.assertEqual(self.browser.errors(), [])

    def summary(self, name):
        return self.browser.driver.execute_script("""
            const found = [...document.querySelectorAll('.facts dt')].find((one) => one.textContent === arguments[0]);
            return found?.nextElementSibling.textContent;""", name)

    def test_marks_what_was_missed_and_what_is_wrong_and_nothing_else(self):
        self.open_story()
        heard = self.browser.driver.execute_script(
            "return ['.missed', '.warning', '.derived'].map((one) => document.querySelector(`.story ${one} p`).textContent);")
        self.assertEqual(heard, ["Frist: " + script.STORY[7]["text"], "Merk: " + script.STORY[6]["text"],
                                 "Følger av reglene: " + script.STORY[10]["text"]])
        self.assertEqual(len(self.browser.texts(".story .deadline")), 3)
        self.assertEqual(len(self.browser.texts(".story .missed, .story .warning")), 2)
        colours = self.browser.driver.execute_script("""
            return ['.missed', '.warning', '.deadline:not(.missed)', 'li:not([class])'].map((one) =>
              getComputedStyle(document.querySelector(`.story ${one} p`)).color);""")
        self.assertEqual(colours[0], colours[1])
        self.assertEqual(colours[2], colours[3])
        self.assertNotEqual(colours[0], colours[2])

    def test_shows_both_accounts_side_by_side_where_there_was_something_to_pay(self):
        self.open_story()
        caption = "Sykehusets og kommunens regnestykke"
        self.assertEqual(self.browser.cells(caption, "Kommunen varslet"), ["Kommunen varslet", "27. feb. kl. 03.00", "28. feb. kl. 07.00"])
        self.assertEqual(self.browser.cells(caption, "Svar")[1], "Ja 1. mars kl. 11.00, fra 3. mars")
        self.assertEqual(self.browser.cells(caption, "Utskrivningsklar til")[1:], ["Varer fortsatt", "Varer fortsatt"])
        self.assertEqual(self.browser.cells(caption, "Til sammen"), ["Til sammen", "3", "2"])
        self.assertEqual(len(self.browser.texts(".accounts .differ")), 1)
        self.hub.show("pathway", script.pathway(views=None))
        self.open_story()
        self.assertEqual(self.browser.texts(".accounts"), [])

    def test_a_story_is_a_list_with_times_headings_and_words_for_its_marks(self):
        self.open_story()
        self.assertEqual(self.browser.texts("h2"), ["Nå", "Hva som har skjedd", "Sykehusets og kommunens regnestykke"])
        found = self.browser.driver.execute_script("""
            const items = [...document.querySelectorAll('ol.story > li')];
            return {
              items: items.length,
              times: items.filter((item) => !Number.isNaN(Date.parse(item.querySelector('time')?.dateTime))).length,
              unscoped: [...document.querySelectorAll('.accounts th')].filter((cell) => !cell.scope).length,
              afterHeading: [...document.querySelectorAll('ol.story')].every((list) => list.previousElementSibling.tagName === 'H3'),
              skipped: [...document.querySelectorAll('h1, h2, h3')].map((one) => +one.tagName[1]).some((level, i, all) => i && level > all[i - 1] + 1),
            };""")
        self.assertEqual(found, {"items": 12, "times": 12, "unscoped": 0, "afterHeading": True, "skipped": False})

    def test_a_story_that_did_not_change_is_asked_for_once(self):
        # Which facts its numbers rest on is told by the story only.
        period = {**script.STAY["ukpPeriods"][0], "declaredBy": "e1", "payable": [{"days": 3, "because": ["e1"], "until": ["e2"]}]}
        watched = {**script.STAY, "ukpPeriods": [{**script.STAY["ukpPeriods"][0], "payable": [{"days": 3}]}], "hospitalName": "", "wardName": ""}
        self.hub.show("pathway", script.pathway({**script.STAY, "ukpPeriods": [period]}))
        self.hub.show("stays", script.stays([watched, *script.OTHERS]))
        self.open_story()
        self.browser.wait(lambda: self.hub.asked()[1] == ["5001"], "it was not followed")
        time.sleep(NOTHING_HAPPENS_SECONDS)
        self.assertEqual(self.hub.asked()[0], 1)

    def test_a_story_that_changed_before_it_was_followed_is_told_anew(self):
        self.hub.show("stays", script.stays([{**script.STAY, "ward": "KIR2"}, *script.OTHERS]))
        self.open(f"#/opphold/{script.STAY['stayId']}")
        self.browser.wait_text("h1", "Kvinne, 83 år")
        self.browser.wait(lambda: self.hub.asked() == (2, ["5001"]), "it was not asked for again")

    def test_a_story_that_cannot_be_had_is_asked_for_again(self):
        self.hub.show("failing", True)
        self.open(f"#/opphold/{script.STAY['stayId']}")
        self.browser.wait_text("main", "Huben svarer ikke. Siden prøver igjen av seg selv.")
        self.hub.show("failing", False)
        self.browser.wait_text("h1", "Kvinne, 83 år")

    def test_a_story_follows_the_stay_to_another_kommune(self):
        self.open(f"#/opphold/{script.STAY['stayId']}")
        self.browser.wait(lambda: self.hub.asked()[1] == ["5001"], "it was not followed")
        self.hub.show("pathway", script.pathway({**script.STAY, "stayKommune": "5031"}))
        self.hub.show("stays", script.stays(script.OTHERS))
        self.browser.wait_text(".back", "Malvik")
        self.browser.wait(lambda: self.hub.asked()[1] == ["5001", "5031"], "the new kommune is not followed")

    def test_an_address_that_means_nothing_shows_the_overview(self):
        self.open("#/kommune/%E0%A4%A")
        self.browser.wait_text("h1", "Utskrivningsklare pasienter")

    def test_says_that_a_stay_does_not_exist(self):
        self.open("#/opphold/none")
        self.browser.wait_text("main", "Det finnes ikke noe opphold med denne adressen.")

    def test_fits_a_phone(self):
        for hash_path, name in (("#/", "phone"), ("#/kommune/5001", "phone-kommune"), (f"#/opphold/{script.STAY['stayId']}", "phone-story")):
            self.browser.resize(PHONE)
            self.open(hash_path)
            self.browser.wait(lambda: self.browser.texts("tbody tr, .story li"), "nothing came")
            self.assertEqual(self.browser.overflow(), 0, hash_path)
            self.keep(name)

    def test_the_first_column_stays_when_a_narrow_table_is_scrolled(self):
        self.browser.resize(PHONE)
        self.open()
        left = self.browser.driver.execute_script("""
            const box = document.querySelector('.scroller');
            box.scrollLeft = 300;
            return [box.scrollLeft, box.querySelector('tbody th').getBoundingClientRect().left - box.getBoundingClientRect().left];""")
        self.assertEqual(left[0], 300)
        self.assertLess(left[1], 3)

    def test_is_readable_in_the_dark(self):
        self.browser.dark(True)
        for hash_path, name in (("#/", "dark"), (f"#/opphold/{script.STAY['stayId']}", "dark-story")):
            self.open(hash_path)
            self.browser.wait(lambda: self.browser.texts("tbody tr, .story li"), "nothing came")
            self.keep(name)
            self.assertEqual(self.low_contrast(), [])

    def test_contrast_is_enough_in_the_light(self):
        for hash_path in ("#/", "#/kommune/5001", f"#/opphold/{script.STAY['stayId']}"):
            self.open(hash_path)
            self.browser.wait(lambda: self.browser.texts("tbody tr, .story li"), "nothing came")
            self.assertEqual(self.low_contrast(), [])

    def low_contrast(self):
        """Texts whose contrast is below WCAG's AA (4.5, or 3 where large)."""
        return self.browser.driver.execute_script("""
            document.getAnimations().forEach((animation) => animation.finish());
            const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
            const channel = (value) => (value /= 255, value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
            const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
            const ground = (element) => {
              for (; element; element = element.parentElement) {
                const colour = rgb(getComputedStyle(element).backgroundColor);
                if (colour.length < 4 || colour[3] > 0) return colour;
              }
              return [255, 255, 255];
            };
            const low = [];
            for (const element of document.querySelectorAll('body *')) {
              const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
              if (!own || element.closest('script, noscript, caption') || !element.checkVisibility()) continue;
              const style = getComputedStyle(element);
              const [a, b] = [light(rgb(style.color)), light(ground(element))].sort((x, y) => y - x);
              const large = parseFloat(style.fontSize) >= 24;
              if ((a + 0.05) / (b + 0.05) < (large ? 3 : 4.5)) low.push(element.innerText + ' ' + (a + 0.05) / (b + 0.05));
            }
            return low;""")

    def test_has_headings_captions_and_labels(self):
        self.open()
        self.assertEqual(self.browser.texts("h1"), ["Utskrivningsklare pasienter"])
        self.assertEqual(self.browser.texts("h2"), ["Nivå", "Kommuner", "Sykehus", "Kilder"])
        unnamed = self.browser.driver.execute_script("""
            const bad = [];
            for (const table of document.querySelectorAll('table')) if (!table.caption?.textContent) bad.push('table');
            for (const cell of document.querySelectorAll('th')) if (!cell.scope) bad.push(cell.innerText);
            for (const input of document.querySelectorAll('input')) if (!input.labels.length) bad.push(input.id);
            return bad;""")
        self.assertEqual(unnamed, [])
        self.assertEqual(self.browser.find("#connection").get_attribute("aria-live"), "polite")
        self.assertEqual(self.browser.find("html").get_attribute("lang"), "nb")

    def test_asks_for_a_key_where_the_hub_wants_one(self):
        self.hub.close()
        self.hub = self.start(token="right")
        self.hub.show("escalation", escalation.watched())
        self.hub.show("census", script.census())
        self.open(ready="Ingen tilgang")
        self.browser.wait_text("label[for=key]", "Adgangsnøkkel")
        self.keep("key")
        self.browser.press("right", Keys.ENTER)
        self.browser.wait_text("#connection", "Direkte")
        self.assertEqual(self.browser.cells("Kommuner", "Trondheim")[2], "14")
        self.browser.driver.execute_script("sessionStorage.clear()")


if __name__ == "__main__":
    unittest.main(verbosity=2)
