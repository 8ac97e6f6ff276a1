"""Levels that rise and fall within seconds: rules with short dwells, and beds reported full or empty. Mixed into tests for either log."""
import json
import uuid

from hub import HOSPITAL, ConnectError, wait_for

SCOPE = f"h:{HOSPITAL}"
HVIT, GUL, ROD = "ESCALATION_LEVEL_HVIT", "ESCALATION_LEVEL_GUL", "ESCALATION_LEVEL_ROD"
SECONDS_MAX = 60  # Until what is due is decided, by another hub where need be.

RULES = """
[[version]]
name = "rask"
stale_after = {occupancy = "STALE"}
[[version.rule]]
hospitals = ["974749025"]
[[version.rule.level]]
level = "gul"
dwell_down = "2s"
inputs = [{input = "occupancy", enter = 90, exit = 85}]
[[version.rule.level]]
level = "rød"
dwell_down = "2s"
inputs = [{input = "occupancy", enter = 100, exit = 95}]
"""


class Levels:
    """Needs the methods of HubTest."""

    def rules(self, stale="1h", text=RULES):
        file = self.folder / "rules.toml"
        file.write_text(text.replace("STALE", stale))
        return {"escalation.rules": file}

    def beds(self, hub, occupied):
        hub.call("IntakeService/ReportBeds", {"idempotencyKey": str(uuid.uuid4()), "hospital": HOSPITAL, "unit": "MED1",
                                              "beds": 100, "available": 100, "occupied": occupied})

    def level(self, hub, scope=SCOPE):
        levels = {level["scope"]: level for level in hub.call("EscalationService/GetLevels").get("levels", [])}
        return levels[scope]

    def wait_for_level(self, hub, level):
        return wait_for(f"{hub.data_dir.name} is at {level}",
                        lambda: self.level(hub) if self.level(hub).get("level") == level else None, SECONDS_MAX)

    def in_log(self, hub):
        """Every level change of the hospital in the log, in its order."""
        done = hub.cli("log", "dump", "--topic", "escalation", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        facts = [json.loads(line)["fact"] for line in done.stdout.splitlines()]
        return [fact["levelChanged"] for fact in facts if fact.get("levelChanged", {}).get("scope") == SCOPE]

    def counted(self, hub):
        """Those that count: the first of each revision."""
        counted = {}
        for change in self.in_log(hub):
            counted.setdefault(change["decision"]["revision"], change)
        self.assertEqual(list(counted), list(range(1, len(counted) + 1)))
        return list(counted.values())

    def override(self, hub, level, expires, **more):
        return hub.call("EscalationService/OverrideLevel", {
            "idempotencyKey": str(uuid.uuid4()), "hospital": HOSPITAL, "level": level, "reason": "øvelse", "expiresAt": expires,
            **more})

    def refused(self, hub, method, request):
        with self.assertRaises(ConnectError) as caught:
            hub.call(method, request)
        return caught.exception
