"""A hospital region against a hub, and its own account of what the hub should show."""
import json
import signal
import subprocess
import unittest

import hub as hubs
from hub import HubTest, wait_for


class Simulate(HubTest):
    def simulate(self, hub, *words):
        words = [hubs.PROGRAM, "simulate", "--data-dir", str(hub.data_dir), "--hospital-size", "150", *words]
        log = open(self.folder / "simulate.log", "ab")
        self.addCleanup(log.close)
        process = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT, preexec_fn=hubs.die_with_parent)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def said(self):
        return (self.folder / "simulate.log").read_text()

    def test_the_hub_counts_what_the_hospital_believes(self):
        hub = self.hub()
        expectation = self.folder / "expect.json"
        process = self.simulate(hub, "--speed", "max", "--until-stays", "300", "--expect", str(expectation))
        self.assertEqual(process.wait(150), 0, self.said())
        expected = json.loads(expectation.read_text())
        self.assertGreaterEqual(expected["admitted"], 300)
        self.assertGreater(expected["ukp"], 0)

        def counts():
            return {number: {name: kommune[name] for name in ("inpatients", "ukp", "awaitingAnswer")}
                    for number, kommune in hub.census().items() if kommune["inpatients"] > 0}
        wanted = {number: {name: int(value) for name, value in kommune.items()} for number, kommune in expected["kommuner"].items()}
        wait_for("the views have caught up", lambda: sum(k["inpatients"] for k in counts().values()) == expected["inpatients"] or None, 10)
        self.assertEqual(counts(), wanted)
        hub.verify_rebuild()

    def test_it_goes_on_where_it_was_stopped(self):
        hub = self.hub()
        process = self.simulate(hub, "--speed", "3000x")
        wait_for("the hospital is full", lambda: "running" in self.said(), 60)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(20), 0, self.said())
        reached = json.loads((hub.data_dir / "simulate.json").read_text())["acknowledgedUntil"]
        inpatients = sum(kommune["inpatients"] for kommune in hub.census().values())
        process = self.simulate(hub, "--speed", "60x")
        wait_for("it has gone on", lambda: json.loads((hub.data_dir / "simulate.json").read_text())["acknowledgedUntil"] > reached, 30)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(20), 0, self.said())
        after = sum(kommune["inpatients"] for kommune in hub.census().values())
        self.assertLess(abs(after - inpatients), 30, "the patients of the first run were admitted twice")


if __name__ == "__main__":
    unittest.main()
