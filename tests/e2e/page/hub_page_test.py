"""The page of a real hub in a real browser: what is reported at a door shows up on the page, down to the stay's story.

Environment: OVERGANG_BIN is the program; SCREENSHOTS, where set, a folder to keep pictures in.
"""
import os
import pathlib
import sys
import unittest

from selenium.webdriver.common.keys import Keys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import messages
from browser import PHONE, Browser
from doors import send_adt
from hub import HOSPITAL, HubTest

SCREENSHOTS = os.environ.get("SCREENSHOTS")


class HubPageTest(HubTest):
    def setUp(self):
        super().setUp()
        self.served = self.hub()
        self.browser = Browser()
        self.addCleanup(self.browser.close)

    def keep(self, name):
        if SCREENSHOTS:
            self.browser.screenshot(pathlib.Path(SCREENSHOTS) / f"{name}.png")

    def admit(self, kommune):
        patient = messages.Patient(kommune)
        self.assertEqual(send_adt(self.served, messages.adt("A01", patient)).code, "AA")
        return patient

    def tell(self, method, patient, **what):
        person = {"idKind": "ID_KIND_NATIONAL_NUMBER", "idNumber": patient.number, "hospital": HOSPITAL}
        return self.served.call(f"IntakeService/{method}", {"idempotencyKey": f"{method}-{patient.visit}", "subject": {"person": person},
                                                            **what})

    def counts(self, name):
        row = self.browser.cells("Kommuner", name)
        return row and row[1:3]

    def test_a_link_of_a_mail_leads_to_what_the_number_means(self):
        for path, said in (("definisjoner", "Utskrivningsklare der kommunens siste svar er ja."),
                           ("definisjonar", "Utskrivingsklare der det siste svaret frå kommunen er ja.")):
            self.browser.open(f"http://{self.served.address('http')}/{path}#answered_yes")
            self.assertEqual(self.browser.text("dt:target + dd"), said)
            self.assertEqual(self.browser.errors(), [])
            self.keep(path)

    def test_an_admission_a_declaration_and_an_answer_reach_the_page(self):
        browser = self.browser
        first = self.admit(messages.TRONDHEIM)
        self.admit(messages.MALVIK)
        browser.open(f"http://{self.served.address('http')}/")
        browser.wait_text("#connection", "Direkte")
        browser.wait(lambda: self.counts("Trondheim") == ["1", "0"], "the admission did not show")
        self.tell("DeclareUkp", first, decidedBy="overlege")
        browser.wait(lambda: self.counts("Trondheim") == ["1", "1"], "the declaration did not show")
        self.assertEqual(browser.cells("Kommuner", "Trondheim")[6], "1")   # Awaits an answer.
        self.tell("AnswerUkp", first, canReceive=True, placeKind="PLACE_KIND_KORTTID")
        browser.wait(lambda: browser.cells("Kommuner", "Trondheim")[6] == "0", "the answer did not show")
        self.keep("hub-overview")

        browser.tab_to("Trondheim")
        browser.press(Keys.ENTER)
        browser.wait_text("h1", "Trondheim")
        browser.wait_text(".lead", "1 innlagt, 1 utskrivningsklar, 0 i mer enn 24 timer.")
        browser.tab_to("Mann, ")
        browser.press(Keys.ENTER)
        browser.wait_text("h1", "Mann, ")
        browser.wait_text(".story", "Pasienten ble innlagt ved St. Olavs hospital, avdeling Medisin 1")
        story = "\n".join(browser.texts(".story li"))
        self.assertIn("Sykehuset meldte pasienten utskrivningsklar (avgjort av overlege)", story)
        self.assertIn("Kommunen svarte at den kan ta imot pasienten med det samme, på korttidsplass.", story)
        self.assertIn("Pasienten har vært utskrivningsklar siden", story)
        browser.resize((1400, 1700))
        self.keep("hub-story")
        browser.resize(PHONE)
        self.assertEqual(browser.overflow(), 0)
        browser.driver.execute_script("document.querySelector('.story').scrollIntoView()")
        self.keep("hub-phone-story")

        self.tell("WithdrawUkp", first)
        browser.wait(lambda: "ikke lenger er utskrivningsklar" in "\n".join(browser.texts(".story li")), "the story did not go on")
        self.assertEqual(browser.errors(), [])
        self.assertNotIn(first.number, browser.driver.page_source)

    def test_the_page_finds_its_hub_again_after_a_restart(self):
        browser = self.browser
        self.served.stop()
        self.served.settings["http.port"] = self.served.address("http").rsplit(":", 1)[1]
        self.served.start()
        self.admit(messages.MELHUS)
        browser.open(f"http://{self.served.address('http')}/")
        browser.wait(lambda: self.counts("Melhus") == ["1", "0"], "the admission did not show")
        self.assertEqual(self.served.stop(), 0)
        browser.wait_text("#connection", "Kobler til på nytt …")
        self.served.start()
        self.admit(messages.MELHUS)
        browser.wait(lambda: self.counts("Melhus") == ["2", "0"], "the page did not go on")
        browser.wait_text("#connection", "Direkte")


if __name__ == "__main__":
    unittest.main(verbosity=2)
