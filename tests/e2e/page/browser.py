"""A headless browser that talks to nobody but the page, and what a test wants to ask of it."""
import shutil
import tempfile
import time

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

WAIT_SECONDS = 20
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--lang=nb")
DESKTOP = (1400, 1000)
PHONE = (390, 844)


class Browser:
    def __init__(self, dark=False):
        self.profile = tempfile.mkdtemp(prefix="overgang-browser-")
        options = Options()
        options.binary_location = shutil.which("chromium")
        for flag in FLAGS:
            options.add_argument(flag)
        options.add_argument(f"--user-data-dir={self.profile}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        self.resize(DESKTOP)
        self.dark(dark)

    def close(self):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    def resize(self, size):
        """The page itself, not the window round it, gets this size; that of a phone with a phone's rules."""
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE})

    def dark(self, on):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": "dark" if on else "light"}]})

    def open(self, url):
        self.driver.get(url)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector):
        return self.driver.execute_script(
            "return [...document.querySelectorAll(arguments[0])].map((element) => element.innerText.trim().replaceAll('\\u00a0', ' '))", selector)

    def text(self, selector):
        found = self.texts(selector)
        return found[0] if found else ""

    def cells(self, caption, row):
        """The texts of the row that begins with `row`, in the table of that caption."""
        return self.driver.execute_script("""
            const table = [...document.querySelectorAll('table')].find((one) => one.caption?.textContent === arguments[0]);
            const text = (cell) => cell.innerText.trim().replaceAll('\\u00a0', ' ');
            const line = [...(table?.querySelectorAll('tr') ?? [])].find((one) => text(one.cells[0]).startsWith(arguments[1]));
            return line ? [...line.cells].map(text) : null;""", caption, row)

    def wait(self, condition, what):
        """Waits until condition() is true; `what` is told, with the page's text, where it does not become so."""
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            try:
                if condition():
                    return
            except (NoSuchElementException, StaleElementReferenceException):
                pass
            time.sleep(0.05)
        raise AssertionError(f"{what}\n{self.text('body')}\n{self.errors()}")

    def wait_text(self, selector, wanted):
        self.wait(lambda: wanted in self.text(selector), f"'{wanted}' did not appear in {selector}")

    def press(self, *keys):
        for key in keys:
            webdriver.ActionChains(self.driver).send_keys(key).perform()

    def focused(self):
        return self.driver.execute_script("return (document.activeElement.innerText || document.activeElement.id).replaceAll('\\u00a0', ' ')")

    def tab_to(self, text, limit=60):
        """Presses Tab until what has the focus begins with this text."""
        for _ in range(limit):
            if self.focused().startswith(text):
                return
            self.press(Keys.TAB)
        raise AssertionError(f"no focus on '{text}' after {limit} times Tab; it is on '{self.focused()}'")

    def overflow(self):
        """How far the page itself is wider than its window, in pixels."""
        return self.driver.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def errors(self):
        return [line["message"] for line in self.driver.get_log("browser") if line["level"] == "SEVERE"]

    def errors_but(self, status):
        """Without those that only say that the hub answered with this HTTP status."""
        return [error for error in self.errors() if f"the server responded with a status of {status}" not in error]

    def screenshot(self, path):
        self.driver.save_screenshot(str(path))
