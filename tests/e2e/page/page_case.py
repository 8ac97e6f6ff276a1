"""What every test of the page with a scripted hub begins with: a browser, and a hub that shows what a hub shows at first."""
import os
import pathlib
import unittest

import scripted_escalation as escalation
import scripted_hub as script
from browser import DESKTOP, Browser

SCREENSHOTS = os.environ.get("SCREENSHOTS")


class PageCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()

    def setUp(self):
        self.browser.open("about:blank")
        self.browser.resize(DESKTOP)
        self.browser.dark(False)
        self.browser.errors()   # Those of the test before.
        self.hub = self.start()
        self.addCleanup(lambda: self.hub.close())
        self.hub.show("census", script.census())
        self.hub.show("stays", script.stays())
        self.hub.show("pathway", script.pathway())
        self.hub.show("escalation", escalation.watched())

    def start(self, **arguments):
        return script.ScriptedHub(**arguments)

    def open(self, hash_path="#/", ready="Direkte"):
        self.browser.open("about:blank")
        self.browser.open(f"{self.hub.url}/{hash_path}")
        self.browser.wait_text("#connection", ready)

    def keep(self, name):
        if SCREENSHOTS:
            self.browser.screenshot(pathlib.Path(SCREENSHOTS) / f"{name}.png")


class EscalationCase(PageCase):
    def watch(self, *cards, **more):
        self.hub.show("escalation", escalation.watched(cards, **more))

    def box(self, hospital):
        return next(text for text in self.browser.texts(".level-box") if text.startswith(hospital))

    def button(self, name, within="main"):
        found = [one for one in self.browser.driver.find_elements("css selector", f"{within} button") if one.is_displayed() and one.text == name]
        self.assertTrue(found, f"no button '{name}' in {within}: {self.browser.text(within)}")
        return found[0]

    def news(self):
        return self.browser.driver.execute_script("return document.getElementById('news').textContent")
