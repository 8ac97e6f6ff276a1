"""Levels on the embedded log: up, down, overridden, silent, killed; and their rules on the command line."""
import datetime
import json
import signal
import subprocess
import time
import unittest

import doors
import messages
from deciding import seconds_from_now, utc
from hub import PROGRAM, HubTest, wait_for
from levels import GUL, HVIT, ROD, RULES, SCOPE, Levels
from messages import adt


class OnTheEmbeddedLog(Levels, HubTest):
    def test_the_built_in_rules_give_a_level_as_soon_as_anything_is_measured(self):
        hub = self.hub()
        self.assertNotIn("level", {key for key, value in self.level(hub).items() if value != "ESCALATION_LEVEL_UNSPECIFIED"})
        self.assertEqual(doors.send_adt(hub, adt("A01", messages.Patient())).code, "AA")
        told = self.wait_for_level(hub, HVIT)
        self.assertEqual(told["rulesVersion"], "standard-1")
        self.assertEqual({"ukp_over_24h", "occupancy"} - {one["name"] for one in told["inputs"]}, set())
        self.assertEqual(self.level(hub, "r:Helsefellesskapet St. Olavs hospital")["level"], HVIT)
        hub.verify_rebuild()

    def test_up_at_once_and_down_one_level_at_a_time(self):
        hub = self.hub(settings=self.rules())
        self.beds(hub, 50)
        self.wait_for_level(hub, HVIT)
        self.beds(hub, 110)
        told = self.wait_for_level(hub, ROD)
        self.assertEqual([(one["name"], one["value"], one["threshold"]) for one in told["inputs"]], [("occupancy", 110, 100)])
        self.beds(hub, 50)
        self.wait_for_level(hub, HVIT)
        self.assertEqual([change["to"] for change in self.counted(hub)], [HVIT, ROD, GUL, HVIT])
        rising = self.counted(hub)[1]
        self.assertEqual(rising["rulesVersion"], "rask")
        before = self.in_log(hub)
        hub.kill()
        hub.start()
        time.sleep(2)
        self.assertEqual(self.in_log(hub), before, "after a restart nothing is decided again")
        hub.verify_rebuild()

    def test_a_source_that_goes_silent_in_the_middle_of_rod_holds_it(self):
        hub = self.hub(settings=self.rules(stale="2s"))
        self.beds(hub, 110)
        self.wait_for_level(hub, ROD)
        told = wait_for("it is shown", lambda: self.level(hub) if self.level(hub).get("uncertain") else None)
        self.assertEqual(told["inputs"][0]["state"], "LEVEL_INPUT_STATE_UNKNOWN")
        time.sleep(3)
        self.assertEqual(self.level(hub)["level"], ROD)
        give_up = time.monotonic() + 60
        while self.level(hub)["level"] == ROD and time.monotonic() < give_up:
            self.beds(hub, 10)
            time.sleep(0.5)
        self.assertNotEqual(self.level(hub)["level"], ROD)

    def test_a_person_overrides_until_it_expires(self):
        hub = self.hub(settings=self.rules())
        self.beds(hub, 50)
        self.wait_for_level(hub, HVIT)
        self.override(hub, ROD, utc(seconds_from_now(4)))
        told = self.level(hub)  # Answered when the views hold it.
        self.assertEqual((told["level"], told["byRules"], told["reason"]), (ROD, HVIT, "øvelse"))
        self.wait_for_level(hub, HVIT)
        self.assertEqual([(change["to"], change["cause"].removeprefix("LEVEL_CAUSE_")) for change in self.counted(hub)],
                         [(HVIT, "RULES"), (ROD, "OVERRIDE"), (ROD, "OVERRIDE_EXPIRED"), (GUL, "RULES"), (HVIT, "RULES")])
        error = self.refused(hub, "EscalationService/OverrideLevel",
                             {"idempotencyKey": "x", "hospital": SCOPE[2:], "level": ROD, "reason": "uten slutt"})
        self.assertEqual(error.code, "invalid_argument")
        self.assertIn("expires_at", error.body)
        hub.verify_rebuild()

    def test_rules_are_checked_tried_and_taken_up(self):
        settings = self.rules()
        hub = self.hub(settings=settings)
        file = settings["escalation.rules"]
        self.beds(hub, 92)
        self.wait_for_level(hub, GUL)
        done = hub.cli("rules", "check", str(file))
        self.assertEqual((done.returncode, done.stdout), (0, f"{file}: no mistakes\n"), done.stderr)
        strict = self.folder / "strict.toml"
        strict.write_text(file.read_text().replace("enter = 100, exit = 95", "enter = 92, exit = 90").replace("rask", "streng"))
        began = messages.now() - datetime.timedelta(hours=1)
        time.sleep(2)
        words = ("rules", "dry-run", "--rules", str(file), "--rules", str(strict), "--from", began.isoformat(),
                 "--to", messages.now().isoformat(), "--hospital", SCOPE[2:])
        done = hub.cli(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("IN THE LOG", done.stdout)
        done = hub.cli(*words, "--json")
        tried = [json.loads(line)["scopes"][0] for line in done.stdout.splitlines()]
        self.assertEqual([[course["spells"][-1]["level"] for course in (scope["did"], scope["would"])] for scope in tried],
                         [[GUL, GUL], [GUL, ROD]])
        # A date that has passed, and a version that says something else than it said.
        passed = file.read_text() + RULES.replace("STALE", "1h").replace('"rask"', '"sen"\nvalid_from = 2026-01-01')
        bad = self.folder / "bad.toml"
        for text, told in ((passed, "has passed"), (strict.read_text().replace("streng", "rask"), "said something else")):
            bad.write_text(text)
            done = hub.cli("rules", "check", str(bad))
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn(told, done.stderr)
        # SIGHUP: with a mistake nothing changes.
        file.write_text(passed)
        hub.process.send_signal(signal.SIGHUP)
        wait_for("it is told", lambda: "has passed" in hub.log())
        file.write_text(strict.read_text())
        hub.process.send_signal(signal.SIGHUP)
        self.wait_for_level(hub, ROD)
        self.assertEqual(self.level(hub)["rulesVersion"], "streng")

    def test_a_configuration_with_bad_rules_is_refused_with_every_mistake(self):
        settings = self.rules(text=RULES.replace("exit = 85", "exit = 95"))
        config = self.folder / "overgang.toml"
        config.write_text(f'data_dir = "{self.folder}/data"\n[escalation]\nrules = "{settings["escalation.rules"]}"\n')
        done = subprocess.run([PROGRAM, "check-config", str(config)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("rules.toml:10: occupancy of gul: exit 95 is above its enter 90", done.stderr)
        hub = self.hub(settings=settings, start=False).start(ready=False)
        self.assertEqual(hub.process.wait(30), 1)
        self.assertIn("exit 95 is above its enter 90", hub.log())
        done = subprocess.run([PROGRAM, "rules", "default"], stdout=subprocess.PIPE, text=True, timeout=60, check=True)
        self.assertIn("standard-1", done.stdout)


if __name__ == "__main__":
    unittest.main()
