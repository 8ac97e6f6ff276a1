"""page_server, the page with a scripted hub behind it, and what it is told to show."""
import datetime
import json
import os
import subprocess
import urllib.request

PROGRAM = os.environ["PAGE_SERVER"]
HOSPITAL = "974749025"
START = datetime.datetime(2026, 3, 2, 6, 0, tzinfo=datetime.timezone.utc)   # 07:00 in Oslo, a Monday.


def at(**since_start):
    return (START + datetime.timedelta(**since_start)).strftime("%Y-%m-%dT%H:%M:%SZ")


class ScriptedHub:
    def __init__(self, port=0, token=""):
        self.process = subprocess.Popen([PROGRAM, str(port), token], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()

    def show(self, what, message):
        request = urllib.request.Request(f"{self.url}/test/{what}", data=json.dumps(message).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 200, answer.read()

    def asked(self):
        """How often the page asked for a pathway, and the kommuner whose stays it followed."""
        with urllib.request.urlopen(f"{self.url}/test/asked", timeout=20) as answer:
            pathways, *kommuner = answer.read().decode().split(" ")
        return int(pathways), kommuner


def as_of(stale=False, now=at()):
    return {"cursor": "c1", "newestFactAt": at(), "now": now, "stale": stale, "sources": [
        {"source": "hl7v2:STO", "lastHeardAt": at(seconds=-12), "facts": "123456"},
        {"source": "plo:91234", "lastHeardAt": at(hours=-3), "stale": stale, "facts": "789"},
        {"source": "intake:portal", "lastHeardAt": at(minutes=-4), "facts": "42"}]}


def kommune(number, name, inpatients, ukp=0, over_24h=0, over_7_days=0, longest="0s", awaiting=0, out=0, new=0, free=0):
    return {"kommune": number, "name": name, "inpatients": inpatients, "ukp": ukp, "ukpOver24h": over_24h,
            "ukpOver7Days": over_7_days, "longestUkp": longest, "awaitingAnswer": awaiting, "expectedDischarges24h": out,
            "newToKommune": new, "freePlaces": free}


KOMMUNER = [
    kommune("5001", "Trondheim", 212, 14, 6, 2, "777600s", 3, 11, 40, 5),
    kommune("5031", "Malvik", 17, 2, 1, 0, "104400s", 0, 1, 3, 1),
    kommune("5037", "Levanger", 22, 3, 0, 0, "36000s", 2, 2, 6, 0),
    kommune("5006", "Steinkjer", 24, 1, 0, 0, "2700s", 1, 0, 8, 2),
    kommune("5028", "Melhus", 19, 0, 0, 0, "0s", 0, 3, 5, 4),
    kommune("5059", "Orkland", 18, 4, 3, 1, "691200s", 1, 1, 2, 0),
    kommune("1505", "Kristiansund", 6, 0, 0, 0, "0s", 0, 1, 1, 0),
    kommune("5052", "Leka", 1, 0, 0, 0, "0s", 0, 0, 0, 1),
]
HOSPITALS = [
    {"hospital": HOSPITAL, "name": "St. Olavs hospital", "inpatients": 610, "ukp": 24, "ukpOver24h": 10, "beds": 700,
     "occupied": 641, "occupancyPercent": 95.67, "corridor": 7},
    {"hospital": "974754118", "name": "Sykehuset Levanger", "inpatients": 130, "ukp": 3, "ukpOver24h": 0},
]


def census(stale=False, now=at(), kommuner=tuple(KOMMUNER)):
    return {"asOf": as_of(stale, now), "full": True, "kommuner": list(kommuner), "hospitals": HOSPITALS}


STAY = {
    "stayId": "4f2a91c0-0000-5000-8000-000000000001", "patientRef": "k1-00ff", "hospital": HOSPITAL, "ward": "MED1",
    "residenceKommune": "5031", "stayKommune": "5001", "admittedAt": at(days=-4, hours=-2), "expectedDischarge": at(days=1),
    "ukpSince": at(days=-2, hours=-3), "answer": "ANSWER_CAN_RECEIVE", "answeredAt": at(hours=-20), "receiveFrom": at(days=1, hours=5),
    "payableDays": 3, "flags": ["STAY_FLAG_NEW_TO_KOMMUNE"], "sector": "SECTOR_SOMATIKK", "sex": "SEX_FEMALE", "ageAtAdmission": 83,
    "ukpPeriods": [{"since": at(days=-3, hours=-4), "until": at(days=-2, hours=-20), "end": "UKP_END_WITHDRAWN"},
                   {"since": at(days=-2, hours=-3)}]}
OTHERS = [
    {"stayId": "7b000000-0000-5000-8000-000000000002", "hospital": HOSPITAL, "ward": "KIR2", "residenceKommune": "5001",
     "stayKommune": "5001", "admittedAt": at(days=-1), "sex": "SEX_MALE", "ageAtAdmission": 71, "flags": ["STAY_FLAG_CORRIDOR"]},
    {"stayId": "9c000000-0000-5000-8000-000000000003", "hospital": HOSPITAL, "ward": "MED1", "residenceKommune": "5001",
     "stayKommune": "5001", "admittedAt": at(days=-9), "ukpSince": at(hours=-5), "answer": "ANSWER_AWAITED", "sex": "SEX_MALE",
     "ageAtAdmission": 90},
]


def stays(shown=(STAY, *OTHERS)):
    return {"asOf": as_of(), "full": True, "stays": list(shown)}


def entry(occurred, name, fact, cancelled=False, precision="PRECISION_MINUTE", recorded=None, channel="CHANNEL_HL7V2", sender="EPJ|STO"):
    return {"stayId": STAY["stayId"], "cancelled": cancelled, "appendedAt": at(), "fact": {
        "eventId": occurred + name, "hospital": HOSPITAL, "ward": "MED1", "residenceKommune": "5031", "stayKommune": "5001",
        "occurredAt": occurred, "occurredPrecision": precision, "recordedAt": recorded or occurred,
        "source": {"channel": channel, "sender": sender}, name: fact}}


PLO = {"channel": "CHANNEL_PLO", "sender": "59/91234"}
FACTS = [
    entry(at(days=-4, hours=-2), "patientAdmitted", {"urgency": "URGENCY_ACUTE", "viaEmergencyDepartment": True, "corridor": True}),
    entry(at(days=-4, hours=-1), "kommuneNotifiedOfAdmission", {"noticeId": "m1"}, **PLO),
    entry(at(days=-4), "kommuneKnowsPatient", {"services": "SERVICES_NONE"}, precision="PRECISION_DAY", **PLO),
    entry(at(days=-3, hours=-8), "patientTransferred", {"bed": "12", "fromWard": "AKM"}),
    entry(at(days=-3, hours=-4), "ukpDeclared", {"decidedBy": "overlege", "assessment": {
        "admissionProblemClarified": True, "otherProblemsClarified": True, "unclarifiedExplained": True, "followUpPlan": True,
        "functionDescribed": True}}, **PLO),
    entry(at(days=-2, hours=-20), "ukpWithdrawn", {"reason": "3"}, **PLO),
    entry(at(days=-2, hours=-3), "ukpDeclared", {}, recorded=at(days=-2), **PLO),
    entry(at(days=-1), "kommuneAnswered", {"canReceive": False}, cancelled=True, channel="CHANNEL_INTAKE", sender="portal"),
    entry(at(hours=-22), "factCancelled", {"kind": "FACT_KIND_KOMMUNE_ANSWERED"}, channel="CHANNEL_INTAKE", sender="portal"),
    entry(at(hours=-20), "kommuneAnswered", {"canReceive": True, "fromDate": at(days=1, hours=5), "placeKind": "PLACE_KIND_KORTTID"},
          channel="CHANNEL_INTAKE", sender="portal"),
    entry(at(hours=-1), "expectedDischargeSet", {"expectedAt": at(days=1), "expectedPrecision": "PRECISION_DAY"}),
]


def pathway(stay=None, facts=tuple(FACTS)):
    return {"asOf": as_of(), "stays": [stay or STAY], "facts": list(facts)}
