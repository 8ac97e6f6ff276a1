"""From a full hospital to its meeting, on the page of a real hub in a real browser: the level rises, a card is seen, acknowledged,
done and declined, the meeting is held and shown again, on a desk and on a phone.

Environment: OVERGANG_BIN is the program; SCREENSHOTS, where set, a folder to keep pictures in.
"""
import os
import pathlib
import sys
import unittest
import uuid

from selenium.webdriver.support.select import Select

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import messages
from browser import DESKTOP, PHONE, Browser
from doors import send_adt
from hub import HOSPITAL, HubTest, wait_for
from issuer import Issuer
from levels import ROD, Levels

SCREENSHOTS = os.environ.get("SCREENSHOTS")
CARD = "Ekstraordinær utskrivning"
FIRST = "Hold ekstra previsitt"


class MeetingHubTest(HubTest, Levels):
    def setUp(self):
        super().setUp()
        self.served = self.hub(settings=self.rules())
        self.browser = Browser()
        self.addCleanup(self.browser.close)
        for kommune in (messages.TRONDHEIM, messages.TRONDHEIM, messages.MALVIK):
            self.assertEqual(send_adt(self.served, messages.adt("A01", messages.Patient(kommune))).code, "AA")
        wait_for("they are counted", lambda: self.served.census().get(messages.MALVIK, {}).get("inpatients"))

    def keep(self, name):
        if SCREENSHOTS:
            self.browser.screenshot(pathlib.Path(SCREENSHOTS) / f"{name}.png")

    def open(self, hash_path, size):
        self.browser.resize(size)
        self.browser.open("about:blank")
        self.browser.open(f"http://{self.served.address('http')}/{hash_path}")
        self.browser.wait_text("#connection", "Direkte")

    def card(self, title=CARD):
        return next((one for one in self.browser.driver.find_elements("css selector", ".card") if one.text.startswith(title)), None)

    def press(self, inside, name):
        next(one for one in inside.find_elements("css selector", "button") if one.is_displayed() and one.text == name).click()

    def answer(self, action, button, text, submit):
        item = next(one for one in self.card().find_elements("css selector", ".actions > li") if action in one.text)
        self.press(item, button)
        item.find_element("css selector", "textarea").send_keys(text)
        self.press(item, submit)

    def a_day(self, size, name):
        browser = self.browser
        self.open("#/", size)
        browser.wait_text(".levels", "St. Olavs hospital")
        self.beds(self.served, 104)
        browser.wait(lambda: "Belegg 104 % (grense for rød 100 %)" in browser.text(".level-box"), "the reason did not show")
        self.assertIn("Rød", browser.text(".level-box"))
        wait_for("cards are dealt", lambda: self.served.call("EscalationService/ListTiltakskort", {"openOnly": True, "hospital": HOSPITAL}).get("cards"))
        browser.wait(lambda: "åpne tiltakskort" in browser.text(".links"), "no link to the cards")
        self.keep(f"day-{name}-level")
        browser.driver.execute_script("document.querySelector('.links a').click()")
        browser.wait(lambda: self.card(), f"no card {CARD}")
        self.press(self.card(), "Kvitter for kortet")
        browser.wait(lambda: "av dev" in self.card().text, "it was not acknowledged")
        self.answer(FIRST, "Utført", "12 vurdert, 4 kan utskrives", "Meld utført")
        browser.wait(lambda: "12 vurdert, 4 kan utskrives" in self.card().text, "it was not done")
        self.answer("Vurder hvilke planlagte innleggelser", "Avslå", "Ingen planlagte i dag", "Avslå tiltaket")
        browser.wait(lambda: "Ingen planlagte i dag" in self.card().text, "it was not declined")
        self.keep(f"day-{name}-card")
        # Somebody else was first: the page says who.
        other = next(one for one in self.served.call("EscalationService/ListTiltakskort", {"openOnly": True, "recipient": f"h:{HOSPITAL}"})["cards"]
                     if one["issued"]["title"] == CARD)
        tiltak = next(one["tiltakId"] for one in other["actions"] if one["state"] == "TILTAK_STATE_OPEN")
        self.served.call("EscalationService/CompleteTiltak", {"idempotencyKey": str(uuid.uuid4()), "cardId": other["issued"]["cardId"],
                                                              "tiltakId": tiltak, "outcome": "Bestilt"})
        browser.wait(lambda: "Bestilt" in self.card().text, "what another one said did not come")
        self.hold(name)
        self.assertEqual(browser.overflow(), 0)
        self.assertEqual(browser.errors(), [])

    def hold(self, name):
        browser = self.browser
        browser.driver.execute_script(f"location.hash = '#/mote/{HOSPITAL}'")
        browser.wait_text(".picture", "Rød")
        self.assertEqual(browser.cells("Kommuner", "Trondheim")[1], "2")
        self.keep(f"day-{name}-meeting")
        browser.find("[aria-label='Hvem er her'] input").send_keys("Klinikksjef")
        decision = browser.find("[aria-label='Vedtak'] .row")
        decision.find_element("css selector", "textarea").send_keys(f"Ta ut to pasienter ({name})")
        whose, owner = (Select(one) for one in decision.find_elements("css selector", "select"))
        whose.select_by_visible_text("Trondheim")
        owner.select_by_visible_text("Koordinerende enhet i kommunen")
        # What happens between the picture and the end of the meeting is not in what it is held on.
        self.assertEqual(send_adt(self.served, messages.adt("A01", messages.Patient(messages.MELHUS))).code, "AA")
        wait_for("the new one is counted", lambda: self.served.census().get(messages.MELHUS, {}).get("inpatients"))
        self.press(browser.find(".command"), "Avslutt møtet og lagre")
        browser.wait_text("main", "Tallene er slik møtet så dem")
        decided = browser.cells("Vedtak", "Ta ut to")
        self.assertEqual((decided[1], decided[3]), ("Koordinerende enhet i kommunen, Trondheim", "Ikke utført ennå"))
        # The new one had been there since yesterday, and nobody in the room knew.
        self.assertIn("Innlagte\ni dag kjent som 4\n3", browser.texts(".tiles > div"))
        held = self.served.call("EscalationService/GetMeeting", {"hospital": HOSPITAL})
        self.assertEqual(held["snapshot"]["census"]["inpatients"], 3)
        self.assertEqual(held["meeting"]["attendance"][0]["role"], "Klinikksjef")
        self.keep(f"day-{name}-held")
        browser.driver.execute_script(f"location.hash = '#/mote/{HOSPITAL}'")
        browser.wait_text(".meetings", "1 vedtak")
        browser.wait(lambda: browser.cells("Vedtak", f"Ta ut to pasienter ({name})"), "the last meeting's decision is not there")

    def test_on_a_desk(self):
        self.a_day(DESKTOP, "desk")

    def test_on_a_phone(self):
        self.a_day(PHONE, "phone")

    def test_a_level_set_by_hand_and_lifted(self):
        browser = self.browser
        self.beds(self.served, 104)
        self.wait_for_level(self.served, ROD)
        self.open("#/", DESKTOP)
        browser.wait_text(".levels", "Rød")
        box = browser.find(".level-box")
        self.press(box, "Overstyr nivået")
        Select(box.find_element("css selector", "select")).select_by_visible_text("Gul")
        box.find_element("css selector", "textarea").send_keys("Ny post åpnet")
        self.press(box, "Sett nivået")
        browser.wait(lambda: "Satt av dev: «Ny post åpnet»" in box.text and "Deretter gir reglene rød hvis tallene ikke endrer seg." in box.text, "it was not set")
        self.press(box, "Opphev overstyringen")
        box.find_element("css selector", "textarea").send_keys("Den stengte igjen")
        self.press(box, "Opphev")
        browser.wait(lambda: "Satt av" not in box.text and "Rød" in box.text, "it was not lifted")
        self.assertEqual(browser.errors(), [])


class KommunePageTest(HubTest, Levels):
    def test_a_kommune_sees_the_level_alone_and_answers_its_own_card_in_its_role(self):
        issuer = Issuer(self.folder)
        roles = self.folder / "roles.toml"
        roles.write_text(f"""
[[role]]
role = "koordinerende_enhet"
for = "k:{messages.TRONDHEIM}"
principals = ["vakttelefon"]
""")
        served = self.hub(settings={**issuer.settings(), **self.rules(), "escalation.roles": roles})
        self.assertEqual(send_adt(served, messages.adt("A01", messages.Patient(messages.TRONDHEIM))).code, "AA")
        self.beds(served, 104)
        self.wait_for_level(served, ROD)
        browser = Browser()
        self.addCleanup(browser.close)
        kommune = {"kommuner": [messages.TRONDHEIM], "write": True}
        for principal, said in (("saksbehandler", "Du har ikke den rollen."), ("vakttelefon", "av vakttelefon, koordinerende enhet i kommunen")):
            browser.open("about:blank")
            browser.open(f"http://{served.address('http')}/#/")
            browser.driver.execute_script("sessionStorage.clear()")
            browser.driver.refresh()
            browser.wait_text("label[for=key]", "Adgangsnøkkel")
            browser.find("#key").send_keys(issuer.token(principal, kommune))
            browser.find(".key button").click()
            browser.wait_text(".levels", "Tallene bak nivået vises bare for sykehuset.")
            self.assertIn("Rød", browser.text(".level-box"))
            self.assertNotIn("104", browser.text("main"))
            self.assertNotIn("Overstyr", browser.text("main"))
            browser.driver.execute_script("location.hash = '#/tiltakskort'")
            browser.wait_text(".cards", "Felles interkommunal enhet")
            self.assertNotIn(CARD, browser.text("main"))   # A hospital's card is not told to it.
            next(one for one in browser.driver.find_elements("css selector", ".card") if one.text.startswith("Felles interkommunal enhet")).find_element(
                "css selector", ".acknowledge button").click()
            browser.wait_text(".cards", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
