"""Who may read and write what: every method and stream there is, every kind of principal, and the access log of it."""
import hashlib
import hmac
import json
import re
import signal
import time
import unittest
import uuid
from datetime import datetime, timezone

import doors
import hub as hubs
import messages
from callers import As
from cryptography.hazmat.primitives import serialization
from hub import HOSPITAL, HubTest, wait_for
from issuer import Issuer, base64url
from messages import MALVIK, TRONDHEIM, adt, plo

OTHER_HOSPITAL = "974754118"
NOBODY = "00000000-0000-4000-8000-000000000000"
REFUSED = ("permission_denied", "unauthenticated")

# Claims of the principals that are tried.
SCOPES = {
    "kommune": {"kommuner": [TRONDHEIM], "write": True},
    "hospital": {"hospitals": [HOSPITAL], "write": True},
    "reader": {"kommuner": [TRONDHEIM]},
    "sums": {"aggregate": True},
    "everything": {"everything": True},
    "operator": {"operator": True},
    "dpo": {"dpo": True},
    "nothing": {},
    "without": None,
}
OWN = {"kommune", "hospital", "reader", "everything"}
# Who is let in to each method at all; of what is the next table's.
MAY_CALL = {
    "CensusService/GetCensus": OWN, "CensusService/ExplainCensus": OWN, "CensusService/WatchCensus": OWN,
    "PathwayService/ListStays": OWN, "PathwayService/GetPathway": OWN, "PathwayService/WatchStays": OWN,
    "FeedService/Subscribe": OWN,
    "ReportService/GetReport": OWN, "ReportService/GetPayment": OWN, "ReportService/GetPublishedTables": OWN | {"sums"},
    "IntakeService/DeclareUkp": {"kommune", "hospital"}, "IntakeService/WithdrawUkp": {"kommune", "hospital"},
    "IntakeService/AnswerUkp": {"kommune", "hospital"}, "IntakeService/SetExpectedDischarge": {"kommune", "hospital"},
    "IntakeService/ReportPlaces": {"kommune", "hospital"}, "IntakeService/ReportBeds": {"kommune", "hospital"},
    "IntakeService/ReportEmergencyDepartment": {"kommune", "hospital"}, "IntakeService/AppendFacts": {"kommune", "hospital"},
    "OperationsService/GetSources": {"operator"}, "OperationsService/GetDataQuality": {"operator"},
    "OperationsService/ListParked": {"operator"}, "OperationsService/GetLag": {"operator"},
    "OperationsService/VerifyRebuild": {"operator"}, "OperationsService/ReadLog": {"everything"},
    "OperationsService/ReadAccessLog": {"dpo"},
    "DailyStatusService/GetDailyStatus": OWN, "DailyStatusService/GetMail": OWN, "DailyStatusService/ListDeliveries": OWN | {"operator"},
    "DailyStatusService/SendDailyStatus": {"operator"}, "DailyStatusService/PauseRecipient": {"operator"},
    "CapacityService/GetCapacity": OWN,
    "EscalationService/ListTiltakskort": OWN, "EscalationService/WatchEscalation": OWN,
    "EscalationService/AcknowledgeTiltak": {"kommune", "hospital"}, "EscalationService/CompleteTiltak": {"kommune", "hospital"},
    "EscalationService/HoldMeeting": {"kommune", "hospital"}, "EscalationService/GetMeeting": OWN,
    "EscalationService/ListMeetings": OWN,
    "EscalationService/GetLevels": OWN, "EscalationService/OverrideLevel": {"kommune", "hospital"},
    "EscalationService/DryRunRules": OWN,
    "/metrics": {"operator"},
}
# What a stream is called where it is asked for over HTTP, or as a command.
LIVE = {"CensusService/WatchCensus": "/live/census", "PathwayService/WatchStays": "/live/stays",
        "EscalationService/WatchEscalation": "/live/escalation",
        "FeedService/Subscribe": "/live/feed"}
COMMANDS = {"OperationsService/ReadLog": ("log", "dump", "--limit", "1")}


def key():
    return {"idempotencyKey": str(uuid.uuid4())}


def attempts(other, own):
    """What a kommune tries to get of another's stay, or to say of what is not its own: method, request, code it must get."""
    theirs, mine = {"stayId": other["stayId"]}, {"stayId": own["stayId"]}
    known = {"asOfCursor": other["cursor"], "asOf": other["now"]}
    period = {"from": "2020-01-01", "to": "2030-01-01"}
    beds = {"unit": "MED1", "beds": 9, "available": 9, "occupied": 1}
    fact = {"eventId": str(uuid.uuid4()), "patientRef": other["patientRef"], "visitKey": "V9", "hospital": HOSPITAL,
            "stayKommune": TRONDHEIM, "occurredAt": "2026-01-01T10:00:00Z"}
    person = {"person": {"idKind": "ID_KIND_NATIONAL_NUMBER", "idNumber": other["number"], "hospital": HOSPITAL}}
    denied, none = "permission_denied", "not_found"
    return [
        ("CensusService/GetCensus", {"kommuner": [MALVIK]}, denied),
        ("CensusService/GetCensus", {"kommuner": [TRONDHEIM, MALVIK], "basis": "CENSUS_BASIS_RESIDENCE_KOMMUNE"}, denied),
        ("CensusService/GetCensus", {"kommuner": [MALVIK], **known}, denied),
        ("CensusService/GetCensus", {"kommuner": [MALVIK], "occurredUntil": other["now"]}, denied),
        ("CensusService/ExplainCensus", {"kommune": MALVIK, **known}, denied),
        ("CensusService/WatchCensus", f"?kommuner={MALVIK}", denied),
        ("PathwayService/ListStays", {"kommune": MALVIK}, denied),
        ("PathwayService/ListStays", {"kommune": MALVIK, "state": "STAY_STATE_ANY", "moment": known}, denied),
        ("PathwayService/WatchStays", f"?kommune={MALVIK}", denied),
        ("PathwayService/GetPathway", theirs, none),
        ("PathwayService/GetPathway", {"patientRef": other["patientRef"]}, none),
        ("PathwayService/GetPathway", {**theirs, "moment": known}, none),
        ("FeedService/Subscribe", f"?from=BEGINNING&kommuner={MALVIK}", denied),
        ("FeedService/Subscribe", f"?from={other['cursor']}&kommuner={TRONDHEIM},{MALVIK}", denied),
        ("FeedService/Subscribe", "?from=BEGINNING&types=MessageParked", denied),
        ("ReportService/GetReport", {**period, "kommuner": [MALVIK]}, denied),
        ("ReportService/GetPayment", {"month": "2026-01", "kommune": MALVIK}, denied),
        ("ReportService/GetPayment", theirs, none),
        ("DailyStatusService/GetDailyStatus", {"kommune": MALVIK}, denied),
        ("DailyStatusService/GetDailyStatus", {"hospital": HOSPITAL}, denied),
        ("DailyStatusService/SendDailyStatus", {"scope": f"k:{MALVIK}"}, denied),
        ("DailyStatusService/PauseRecipient", {"scope": f"k:{MALVIK}", "addressHash": "a" * 32, "reason": "x"}, denied),
        ("DailyStatusService/GetMail", {"messageId": f"status.2026-01-01.k{MALVIK}.0.{'a' * 32}@hub.example"}, denied),
        ("CapacityService/GetCapacity", {"kommuner": [MALVIK]}, denied),
        ("CapacityService/GetCapacity", {"kommuner": [MALVIK], "from": "2026-01-01T00:00:00Z"}, denied),
        ("EscalationService/ListTiltakskort", {"recipient": f"k:{MALVIK}"}, denied),
        ("EscalationService/ListTiltakskort", {"recipient": f"h:{HOSPITAL}"}, denied),
        ("EscalationService/WatchEscalation", f"?hospitals={HOSPITAL[:-1]}", "invalid_argument"),
        ("EscalationService/AcknowledgeTiltak", {**key(), "cardId": NOBODY}, none),
        ("EscalationService/CompleteTiltak", {**key(), "cardId": NOBODY, "tiltakId": "x"}, none),
        ("EscalationService/HoldMeeting", {**key(), "hospital": HOSPITAL}, denied),
        ("EscalationService/GetMeeting", {"hospital": HOSPITAL}, denied),
        ("EscalationService/GetMeeting", {"meetingId": NOBODY}, none),
        ("EscalationService/ListMeetings", {"hospital": HOSPITAL}, denied),
        ("EscalationService/GetLevels", {"hospitals": [OTHER_HOSPITAL]}, "invalid_argument"),
        ("EscalationService/OverrideLevel", {**key(), "hospital": HOSPITAL, "lift": True, "reason": "x"}, denied),
        ("EscalationService/DryRunRules", {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}, denied),
        ("EscalationService/DryRunRules", {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z",
                                           "hospitals": [HOSPITAL]}, denied),
        ("IntakeService/AnswerUkp", {**key(), "subject": theirs, "canReceive": True}, none),
        ("IntakeService/AnswerUkp", {**key(), "subject": person, "canReceive": True}, none),
        ("IntakeService/DeclareUkp", {**key(), "subject": theirs}, none),
        ("IntakeService/DeclareUkp", {**key(), "subject": mine}, denied),
        ("IntakeService/WithdrawUkp", {**key(), "subject": theirs}, none),
        ("IntakeService/WithdrawUkp", {**key(), "subject": mine}, denied),
        ("IntakeService/SetExpectedDischarge", {**key(), "subject": theirs}, none),
        ("IntakeService/SetExpectedDischarge", {**key(), "subject": mine}, denied),
        ("IntakeService/ReportPlaces", {**key(), "unit": "5031-hus", "kind": "PLACE_KIND_KORTTID", "places": 1,
                                        "sharedBy": [TRONDHEIM]}, denied),
        ("IntakeService/ReportPlaces", {**key(), "unit": "5001-hus", "kind": "PLACE_KIND_KORTTID", "places": 1,
                                        "sharedBy": [TRONDHEIM, MALVIK]}, denied),
        ("IntakeService/ReportBeds", {**key(), "hospital": HOSPITAL, **beds}, denied),
        ("IntakeService/ReportEmergencyDepartment", {**key(), "hospital": HOSPITAL}, denied),
        ("IntakeService/AppendFacts", {**key(), "facts": [{**fact, "kommuneAnswered": {}}]}, denied),
        ("IntakeService/AppendFacts", {**key(), "facts": [{**fact, "ukpDeclared": {}}]}, denied),
    ]


# Methods that read or write nothing of a kommune or hospital; and the list of deliveries, which takes no name (PostmanTest has it).
OF_NOBODY = {"DailyStatusService/ListDeliveries", "ReportService/GetPublishedTables", "OperationsService/GetSources", "OperationsService/GetDataQuality",
             "OperationsService/ListParked", "OperationsService/GetLag", "OperationsService/VerifyRebuild",
             "OperationsService/ReadLog", "OperationsService/ReadAccessLog"}


class Access(HubTest):
    def setUp(self):
        super().setUp()
        self.issuer = Issuer(self.folder)
        self.the_hub = self.hub(settings=self.issuer.settings())

    def caller(self, name, scope=None, **more):
        scope = SCOPES.get(name) if scope is None else scope
        return As(self.the_hub, self.issuer.token(name, scope, **more))

    def admit(self, kommune):
        """A patient of the kommune, and how the hub names the stay."""
        patient = messages.Patient(kommune)
        self.assertEqual(doors.send_adt(self.the_hub, adt("A01", patient)).code, "AA")
        stay = wait_for("the stay is known", lambda: self.the_hub.stays(kommune=kommune))[0]
        census = self.the_hub.call("CensusService/GetCensus")
        return {**stay, "number": patient.number, "patient": patient, "cursor": census["asOf"]["cursor"],
                "now": census["asOf"]["now"]}

    def served(self):
        """Every method of the protos that this hub has."""
        found = set()
        for file in (hubs.ROOT / "proto/overgang/v1").glob("*_service.proto"):
            text = file.read_text()
            service = re.search(r"^service (\w+)", text, re.MULTILINE).group(1)
            for method in re.findall(r"^  rpc (\w+)\(", text, re.MULTILINE):
                _, answer = As(self.the_hub, self.the_hub.token()).call(f"{service}/{method}")
                if "is not served by this hub" not in answer.get("message", ""):
                    found.add(f"{service}/{method}")
        return found

    def ask(self, caller, method, request=None):
        """As `call`, whatever the method is carried by."""
        if method in COMMANDS:
            done = caller.cli(*COMMANDS[method])
            denied = "permission_denied" if "everything" in done.stderr else done.stderr
            return ("ok", {}) if done.returncode == 0 else (denied, {"message": done.stderr})
        if method in LIVE:
            return caller.call(LIVE[method] + (request or ""))
        return caller.call(method, request)

    def test_the_document_says_of_each_method_what_it_needs(self):
        who = {"own": OWN, "write": {"kommune", "hospital"}, "published": OWN | {"sums"}, "operator": {"operator"},
               "everything": {"everything"}, "dpo": {"dpo"}, "either": OWN | {"operator"}}
        table = (hubs.ROOT / "docs/access.md").read_text().split("## Methods")[1]
        rows = re.findall(r"^\| `(\w+/\w+)`[^|]*\| `?(\w+)", table, re.MULTILINE)
        self.assertEqual({method: who[need] for method, need in rows} | {"/metrics": {"operator"}}, MAY_CALL)

    def test_every_method_is_for_whom_it_is_meant_and_for_nobody_else(self):
        self.assertEqual(self.served() | {"/metrics"}, set(MAY_CALL), "say here who may call a new method")
        for name in SCOPES:
            caller = self.caller(name)
            for method, allowed in MAY_CALL.items():
                code, answer = self.ask(caller, method)
                if name in allowed:
                    self.assertNotIn(code, REFUSED, (name, method, answer))
                else:
                    self.assertEqual(code, "permission_denied", (name, method, answer))
        for method in MAY_CALL:
            code, answer = self.ask(As(self.the_hub), method)
            self.assertTrue(code == "unauthenticated" or "authorization: is missing" in answer["message"], (method, answer))

    def test_a_kommune_gets_nothing_of_another_by_any_method(self):
        other, own = self.admit(MALVIK), self.admit(TRONDHEIM)
        tried = attempts(other, own)
        self.assertEqual({method for method, _, _ in tried} | OF_NOBODY, self.served(), "try a new method here")
        caller = self.caller("kommune")
        for method, request, expected in tried:
            code, answer = self.ask(caller, method, request)
            self.assertEqual(code, expected, (method, request, answer))
            self.assertTrue(answer["message"])
            for secret in (other["patientRef"], other["stayId"], other["number"]):
                self.assertNotIn(secret, json.dumps(answer), (method, request))
        self.assertEqual(self.the_hub.call("PathwayService/GetPathway", {"stayId": other["stayId"]})["facts"][1:], [],
                         "and nothing was written")
        # The same answer for another's and for none.
        for method, of in (("PathwayService/GetPathway", lambda stay: {"stayId": stay}),
                           ("ReportService/GetPayment", lambda stay: {"stayId": stay}),
                           ("IntakeService/AnswerUkp", lambda stay: {**key(), "subject": {"stayId": stay}})):
            theirs, nobodys = (caller.call(method, of(stay))[1] for stay in (other["stayId"], NOBODY))
            for answer in (theirs, nobodys):
                for detail in answer["details"]:
                    detail.pop("value")  # The bytes of what `debug` shows; a map has no order in them.
            self.assertEqual(theirs, nobodys, method)
        # What is asked for without a filter is all of one's own, and of one's own all.
        answers = {method: json.dumps(self.ask(caller, method, request)[1]) for method, request in (
            ("CensusService/GetCensus", {}), ("CensusService/WatchCensus", ""), ("PathwayService/WatchStays", ""),
            ("PathwayService/ListStays", {"state": "STAY_STATE_ANY"}),
            ("ReportService/GetReport", {"from": "2020-01-01", "to": "2030-01-01", "by": ["kommune"]}),
            ("PathwayService/GetPathway", {"stayId": own["stayId"]}))}
        for method, answer in answers.items():
            self.assertNotIn(MALVIK, answer, method)
            self.assertIn(TRONDHEIM, answer, method)
        self.assertEqual(json.loads(answers["CensusService/GetCensus"])["kommuner"][0]["inpatients"], 1)
        for level in caller.call("EscalationService/GetLevels")[1]["levels"]:
            self.assertTrue(level["valuesWithheld"], level)
            for told in level.get("inputs", []):
                self.assertFalse({"value", "threshold", "exit"} & set(told), told)
        census = json.loads(answers["CensusService/GetCensus"])
        self.assertEqual([(hospital["inpatients"], hospital["beds"]) for hospital in census["hospitals"]], [(1, 0)])
        self.assertEqual(caller.call("/plo", plo("LOG_INNLAGT", other["patient"]).encode())[0], "permission_denied")

    def test_a_hospital_gets_nothing_of_another_and_says_nothing_for_it(self):
        stay = self.admit(TRONDHEIM)
        other = self.caller("other", {"hospitals": [OTHER_HOSPITAL], "write": True})
        for method, request, expected in (
                ("PathwayService/GetPathway", {"stayId": stay["stayId"]}, "not_found"),
                ("PathwayService/ListStays", {"hospital": HOSPITAL}, "permission_denied"),
                ("CensusService/GetCensus", {"hospitals": [HOSPITAL]}, "permission_denied"),
                ("ReportService/GetReport", {"from": "2020-01-01", "to": "2030-01-01", "hospitals": [HOSPITAL]},
                 "permission_denied"),
                ("ReportService/GetPayment", {"month": "2026-01", "hospital": HOSPITAL}, "permission_denied"),
                ("IntakeService/DeclareUkp", {**key(), "subject": {"stayId": stay["stayId"]}}, "not_found"),
                ("IntakeService/ReportBeds", {**key(), "hospital": HOSPITAL, "unit": "MED1"}, "permission_denied")):
            code, answer = other.call(method, request)
            self.assertEqual(code, expected, (method, answer))
        self.assertEqual(other.call("PathwayService/ListStays", {"kommune": TRONDHEIM})[1].get("stays", []), [])
        self.assertEqual(other.call("CensusService/GetCensus")[1].get("kommuner", []), [])
        own = self.caller("hospital")
        self.assertEqual(len(own.call("PathwayService/ListStays", {"kommune": TRONDHEIM})[1]["stays"]), 1)
        subject = {"subject": {"stayId": stay["stayId"]}}
        self.assertEqual(own.call("IntakeService/AnswerUkp", {**key(), **subject, "canReceive": True})[0], "permission_denied")
        self.assertEqual(own.call("IntakeService/DeclareUkp", {**key(), **subject})[0], "ok")
        self.assertEqual(own.call("/plo", plo("LOG_UTSKREVET", stay["patient"]).encode())[0], "ok")
        self.assertEqual(self.caller("reader").call("IntakeService/AnswerUkp", {**key(), **subject})[0], "permission_denied")

    def test_a_token_that_is_not_good_is_refused_with_what_is_wrong(self):
        good = self.issuer.token("melhus", {"everything": True})
        header, claims, signature = good.split(".")
        (self.folder / "stranger").mkdir()
        stranger = Issuer(self.folder / "stranger")
        forged_claims = base64url(json.dumps(self.issuer.claims("melhus", {"everything": True, "write": True})).encode())
        public = self.issuer.keys["rsa"][1].public_key().public_bytes(serialization.Encoding.PEM,
                                                                      serialization.PublicFormat.SubjectPublicKeyInfo)
        hs256 = f'{base64url(json.dumps({"alg": "HS256", "kid": "rsa"}).encode())}.{claims}'
        mac = base64url(hmac.new(public, hs256.encode(), hashlib.sha256).digest())
        none = base64url(json.dumps({"alg": "none", "kid": "ed"}).encode())
        now = int(time.time())
        bad = {
            "forged claims": f"{header}.{forged_claims}.{signature}",
            "no signature": f"{header}.{claims}.",
            "alg none": f"{none}.{claims}.",
            "HS256 with the public key": f"{hs256}.{mac}",
            "another's key": stranger.token("melhus", {"everything": True}),
            "unknown kid": self.issuer.token("melhus", {"everything": True}, header_kid="later"),
            "another key's kid": self.issuer.token("melhus", {"everything": True}, kid="rsa", header_kid="ed"),
            "expired": self.issuer.token("melhus", {"everything": True}, exp=now - 60),
            "no expiry": self.issuer.token("melhus", {"everything": True}, exp=None),
            "not yet valid": self.issuer.token("melhus", {"everything": True}, nbf=now + 120),
            "other issuer": self.issuer.token("melhus", {"everything": True}, iss="https://other.example"),
            "other audience": self.issuer.token("melhus", {"everything": True}, aud="somebody"),
            "a number as subject": self.issuer.token("01857210057", {"everything": True}),
            "a wrong scope": self.issuer.token("melhus", {"kommuner": ["Melhus"]}),
            "an unknown member": self.issuer.token("melhus", {"komuner": ["5028"]}),
            "oversize": self.issuer.token("melhus", {"everything": True}, filling="x" * 9000),
            "rubbish": "x.y.z",
        }
        for what, token in bad.items():
            caller = As(self.the_hub, token)
            for method in ("CensusService/GetCensus", "/live/stays", "/metrics"):
                code, answer = caller.call(method)
                self.assertEqual(code, "unauthenticated", (what, method, answer))
                self.assertIn("authorization", answer["message"], what)
                self.assertNotIn(token[:40], json.dumps(answer), what)
            done = caller.cli("census")
            self.assertEqual(done.returncode, 1, (what, done.stdout))
        for kid in self.issuer.keys:
            caller = As(self.the_hub, self.issuer.token("melhus", {"everything": True}, kid=kid))
            self.assertEqual(caller.call("CensusService/GetCensus")[0], "ok", kid)
            self.assertEqual(caller.cli("census").returncode, 0, kid)
        self.assertNotIn(good[:40], self.the_hub.log())

    def test_new_keys_are_taken_with_sighup_and_old_ones_are_not_any_more(self):
        old = self.issuer.token("melhus", {"everything": True})
        self.assertEqual(As(self.the_hub, old).call("CensusService/GetCensus")[0], "ok")
        keys = dict(self.issuer.keys)
        self.issuer.file.write_text("{")
        self.the_hub.process.send_signal(signal.SIGHUP)
        wait_for("the mistake is told", lambda: "jwks.json: this is no JWKS" in self.the_hub.log())
        self.assertEqual(As(self.the_hub, old).call("CensusService/GetCensus")[0], "ok", "the old ones stay")
        self.issuer.keys = Issuer(self.folder).keys
        self.issuer.publish()
        self.the_hub.process.send_signal(signal.SIGHUP)
        wait_for("the old key is not taken", lambda: As(self.the_hub, old).call("CensusService/GetCensus")[0] == "unauthenticated")
        self.assertNotEqual(keys, self.issuer.keys)
        self.assertEqual(self.caller("everything").call("CensusService/GetCensus")[0], "ok")

    def test_the_access_log_of_a_case_workers_day(self):
        own, other = self.admit(TRONDHEIM), self.admit(MALVIK)
        worker = self.caller("kommune")
        began = datetime.now(timezone.utc).date().isoformat()
        self.assertEqual(worker.call("/live/stays")[0], "ok")
        worker.call("PathwayService/ListStays", {"kommune": TRONDHEIM})
        worker.call("PathwayService/GetPathway", {"stayId": own["stayId"]})
        worker.call("ReportService/GetPayment", {"month": "2026-01"})
        worker.call("PathwayService/GetPathway", {"stayId": other["stayId"]})
        worker.call("PathwayService/GetPathway", {"patientRef": own["number"]})
        worker.call("PathwayService/ListStays", {"kommune": MALVIK})
        self.caller("sums").call("PathwayService/ListStays")
        done = As(self.the_hub, self.the_hub.token()).cli("log", "dump", "--limit", "1")
        self.assertEqual(done.returncode, 0, done.stderr)

        officer = self.caller("dpo")
        code, answer = officer.call("OperationsService/ReadAccessLog", {"principal": "kommune", "from": began})
        self.assertEqual(code, "ok", answer)
        told = [(entry["method"], entry["outcome"], entry.get("stayIds", [])) for entry in answer["entries"]]
        stay = [own["stayId"]]
        watched = told[:2]
        self.assertEqual(watched, [("PathwayService/WatchStays", "OK", []), ("PathwayService/WatchStays", "OK", stay)])
        self.assertEqual(told[2:], [
            ("PathwayService/ListStays", "OK", stay), ("PathwayService/GetPathway", "OK", stay),
            ("ReportService/GetPayment", "OK", []), ("PathwayService/GetPathway", "NOT_FOUND", []),
            ("PathwayService/GetPathway", "INVALID_ARGUMENT", []), ("PathwayService/ListStays", "PERMISSION_DENIED", [])])
        listed = answer["entries"][2]
        self.assertEqual((listed["patientRefs"], listed["kommuner"], listed["hospitals"], listed["asked"]["kommune"]),
                         ([own["patientRef"]], [TRONDHEIM], [HOSPITAL], TRONDHEIM))

        # Who was told of the one stay, or asked for it, or may have been told.
        of_other = [json.loads(line) for line in officer.cli("access", "--stay", other["stayId"], "--json").stdout.splitlines()]
        self.assertIn(("kommune", "NOT_FOUND"), [(entry["principal"], entry["outcome"]) for entry in of_other])
        self.assertIn(("dev", True), [(entry["principal"], entry["unlisted"]) for entry in of_other])
        self.assertNotIn(own["stayId"], [stay for entry in of_other for stay in entry["stayIds"] if entry["principal"] == "kommune"])
        shown = officer.cli("access", "--principal", "sums")
        self.assertRegex(shown.stdout, r"sums +PathwayService/ListStays +PERMISSION_DENIED")
        # Reading it is written too, and nobody else may.
        again = officer.call("OperationsService/ReadAccessLog", {"principal": "dpo"})[1]
        self.assertTrue(all(entry["method"] == "OperationsService/ReadAccessLog" for entry in again["entries"]))
        self.assertEqual(worker.cli("access").returncode, 1)

        files = sorted((self.the_hub.data_dir / "access").glob("*.jsonl"))
        text = "".join(file.read_text() for file in files)
        self.assertEqual(text.count("\n"), len([json.loads(line) for line in text.splitlines()]))
        for patient in (own, other):
            self.assertNotIn(patient["number"], text)
        self.assertNotIn("Fjær", text)

    def test_without_tokens_and_certificates_a_test_environment_asks_for_none(self):
        open_hub = self.hub("open")
        self.assertEqual(As(open_hub).call("CensusService/GetCensus")[0], "ok")
        self.assertEqual(As(open_hub, "wrong").call("CensusService/GetCensus")[0], "unauthenticated")


if __name__ == "__main__":
    unittest.main()
