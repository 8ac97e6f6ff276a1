"""The mails as others read them: Python's own reader of MIME, a reader of workbooks, and a browser."""
import base64
import csv
import email
import email.policy
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
from html.parser import HTMLParser

import openpyxl

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e" / "page"))
from browser import PHONE, Browser  # noqa: E402

NAMES = ("kommune", "small", "hospital", "empty", "nynorsk", "late", "corrected", "corrected-hospital")
READER = (900, 1000)


class Outline(HTMLParser):
    """What someone who does not see the page is told of it."""

    def __init__(self):
        super().__init__()
        self.language, self.headings, self.headers, self.images, self.open = "", [], [], [], []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "html":
            self.language = attributes["lang"]
        if tag in ("h1", "h2"):
            self.headings.append(tag)
        if tag == "th":
            self.headers.append(attributes.get("scope"))
        if tag == "img":
            self.images.append(attributes)
        if tag not in ("meta", "img", "hr", "br", "wbr"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if self.open.pop() != tag:
            raise AssertionError(f"</{tag}> ends nothing that is open")


class MailsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="overgang-mails-")
        subprocess.run([os.environ["COMPOSE_MAILS"], cls.folder.name], check=True)
        cls.bytes = {name: pathlib.Path(cls.folder.name, f"{name}.eml").read_bytes() for name in NAMES}
        cls.mails = {name: email.message_from_bytes(raw, policy=email.policy.strict) for name, raw in cls.bytes.items()}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def parts(self, name):
        return {part.get_content_type(): part for part in self.mails[name].walk()}

    def html(self, name):
        return self.parts(name)["text/html"].get_content()

    def test_every_message_is_read_without_a_defect(self):
        for name, mail in self.mails.items():
            for part in mail.walk():
                self.assertEqual(part.defects, [], name)
                for header in part.values():
                    self.assertEqual(getattr(header, "defects", ()), (), f"{name}: {header}")
            self.assertEqual(mail["auto-submitted"], "auto-generated")
            self.assertEqual(mail["message-id"], f"<{name}@overgang.example>")
            self.assertEqual(mail["from"].addresses[0].addr_spec, "overgang@example.no")
            self.assertEqual(mail["from"].addresses[0].display_name, "Overgang, drift på prøve")
            self.assertEqual(mail["date"].datetime.isoformat(), "2026-03-02T07:30:00+01:00")
            self.assertEqual(mail["to"], f"{name}@leser.example")

    def test_what_goes_over_the_wire_is_short_lines_of_ascii(self):
        for name, raw in self.bytes.items():
            self.assertTrue(raw.isascii(), name)
            self.assertEqual(raw.count(b"\n"), raw.count(b"\r\n"), name)
            # The name of a type cannot be folded.
            lines = [line for line in raw.split(b"\r\n") if not line.startswith(b"Content-Type: ")]
            self.assertLessEqual(max(map(len, lines)), 78, name)

    def test_text_and_html_are_alternatives_and_the_files_are_beside_them(self):
        mail = self.mails["kommune"]
        self.assertEqual(mail.get_content_type(), "multipart/mixed")
        alternative, *files = mail.iter_parts()
        self.assertEqual([part.get_content_type() for part in alternative.iter_parts()], ["text/plain", "multipart/related"])
        self.assertEqual([part.get_filename() for part in files], ["ukp-5001-2026-03-02.csv", "ukp-5001-2026-03-02.xlsx"])
        self.assertTrue(all(part.get_content_disposition() == "attachment" for part in files))
        picture = self.parts("kommune")["image/png"]
        self.assertIn(f'src="cid:{picture["content-id"].strip("<>")}"', self.html("kommune"))
        self.assertEqual(picture.get_content()[:8], b"\x89PNG\r\n\x1a\n")

    def test_subjects(self):
        self.assertRegex(self.mails["kommune"]["subject"], r"^UKP Trondheim 07\.30: \d+ \([+−]\d+\), \d+ over 7 døgn$")
        self.assertRegex(self.mails["hospital"]["subject"], r"^UKP St\. Olavs hospital 07\.30: ")
        self.assertRegex(self.mails["corrected"]["subject"], r"^RETTET 2\.3\. UKP Trondheim 07\.30: \d+ \(sendt: \d+\), ")
        self.assertRegex(self.mails["late"]["subject"], r"^UKP Trondheim 2\.3\. 07\.30: ")
        self.assertEqual(self.mails["empty"]["subject"], "UKP Oslo 07.30: 0 (0)")

    def test_the_files_have_the_numbers_of_the_mail(self):
        said = re.search(r": (\d+) ", self.mails["kommune"]["subject"]).group(1)
        table = self.parts("kommune")["text/csv"].get_payload(decode=True).decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(table), delimiter=";"))
        self.assertEqual(rows[0], ["Tall", "Gjelder", "Verdi", "Enhet", "Per", "Merknad", "Navn"])
        self.assertTrue(all(len(row) == 7 for row in rows))
        ukp = [row for row in rows if row[6] == "ukp" and row[1] == ""]
        self.assertEqual([(row[2], row[4]) for row in ukp], [(said, "02.03.2026 07.30")])
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        book = openpyxl.load_workbook(io.BytesIO(self.parts("kommune")[kind].get_content()))
        self.assertEqual(book.sheetnames, ["Alle tall", "Plasser", "Definisjoner"])
        values = {(row[0], row[1]): row[2] for row in book["Alle tall"].iter_rows(values_only=True)}
        self.assertEqual(values[("Utskrivningsklare", None)], int(said))
        of_hospital = openpyxl.load_workbook(io.BytesIO(self.parts("hospital")[kind].get_content()))
        self.assertEqual(of_hospital.sheetnames, ["Alle tall", "Kommuner", "Avdelinger", "Plasser", "Definisjoner"])
        self.assertEqual(of_hospital["Kommuner"]["A2"].value, "Trondheim")

    def test_html_tells_those_who_do_not_see_it_what_it_is(self):
        for name in NAMES:
            outline = Outline()
            outline.feed(self.html(name))
            self.assertEqual(outline.open, [], name)
            self.assertEqual(outline.language, "nn" if name == "nynorsk" else "nb")
            self.assertEqual(outline.headings[0], "h1")
            self.assertEqual(outline.headings.count("h1"), 1)
            self.assertGreater(outline.headings.count("h2"), 7)
            self.assertTrue(all(scope in ("row", "col") for scope in outline.headers), name)
            self.assertTrue(all(len(image["alt"]) > 40 for image in outline.images), name)

    def test_no_other_kommune_is_in_a_kommunes_mail(self):
        text = self.parts("kommune")["text/plain"].get_content()
        table = self.parts("kommune")["text/csv"].get_payload(decode=True).decode("utf-8-sig")
        for other in ("Melhus", "Orkland", "Selbu", "Heim", "Oppdal"):
            self.assertNotIn(other, text + table + self.html("kommune"))

    def test_it_fits_a_phone_and_a_window_of_a_mail_program(self):
        browser = Browser()
        self.addCleanup(browser.close)
        for name in NAMES:
            page = self.html(name)
            for part in self.mails[name].walk():
                if part["content-id"]:
                    data = base64.b64encode(part.get_content()).decode()
                    page = page.replace("cid:" + part["content-id"].strip("<>"), "data:image/png;base64," + data)
            file = pathlib.Path(self.folder.name, f"{name}.html")
            file.write_text(page, encoding="utf-8")
            for size in (READER, PHONE):
                browser.resize(size)
                browser.open(file.as_uri())
                width, shown = browser.driver.execute_script(
                    "return [document.documentElement.scrollWidth, document.querySelector('img')?.naturalWidth ?? 1]")
                self.assertLessEqual(width, size[0], f"{name} at {size[0]} px")
                self.assertGreater(shown, 0, f"{name}: the picture is not shown")
                if os.environ.get("SCREENSHOTS"):
                    self.shoot(browser, pathlib.Path(os.environ["SCREENSHOTS"], f"{name}-{size[0]}.png"))

    @staticmethod
    def shoot(browser, file):
        size = browser.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        shot = browser.driver.execute_cdp_cmd("Page.captureScreenshot", {
            "captureBeyondViewport": True, "clip": {**size, "scale": 1}})
        file.write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    unittest.main()
