"""Reports and invoices as economists get them: facts in, files out, in every format, with the same numbers in each."""
import csv
import io
import json
import unittest
import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import openpyxl
from hub import HOSPITAL, ConnectError, HubTest, wait_for

OSLO = ZoneInfo("Europe/Oslo")
TRONDHEIM, MALVIK = "5001", "5031"
SOURCE = {"channel": "CHANNEL_INTAKE", "sender": "import"}
PERIOD = ("--from", "2025-12-01", "--to", "2026-02-01")
PRICE_2025, PRICE_2026 = 5981, 6200
THIN = "\u202f"


def instant(text):
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=OSLO).astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ")


class Person:
    """One stay, as facts."""

    def __init__(self, number, kommune, admitted):
        self.ref = f"ab12-{number:032x}"
        self.kommune, self.visit = kommune, f"V{number}"
        self.facts = []
        self.add("patientAdmitted", admitted, ward="MED1", sector="SECTOR_SOMATIKK")

    def add(self, kind, when, content=None, **more):
        self.facts.append({"eventId": str(uuid.uuid4()), "patientRef": self.ref, "visitKey": self.visit,
                           "hospital": HOSPITAL, "residenceKommune": self.kommune, "stayKommune": self.kommune,
                           "occurredAt": instant(when), "recordedAt": instant(when),
                           "occurredPrecision": "PRECISION_SECOND", "source": SOURCE, "schemaVersion": 1,
                           kind: content or {}, **more})
        return self

    def waits(self, since):
        self.add("kommuneNotifiedOfAdmission", since).add("ukpDeclared", since).add("kommuneNotifiedOfUkp", since)
        return self


class Reports(HubTest):
    def setUp(self):
        super().setUp()
        self.the_hub = self.hub(settings={"payment.prices.2026": PRICE_2026})
        persons = [
            # 3 days of 2025 and 3 of 2026.
            Person(1, TRONDHEIM, "2025-12-20 10:00").waits("2025-12-29 10:00").add("patientDischarged", "2026-01-04 09:00"),
            # 2 days.
            Person(2, MALVIK, "2026-01-05 10:00").waits("2026-01-08 10:00").add("patientDischarged", "2026-01-10 09:00"),
            Person(3, TRONDHEIM, "2026-01-15 10:00").add("patientDischarged", "2026-01-16 09:00"),
        ]
        self.cursor = self.the_hub.call("IntakeService/AppendFacts", {
            "idempotencyKey": str(uuid.uuid4()), "facts": [fact for person in persons for fact in person.facts]})["cursor"]
        self.the_hub.call("ReportService/GetReport", {"from": "2026-01-01", "to": "2026-01-02", "waitFor": self.cursor})

    def report(self, *words):
        done = self.the_hub.cli("report", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_the_same_numbers_in_every_format(self):
        by_kommune = (*PERIOD, "--by", "kommune")
        head, *rows = [json.loads(line) for line in self.report(*by_kommune, "--format", "json").splitlines()]
        self.assertEqual(head["populationYear"], "2024")
        numbers = {row["key"][0]: row["numbers"] for row in rows}
        self.assertEqual(numbers[TRONDHEIM]["stays"], 2)
        self.assertEqual(numbers[TRONDHEIM]["overliggerdogn"], 6)
        self.assertEqual(numbers[TRONDHEIM]["bed_days"], 15 + 1)
        self.assertEqual(numbers[MALVIK]["overliggerdogn"], 2)

        text = self.report(*by_kommune, "--format", "csv", "--out", str(self.folder / "report.csv"))
        self.assertEqual(text, "")
        raw = (self.folder / "report.csv").read_bytes()
        self.assertTrue(raw.startswith(b"\xef\xbb\xbf"), "spreadsheets know UTF-8 by it")
        table = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig")), delimiter=";"))
        self.assertEqual([row["Kommune"] for row in table], ["Trondheim", "Malvik"])
        self.assertEqual(table[0]["Overliggerdøgn"], "6")
        self.assertEqual(table[0]["Andel som venter"], "50,0")

        self.report(*by_kommune, "--format", "xlsx", "--out", str(self.folder / "report.xlsx"))
        book = openpyxl.load_workbook(self.folder / "report.xlsx")
        page, definitions = book["Tall"], book["Definisjoner"]
        titles = [cell.value for cell in page[1]]
        self.assertEqual(page.freeze_panes, "A2")
        for at, row in ((2, TRONDHEIM), (3, MALVIK)):
            cells = dict(zip(titles, (cell.value for cell in page[at])))
            self.assertEqual(cells["Kommunenr."], row)
            for column in head["columns"]:
                told = numbers[row].get(column["name"])
                if told is None:
                    self.assertIsNone(cells[column["title"]], column["name"])
                    continue
                self.assertIsInstance(cells[column["title"]], (int, float), column["name"])
                self.assertAlmostEqual(cells[column["title"]], told, 9, column["name"])
        told = {row[0].value: [cell.value for cell in row[1:]] for row in definitions.iter_rows() if row[0].value}
        self.assertEqual(told["Befolkning per 1. januar"][0], "2024")
        self.assertIn("Kan regnes på nytt med", told)
        for column in head["columns"]:
            self.assertEqual(told[column["title"]], [column["unit"], column["definition"]])

        again = told["Kan regnes på nytt med"][0].split()
        self.assertEqual([json.loads(line)["numbers"] for line in self.report(*by_kommune, "--json", *again).splitlines()[1:]],
                         [row["numbers"] for row in rows])
        shown = self.report(*by_kommune)
        self.assertIn("Utskrivningsklare pasienter, 01.12.2025–31.01.2026", shown)
        self.assertIn("Overliggerdøgn: ", shown)

    def test_the_invoices_of_two_months_have_each_day_at_its_own_price(self):
        december = self.report("--what", "payment", "--kommune", TRONDHEIM, "--month", "2025-12", "--json").splitlines()
        january = self.report("--what", "payment", "--kommune", TRONDHEIM, "--month", "2026-01", "--json").splitlines()
        for lines, price in ((december, PRICE_2025), (january, PRICE_2026)):
            head, line = json.loads(lines[0]), json.loads(lines[1])
            self.assertEqual(head["amountKr"], str(3 * price))
            self.assertEqual(line["priced"], [{"year": 2025 if price == PRICE_2025 else 2026, "days": 3,
                                               "priceKr": price, "amountKr": str(3 * price)}])
        both = json.loads(self.report(*PERIOD, "--what", "payment", "--kommune", TRONDHEIM, "--json").splitlines()[1])
        self.assertEqual(both["numbers"]["amount_kr"], 3 * PRICE_2025 + 3 * PRICE_2026)
        shown = self.report("--what", "payment", "--kommune", TRONDHEIM, "--month", "2026-01")
        self.assertIn("01.01.2026–03.01.2026", shown)
        self.assertIn(f"18{THIN}600", shown)
        self.report("--what", "payment", "--month", "2026-01", "--format", "xlsx", "--out", str(self.folder / "invoice.xlsx"))
        page = openpyxl.load_workbook(self.folder / "invoice.xlsx")["Tall"]
        last = [cell.value for cell in page[page.max_row]]
        self.assertEqual((last[0], last[8], last[10]), ("Sum", 5, 5 * PRICE_2026))

    def test_a_year_without_a_price_is_an_error_with_the_setting_to_make(self):
        self.the_hub.stop()
        without = self.the_hub
        del without.settings["payment.prices.2026"]
        without.start()
        done = without.cli("report", *PERIOD, "--what", "payment")
        self.assertEqual(done.returncode, 1)
        self.assertIn("payment.prices.2026", done.stderr)
        self.assertEqual(without.cli("report", *PERIOD).returncode, 0, "other numbers need no price")
        self.assertEqual(without.cli("report", "--month", "2025-12", "--what", "payment").returncode, 0)

    def test_what_had_happened_by_a_time(self):
        words = (*PERIOD, "--json", "--occurred-until", "2026-01-02T12:00")
        numbers = json.loads(self.report(*words).splitlines()[1])["numbers"]
        self.assertEqual((numbers["stays"], numbers["ended"], numbers["overliggerdogn"]), (1, 0, 4))

    def test_a_wrong_question_is_told_with_the_choices(self):
        done = self.the_hub.cli("report", *PERIOD, "--by", "diagnosis")
        self.assertEqual(done.returncode, 1)
        self.assertIn("give some of kommune, hospital, region", done.stderr)
        with self.assertRaises(ConnectError) as refused:
            self.the_hub.call("ReportService/GetReport", {"from": "2026-01-01", "to": "2025-01-01"})
        self.assertEqual(refused.exception.code, "invalid_argument")

    def test_tables_are_published_once_and_are_part_of_a_rebuild(self):
        today = datetime.now(OSLO)
        days = [(today - timedelta(days=back)).strftime("%Y-%m-%d") for back in (2, 1, 0)]
        persons = [Person(100 + i, TRONDHEIM, f"{days[0]} 10:00") for i in range(6)] + [Person(200, MALVIK, f"{days[0]} 10:00")]
        self.the_hub.call("IntakeService/AppendFacts", {
            "idempotencyKey": str(uuid.uuid4()), "facts": [fact for person in persons for fact in person.facts]})

        def published():
            answer = self.the_hub.call("ReportService/GetPublishedTables", {"from": days[0], "to": days[2]})
            return {(row["date"], row["kommune"]): row["cells"][0] for row in answer.get("rows", [])}

        self.the_hub.stop()  # One that starts looks at once.
        self.the_hub.start()
        cells = wait_for("both dates are published", lambda: published() if (days[1], TRONDHEIM) in published() else None, 60)
        for day in days[:2]:
            self.assertEqual(cells[day, TRONDHEIM]["value"], 6)
            self.assertEqual(cells[day, MALVIK].get("suppressed", False), True)
            self.assertEqual(cells[day, MALVIK].get("value", 0), 0)
            self.assertEqual(cells[day, ""].get("suppressed", False), True, "it would give away the one of Malvik")
        self.the_hub.verify_rebuild()
        self.the_hub.stop()
        self.the_hub.start()
        self.assertEqual(published(), cells)


if __name__ == "__main__":
    unittest.main()
