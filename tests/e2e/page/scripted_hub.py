"""page_server, the page with a scripted hub behind it, and what it is told to show."""
import base64
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
        self.post(what, json.dumps(message))

    def post(self, what, body):
        request = urllib.request.Request(f"{self.url}/test/{what}", data=body.encode(), method="POST")
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 200, answer.read()

    def refuse(self, method, code=0, message="no"):
        """What the method answers from now on; `code` as in absl::Status, 0: nothing is refused."""
        self.post(f"{method}/refuse", f"{code} {message}" if code else "")

    def hold(self, method, on):
        """Whether whoever asks is kept waiting."""
        self.post(f"{method}/hold", "true" if on else "false")

    def asked_of(self, method):
        """The requests that the method got, oldest first."""
        with urllib.request.urlopen(f"{self.url}/test/{method}", timeout=20) as answer:
            return [json.loads(line) for line in answer.read().decode().splitlines()]

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
     "occupied": 641, "occupancyPercent": 95.67, "corridor": 7,
     "corridorReported": 11},
    {"hospital": "974754118", "name": "Sykehuset Levanger", "inpatients": 130, "ukp": 3, "ukpOver24h": 0},
]


def census(stale=False, now=at(), kommuner=tuple(KOMMUNER)):
    return {"asOf": as_of(stale, now), "full": True, "kommuner": list(kommuner), "hospitals": HOSPITALS}


STAY = {
    "stayId": "4f2a91c0-0000-5000-8000-000000000001", "patientRef": "k1-00ff", "hospital": HOSPITAL, "ward": "MED1",
    "residenceKommune": "5031", "stayKommune": "5001", "admittedAt": at(days=-4, hours=-2), "expectedDischarge": at(days=1),
    "ukpSince": at(days=-2, hours=-3), "answer": "ANSWER_CAN_RECEIVE", "answeredAt": at(hours=-20), "receiveFrom": at(days=1, hours=5),
    "payableDays": 3, "overliggerdogn": 3, "hospitalName": "St. Olavs hospital", "wardName": "Medisin 1", "flags": ["STAY_FLAG_NEW_TO_KOMMUNE"], "sector": "SECTOR_SOMATIKK", "sex": "SEX_FEMALE", "ageAtAdmission": 83,
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


def line(kind, at_time, text, why, deadline=None, **more):
    """A line of the story; `why` is who said it, or the rule that it follows."""
    told = {"stayId": STAY["stayId"], "kind": f"KIND_{kind}", "at": at_time, "atPrecision": "PRECISION_MINUTE", "text": text,
            ("source" if kind == "FACT" else "rule"): why, **more}
    return {**told, "deadlineState": f"DEADLINE_STATE_{deadline}"} if deadline else told


HOSPITAL_SYSTEM = "St. Olavs hospital, pasientsystemet (HL7)."
HOSPITAL_MESSAGE = "St. Olavs hospital, elektronisk melding (PLO)."
KOMMUNE_MESSAGE = "Trondheim kommune, elektronisk melding (PLO)."
PAYMENT = ("§ 13: kommunen betaler fra og med den dagen pasienten er utskrivningsklar og kommunen er varslet etter §§ 8 og 10, så lenge "
           "den ikke kan ta imot. Dagen for slutt betales ikke.")
STORY = [
    line("FACT", at(days=-4, hours=-2), "Pasienten ble innlagt ved St. Olavs hospital, avdeling Medisin 1, som øyeblikkelig hjelp, "
         "gjennom akuttmottaket, og fikk plass på korridor.", HOSPITAL_SYSTEM),
    line("FACT", at(days=-4, hours=-1), "Kommunen mottok varselet om innleggelsen.", KOMMUNE_MESSAGE),
    line("DEADLINE", at(days=-4, hours=-1), "Fristen for varsel om innleggelsen ble holdt, 23 t før den gikk ut.",
         "§ 8: sykehuset varsler kommunen innen 24 timer etter innleggelsen.", deadline="MET"),
    line("FACT", at(days=-4), "Pasienten hadde ingen tjenester fra kommunen før innleggelsen.", KOMMUNE_MESSAGE,
         atPrecision="PRECISION_DAY"),
    line("FACT", at(days=-3, hours=-4), "Sykehuset meldte pasienten utskrivningsklar (avgjort av overlege); alle fem punktene i § 9 er "
         "vurdert.", f"{HOSPITAL_MESSAGE} Meldt fredag 27. februar 2026 kl. 06.00, 3 t etterpå."),
    line("FACT", at(days=-3, hours=-3), "Kommunen mottok varselet om at pasienten er utskrivningsklar.", KOMMUNE_MESSAGE),
    line("WARNING", at(days=-3, hours=-3), "Klokkeslettet er i timen som kommer to ganger når klokken stilles tilbake; den første av de to "
         "er brukt.", "Feil i opplysningene stopper ingenting; oppholdet merkes."),
    line("DEADLINE", at(days=-3, hours=-1), "Fristen for svar fra kommunen gikk ut fredag 27. februar 2026 kl. 06.00: kommunen har ikke "
         "svart, 3 døgn 1 t etter fristen; bruddet er registrert.",
         "Kommunen svarer straks, hele døgnet og alle dager. Straks regnes her som 2 timer.", deadline="MISSED"),
    line("FACT", at(days=-1), "Kommunen svarte at den ikke kan ta imot pasienten ennå.", "Innmelding fra portal.", cancelled=True),
    line("FACT", at(hours=-22), "Kommunen trakk tilbake svaret sitt (søndag 1. mars 2026 kl. 07.00).", "Innmelding fra portal."),
    line("DERIVED", at(), "Trondheim kommune betaler så langt for 3 døgn, fra og med fredag 27. februar til og med søndag 1. mars 2026, "
         "fordi pasienten var utskrivningsklar fra 27. februar, kommunen var varslet om innleggelsen 26. februar og om utskrivningsklar "
         "pasient 27. februar, og den ikke hadde svart.", f"{PAYMENT} Dagen i dag regnes med når den er over."),
    line("DEADLINE", at(hours=1), "Kommunen har frist til mandag 2. mars 2026 kl. 08.00 med å kvittere for meldingen: 1 t igjen.",
         "Mottakeren kvitterer innen 96 timer etter at meldingen ble sendt.", deadline="RUNNING"),
    line("FACT", at(), "En annen pasients opplysning.", HOSPITAL_SYSTEM, stayId=""),
]


def view(side, notified, days):
    return {"side": f"SIDE_{side}", "payableDays": days, "periods": [{
        "since": at(days=-3, hours=-4), "notifiedAt": notified, "kommune": "5001", "payable": [{"days": days}],
        "answers": [{"at": at(hours=-20), "canReceive": True, "from": at(days=1, hours=5)}]}]}


VIEWS = {"stayId": STAY["stayId"], "views": [view("HOSPITAL", at(days=-3, hours=-4), 3), view("KOMMUNE", at(days=-2), 2)]}


def pathway(stay=None, story=tuple(STORY), views=VIEWS):
    return {"asOf": as_of(), "stays": [stay or STAY], "story": list(story), "views": [views] if views else []}


def delivery(name, state, scope="k:5001", address="a1b2c3d4", revision=0, **more):
    sent = {} if state in ("due", "missed", "paused") else {"messageId": f"status.2026-03-02.{scope.replace(':', '')}.{revision}.{address * 4}@hub.example"}
    return {"name": name, "state": state, "scope": scope, "addressHash": address * 4, "revision": revision, "at": at(minutes=30), "attempts": 1,
            **sent, **more}


DELIVERIES = [
    delivery("Trondheim", "accepted", reply="250 2.0.0 OK"),
    delivery("Trondheim", "uncertain", revision=1, attempts=2),
    delivery("Malvik", "rejected", "k:5031", reply="550 5.1.1 <...> no such user"),
    delivery("Skaun", "rejected", "k:5029", reply="451 4.7.1 try again later", retryAt=at(minutes=35)),
    delivery("Melhus", "due", "k:5028", attempts=0, retryAt=at(minutes=30)),
    delivery("Leka", "paused", "k:5052", attempts=0),
    delivery("Levanger", "missed", "k:5037", attempts=0),
]


def deliveries(shown=tuple(DELIVERIES), mistakes=()):
    return {"asOf": as_of(now=at(hours=1)), "deliveries": list(shown), "recipientMistakes": list(mistakes)}


# One red pixel.
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="


def mail(html, as_sent=True):
    message = ("Subject: UKP\r\nContent-Type: multipart/related; boundary=B\r\n\r\n--B\r\nContent-Type: text/html\r\n\r\nx\r\n--B\r\n"
               f"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <trend@hub>\r\n\r\n{PICTURE}\r\n--B--\r\n")
    return {"asOf": as_of(), "delivery": DELIVERIES[0], "asSent": as_sent, "mail": {
        "subject": "UKP Trondheim 07.30: 12 (+3), 4 over 7 døgn", "text": "Daglig status\n", "html": html,
        "message": base64.b64encode(message.encode()).decode(), "files": ["status.csv", "status.xlsx"]}}
