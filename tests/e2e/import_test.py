"""Two simulated months from a file, twice, with lines that are wrong; and where its identity numbers went."""
import json
import os
import socket
import subprocess
import unittest

import hub as hubs
from hub import HubTest, wait_for


def history(folder, beds=60):
    """A simulated file; its path, the names of its columns, its lines of values."""
    path = folder / "history.csv"
    words = [hubs.PROGRAM, "simulate", "--history", str(path), "--from", "2025-01-01", "--to", "2025-03-01",
             "--hospital-size", str(beds), "--seed", "5"]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    lines = path.read_text().splitlines()
    return path, lines[0].split(";"), [line.split(";") for line in lines[1:]]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Import(HubTest):
    def setUp(self):
        super().setUp()
        self.the_hub = self.hub(settings={"grpc.port": free_port()})  # The same when it comes back.
        self.path, self.names, self.lines = history(self.folder)

    def value(self, line, name):
        return line[self.names.index(name)]

    def write(self, lines):
        self.path.write_text("\n".join(";".join(line) for line in [self.names, *lines]) + "\n")

    def spoil(self):
        """Two bad lines in between; what they should be told as."""
        late = list(self.lines[10])
        late[self.names.index("admitted_at")] = "2025-13-01 10:00"
        wrong = list(self.lines[20])
        wrong[self.names.index("id_number")] = "12345678901"
        self.write([*self.lines[:10], late, *self.lines[11:20], wrong, *self.lines[21:]])
        return [f"{self.path}:12:{self.names.index('admitted_at') + 1}: admitted_at: ",
                f"{self.path}:22:{self.names.index('id_number') + 1}: id_number: "]

    def dump(self):
        done = self.the_hub.cli("log", "dump", "--topic", "pathway", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()

    def census(self):
        """Without what grows while one looks."""
        return {number: {name: value for name, value in kommune.items() if name != "longestUkp"}
                for number, kommune in self.the_hub.census().items()}

    def all_stays(self):
        return {stay["visitKey"]: stay for stay in self.the_hub.stays(state="STAY_STATE_ANY")}

    def import_file(self, code):
        done = self.the_hub.cli("import", str(self.path))
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def test_a_file_with_two_bad_lines_is_imported_twice_and_counts_once(self):
        places = self.spoil()
        done = self.import_file(1)
        told = [line for line in done.stderr.splitlines() if line.startswith(str(self.path))]
        self.assertEqual([line.startswith(place) for line, place in zip(told, places, strict=True)], [True, True], done.stderr)
        good = [line for i, line in enumerate(self.lines) if i not in (10, 20)]
        visits = {self.value(line, "visit") for line in good}
        wait_for("all stays are seen", lambda: set(self.all_stays()) == visits)
        stays = self.all_stays()
        for line in good:
            stay = stays[self.value(line, "visit")]
            self.assertEqual(bool(self.value(line, "discharged_at") or self.value(line, "died_at")), bool(stay.get("dischargedAt")))
            self.assertEqual(stay["residenceKommune"], self.value(line, "residence_kommune") or "9999")
            if self.value(line, "ukp1_declared_at"):
                self.assertTrue(stay["ukpPeriods"], line)
        self.assertIn("ANSWER_CAN_RECEIVE", {stay.get("answer") for stay in stays.values()})
        length, census = len(self.dump()), self.census()

        # The same once more, in another order.
        lines = [line.split(";") for line in self.path.read_text().splitlines()[1:]]
        self.write(lines[::-1])
        self.import_file(1)
        self.assertEqual(len(self.dump()), length)
        self.assertEqual(self.census(), census)
        self.assertEqual(self.all_stays(), stays)

        # Mended, the file adds what was missing.
        self.write(self.lines)
        self.import_file(0)
        wait_for("the two others are seen", lambda: len(self.all_stays()) == len(self.lines))
        self.assertTrue(all('"channel":"CHANNEL_IMPORT"' in line for line in self.dump()))
        self.the_hub.verify_rebuild()

    def test_an_open_stay_that_has_ended_in_the_next_file_gets_its_end_and_nothing_twice(self):
        line = next(line for line in self.lines if self.value(line, "discharged_at") and self.value(line, "ukp1_answer1_at"))
        still_open = list(line)
        for name in ("epikrise_at", "discharged_at", "discharged_to", "outcome", "to_specialist_care", "died_at"):
            still_open[self.names.index(name)] = ""
        self.write([still_open])
        self.import_file(0)
        wait_for("it is open", lambda: [stay for stay in self.all_stays().values() if not stay.get("dischargedAt")])
        before = len(self.dump())
        self.write([line])
        self.import_file(0)
        wait_for("it has ended", lambda: [stay for stay in self.all_stays().values() if stay.get("dischargedAt")])
        added = [json.loads(fact) for fact in self.dump()[before:]]
        self.assertLessEqual(len(added), 3)
        self.assertEqual(len(self.all_stays()), 1)

    def test_an_import_survives_a_hub_that_is_killed(self):
        path, _, lines = history(self.folder, beds=900)
        words = [hubs.PROGRAM, "import", str(path), "--server", self.the_hub.address("grpc")]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=hubs.die_with_parent,
                                   env={**os.environ, "OVERGANG_TOKEN": self.the_hub.token()})
        self.addCleanup(lambda: process.poll() is None and process.kill())
        wait_for("some of it is there", self.the_hub.census)
        self.the_hub.kill()
        self.assertIsNone(process.poll(), "it was over before the hub was killed")
        self.the_hub.start()
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, out + err)
        wait_for("all stays are seen", lambda: len(self.all_stays()) == len(lines), 60)
        length = len({json.loads(line)["fact"]["eventId"] for line in self.dump()})
        facts = int(out.split(" stays, ")[1].split(" facts")[0].replace(" ", ""))
        self.assertEqual(length, facts)

    def test_the_documents_example_is_imported_as_it_stands(self):
        text = (hubs.ROOT / "docs" / "import.md").read_text()
        self.path.write_text(text.split("```csv\n")[1].split("```")[0])
        self.assertIn("3 stays", self.import_file(0).stdout)
        wait_for("the stays are seen", lambda: len(self.all_stays()) == 3)
        first, second, third = (self.all_stays()[visit] for visit in ("A-1001", "A-1002", "A-1003"))
        self.assertEqual((first["answer"], first["stayKommune"], first["ageAtAdmission"], first["sector"]),
                         ("ANSWER_CAN_RECEIVE", "5001", 52, "SECTOR_SOMATIKK"))
        self.assertEqual([period["end"] for period in second["ukpPeriods"]], ["UKP_END_WITHDRAWN", "UKP_END_DISCHARGED"])
        self.assertNotIn("dischargedAt", third)
        # 4 and 5 March until the date of the yes; 5 March until the yes, and 10 and 11 March.
        self.assertEqual((first["payableDays"], second["payableDays"], third["payableDays"]), (2, 3, 0))
        self.assertEqual(third["patientRef"], first["patientRef"])

    def test_identity_numbers_are_found_nowhere(self):
        columns = {name: self.names.index(name) for name in ("visit", "ward", "hospital", "outcome")}
        number = self.value(self.lines[0], "id_number")
        spoilt = []
        for name in columns:  # Where no number belongs.
            line = list(self.lines[0])
            line[columns[name]] = number
            spoilt.append(line)
        self.write([*self.lines[:200], *spoilt])
        done = self.import_file(1)
        said = [done.stdout + done.stderr]
        wait_for("the stays are seen", lambda: len(self.all_stays()) >= 200)
        said += self.dump()
        said.append(json.dumps(self.all_stays()))
        said.append(self.the_hub.get("/metrics")[1])
        self.assertEqual(self.the_hub.stop(), 0)
        self.the_hub.start()
        self.assertEqual(self.the_hub.stop(), 0)
        said.append(self.the_hub.log())
        numbers = {self.value(line, "id_number") for line in self.lines[:200]}
        places = [f"answer: {text[:200]}" for text in said for one in numbers if one in text]
        for file in sorted(self.the_hub.data_dir.rglob("*")):
            content = file.read_bytes() if file.is_file() else b""
            places += [str(file) for one in numbers if one.encode() in content or one in file.name]
        self.assertEqual(places, [])


if __name__ == "__main__":
    unittest.main()
