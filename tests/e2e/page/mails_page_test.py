"""The day's deliveries and each mail as it was sent: in a real browser, with a scripted hub for every state, and a real one."""
import os
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import messages
import scripted_hub as script
from browser import PHONE, Browser
from doors import send_adt
from hub import HubTest
from mail import Mailing

SCREENSHOTS = os.environ.get("SCREENSHOTS")
HTML = ('<!doctype html><html lang="nb"><body style="background-color:rgb(1, 2, 3)"><h1>Daglig status</h1><img src="cid:trend@hub" width="40" '
        'height="40" alt="Kurve"><p><a href="https://hub.example/">Tavla</a></p><script>document.body.id = "ran"</script></body></html>')


def keep(browser, name):
    if SCREENSHOTS:
        browser.screenshot(pathlib.Path(SCREENSHOTS) / f"{name}.png")


def inside(browser, what):
    """A value of the document in the frame."""
    return browser.driver.execute_script(f"const inside = document.querySelector('iframe.mail').contentDocument; return {what};")


class Scripted(unittest.TestCase):
    def setUp(self):
        self.browser = Browser()
        self.addCleanup(self.browser.close)
        self.hub = script.ScriptedHub()
        self.addCleanup(self.hub.close)
        self.hub.show("census", script.census())
        self.hub.show("deliveries", script.deliveries())
        self.hub.show("mail", script.mail(HTML))

    def open(self, hash_path):
        self.browser.open(f"{self.hub.url}/{hash_path}")
        self.browser.wait_text("#connection", "Direkte")

    def rows(self):
        return self.browser.driver.execute_script(
            "return [...document.querySelectorAll('tbody tr')].map((row) => [...row.cells].map((cell) => cell.innerText.trim().replaceAll('\\u00a0', ' ')));")

    def test_every_delivery_says_in_words_what_became_of_it(self):
        self.open("#/")
        self.browser.find(".nav a").click()
        self.browser.wait(lambda: len(self.rows()) == len(script.DELIVERIES), "no deliveries")
        self.assertEqual(self.browser.text(".lead"),
                         "mandag 2. mars 2026: 7 mailer, 1 venter, 1 levert, 1 avvist, 1 utsatt, 1 usikker, 1 på pause, 1 ikke sendt.")
        told = {row[0]: row[1:] for row in self.rows()}
        self.assertEqual(told["Trondheim"], ["Levert", "2. mars kl. 07.30", "1", "–", "250 2.0.0 OK", "a1b2c3d4"])
        self.assertEqual(told["Trondheim\nRettelse 1"][0], "Usikker")
        self.assertEqual(told["Malvik"][:-1], ["Avvist", "2. mars kl. 07.30", "1", "–", "550 5.1.1 <...> no such user"])
        self.assertEqual(told["Skaun"][:-1], ["Utsatt", "2. mars kl. 07.30", "1", "2. mars kl. 07.35", "451 4.7.1 try again later"])
        links = self.browser.driver.execute_script("return [...document.querySelectorAll('tbody a')].map((one) => one.innerText);")
        self.assertEqual(links, ["Malvik", "Skaun", "Trondheim", "Trondheim"], "what was not sent leads nowhere")
        keep(self.browser, "deliveries")
        self.browser.resize(PHONE)
        self.assertEqual(self.browser.overflow(), 0)
        right = self.browser.driver.execute_script("return document.querySelector('tbody').rows[0].cells[2].getBoundingClientRect().right;")
        self.assertLessEqual(right, PHONE[0], "when it was is not on the screen of a phone")
        keep(self.browser, "phone-deliveries")
        self.assertEqual(self.browser.errors(), [])

    def test_what_changes_shows_and_bad_lines_are_told(self):
        self.open("#/utsendinger")
        self.browser.wait(lambda: self.rows(), "no deliveries")
        mistake = "recipients.csv:7: email: not an address that mail can be sent to"
        self.hub.show("deliveries", script.deliveries([script.delivery("Melhus", "accepted", "k:5028")], [mistake]))
        self.browser.wait(lambda: [row[1] for row in self.rows()] == ["Levert"], "it did not change")
        self.assertIn("1 linje i mottakerfilen kan ikke brukes", self.browser.text("main"))
        self.assertIn(mistake, self.browser.text("main"))
        self.hub.show("deliveries", script.deliveries([]))
        self.browser.wait_text("main", "Ingen daglig status er sendt eller skal sendes denne dagen.")

    def test_days_lead_to_the_day_before_and_the_next(self):
        self.open("#/utsendinger/2026-02-28")
        self.browser.wait_text(".lead", "lørdag 28. februar 2026")
        self.assertEqual(self.browser.driver.execute_script("return [...document.querySelectorAll('.days a')].map((one) => one.hash);"),
                         ["#/utsendinger/2026-02-27", "#/utsendinger/2026-03-01"])

    def test_a_mail_is_shown_with_its_own_look_and_nothing_in_it_runs(self):
        self.open(f"#/utsending/{script.DELIVERIES[0]['messageId']}")
        self.browser.wait_text("h1", "UKP Trondheim 07.30: 12 (+3), 4 over 7 døgn")
        self.browser.wait(lambda: inside(self.browser, "inside.images[0]?.naturalWidth") == 1, "its picture is not there")
        self.assertEqual(inside(self.browser, "getComputedStyle(inside.body).backgroundColor"), "rgb(1, 2, 3)")
        self.assertEqual(inside(self.browser, "inside.links[0].target"), "_blank")
        self.assertEqual(inside(self.browser, "inside.body.id"), "", "a script ran")
        facts = self.browser.text(".facts")
        for wanted in ("Levert: e-posttjeneren har tatt imot", "250 2.0.0 OK", "status.csv, status.xlsx", script.DELIVERIES[0]["messageId"]):
            self.assertIn(wanted, facts)
        self.assertIn("likt det som ble sendt", self.browser.text(".as-sent"))
        self.browser.find("summary").click()
        self.assertEqual(self.browser.text(".plain"), "Daglig status")
        for state, as_sent, said in (("accepted", False, "ikke helt lik det som ble sendt"), ("attempted", True, "likt det som er i ferd med å bli sendt"),
                                     ("rejected", True, "likt det som ble forsøkt sendt."), ("uncertain", True, "om det kom fram, vet ingen")):
            shown = script.mail(HTML, as_sent=as_sent)
            shown["delivery"] = {**shown["delivery"], "state": state}
            self.hub.show("mail", shown)
            self.browser.open("about:blank")
            self.open(f"#/utsending/{script.DELIVERIES[0]['messageId']}")
            self.browser.wait(lambda: said in self.browser.text("main"), f"{said} is not said")

    def test_a_mail_that_there_is_not_is_said_not_to_be(self):
        self.open("#/utsending/none")
        self.browser.wait_text("main", "Det finnes ingen utsending med denne adressen.")


class Real(Mailing, HubTest):
    def test_from_the_table_to_the_mail_that_the_server_got(self):
        server = self.post()
        hub = self.hub(settings=self.mail_settings(server, self.recipients({"leser@trondheim.example": "5001"})))
        # There for mornings enough for a picture, whatever the clock is now.
        patient = messages.Patient(messages.TRONDHEIM, admitted=messages.hours_ago(9 * 24))
        self.assertEqual(send_adt(hub, messages.adt("A01", patient)).code, "AA")
        self.send(hub)
        self.wait_for_states(hub, accepted=1)
        browser = Browser()
        self.addCleanup(browser.close)
        browser.open(f"http://{hub.address('http')}/#/utsendinger")
        browser.wait(lambda: (browser.cells("Utsendinger", "Trondheim") or ["", ""])[1] == "Levert", "it is not in the table")
        browser.tab_to("Trondheim")
        browser.find("tbody a").click()
        browser.wait_text("h1", "UKP Trondheim")
        browser.wait(lambda: inside(browser, "inside.images.length > 0 && [...inside.images].every((one) => one.naturalWidth > 100)"),
                     "its picture is not there")
        self.assertIn("likt det som ble sendt", browser.text(".as-sent"))
        got, = server.mails()
        self.assertIn(got.message_id, browser.text(".facts"))
        height = inside(browser, "inside.documentElement.scrollHeight")
        self.assertGreaterEqual(browser.driver.execute_script("return document.querySelector('iframe.mail').clientHeight"), height)
        browser.resize((1400, 2200))
        keep(browser, "mail")
        browser.resize(PHONE)
        self.assertEqual(browser.overflow(), 0)
        browser.wait(lambda: browser.driver.execute_script("return document.querySelector('iframe.mail').clientHeight")
                     >= inside(browser, "inside.documentElement.scrollHeight"), "it does not fit a phone that was turned")
        keep(browser, "phone-mail")
        self.assertEqual(browser.errors(), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
