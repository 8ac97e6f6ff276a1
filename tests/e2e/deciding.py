"""Stays on which the hub has something to decide, and what it decided: mixed into tests for either log."""
import datetime
import json
import uuid

import doors
import messages
from hub import HOSPITAL, wait_for
from messages import MELHUS, adt, hours_ago

SECONDS_MAX = 60  # Until what is due is decided, by another hub where need be.
UKP_NOTICE_HOURS = 2  # Until a notice of UKP is late.
TIDLIGMELDING, UKP_NOTICE, ANSWER = (f"DEADLINE_KIND_{kind}" for kind in ("TIDLIGMELDING", "UKP_NOTICE", "ANSWER"))
HELSEDIREKTORATET, SAMHANDLINGSBAROMETER = (f"DEFINITION_{name}" for name in ("HELSEDIREKTORATET", "SAMHANDLINGSBAROMETER"))


def said(decision):
    """The Decision in a fact, or in an answer of GetPathway."""
    return (decision.get("deadlineMissed") or decision["patientReadmitted"])["decision"]


def kind_of(decision):
    if "deadlineMissed" in decision:
        return decision["deadlineMissed"]["deadline"]
    return decision["patientReadmitted"]["definition"]


def utc(time_):
    return time_.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")


def seconds_from_now(seconds):
    return messages.now() + datetime.timedelta(seconds=seconds)


class Deciding:
    """Needs the methods of HubTest."""
    KOMMUNE = MELHUS

    def send(self, hub, *sent):
        with doors.Mllp(hub.address("mllp")) as connection:
            for message in sent:
                ack = connection.send(message)
                self.assertEqual(ack.code, "AA", ack.text)

    def append(self, hub, *facts):
        """Each: patient, when, and the fact's name."""
        hub.call("IntakeService/AppendFacts", {
            "idempotencyKey": str(uuid.uuid4()),
            "facts": [{"eventId": str(uuid.uuid4()), "visitKey": patient.visit, "hospital": HOSPITAL,
                       "occurredAt": utc(at), name: {}} for patient, at, name in facts],
            "persons": [{"idNumber": patient.number, "facts": 1} for patient, _, _ in facts]})

    def admitted(self, hub, count=1, hours=3):
        patients = [messages.Patient(self.KOMMUNE, hours_ago(hours), number=messages.national_number()) for _ in range(count)]
        self.send(hub, *(adt("A01", patient) for patient in patients))
        return patients

    def due_from_now(self, hub, seconds, patients):
        """Ready for so long that the notice of UKP is late in so many seconds, the next one's a bit later."""
        since = seconds_from_now(seconds) - datetime.timedelta(hours=UKP_NOTICE_HOURS)
        self.append(hub, *((patient, since + datetime.timedelta(milliseconds=200 * i), "ukpDeclared")
                           for i, patient in enumerate(patients)))

    def readmitted(self, hub, since_hours=48):
        """A patient who is in hospital for the second time."""
        number = messages.national_number()
        first = messages.Patient(self.KOMMUNE, hours_ago(200), number=number)
        second = messages.Patient(self.KOMMUNE, hours_ago(20), number=number)
        ended = second.admitted - datetime.timedelta(hours=since_hours)
        self.send(hub, adt("A01", first), adt("A03", first, ended), adt("A01", second))
        return second

    def stay_of(self, hub, patient):
        def find():
            stays = hub.stays(kommune=self.KOMMUNE, hospital=HOSPITAL, state="STAY_STATE_ANY")
            return next((stay["stayId"] for stay in stays if stay["visitKey"] == patient.visit), None)
        return wait_for(f"{patient.visit} is known", find)

    def pathway(self, hub, patient):
        return hub.call("PathwayService/GetPathway", {"stayId": self.stay_of(hub, patient)})

    def decisions(self, hub, patient):
        """Kind -> the decision that stands on this stay, in its newest revision."""
        stay = self.stay_of(hub, patient)
        found = hub.call("PathwayService/GetPathway", {"stayId": stay}).get("decisions", [])
        return {kind_of(decision): decision for decision in found if decision["stayId"] == stay}

    def wait_for_decision(self, hub, patient, kind, revision=1, withdrawn=False):
        def matches():
            found = self.decisions(hub, patient)
            if kind in found and said(found[kind])["revision"] == revision and \
                    said(found[kind]).get("withdrawn", False) == withdrawn:
                return found[kind]
            return None
        return wait_for(f"{hub.data_dir.name}: {kind}, revision {revision} of {patient.visit}", matches, SECONDS_MAX)

    def in_log(self, hub):
        """Every decision in the log, in its order."""
        done = hub.cli("log", "dump", "--topic", "readmissions", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line)["fact"] for line in done.stdout.splitlines()]

    def assert_each_once(self, hub):
        """One record of each revision, and every revision from the first on."""
        revisions = {}
        for decision in self.in_log(hub):
            revisions.setdefault(said(decision)["subject"], []).append(said(decision)["revision"])
        for subject, numbers in revisions.items():
            self.assertEqual(numbers, list(range(1, len(numbers) + 1)), subject)
        return len(revisions)

    def assert_never_early(self, hub):
        for decision in self.in_log(hub):
            missed = decision.get("deadlineMissed", {})
            if "dueAt" in missed:
                self.assertGreater(datetime.datetime.fromisoformat(decision["recordedAt"].replace("Z", "+00:00")),
                                   datetime.datetime.fromisoformat(missed["dueAt"].replace("Z", "+00:00")))


class LateWord:
    """What comes late changes what was decided; needs Deciding and self.first_hub()."""

    def test_a_late_fact_that_a_deadline_was_met_takes_the_decision_back(self):
        hub = self.first_hub()
        patient, = self.admitted(hub, hours=30)
        self.append(hub, (patient, hours_ago(5), "ukpDeclared"))
        for kind in (TIDLIGMELDING, UKP_NOTICE):
            self.wait_for_decision(hub, patient, kind)
        self.append(hub, (patient, hours_ago(4), "kommuneNotifiedOfUkp"))
        self.wait_for_decision(hub, patient, UKP_NOTICE, revision=2, withdrawn=True)
        self.wait_for_decision(hub, patient, ANSWER)  # Now it is the kommune that is late.
        self.append(hub, (patient, hours_ago(29), "kommuneNotifiedOfAdmission"))
        self.wait_for_decision(hub, patient, TIDLIGMELDING, revision=2, withdrawn=True)
        self.assert_each_once(hub)
        self.assert_never_early(hub)
        hub.verify_rebuild()

    def test_a_corrected_admission_revises_the_readmission_and_a_cancelled_one_takes_it_back(self):
        hub = self.first_hub()
        patient = self.readmitted(hub, since_hours=48)
        for kind in (HELSEDIREKTORATET, SAMHANDLINGSBAROMETER):
            decision = self.wait_for_decision(hub, patient, kind)
            self.assertEqual(decision["patientReadmitted"]["sinceDischarge"], f"{48 * 3600}s")
        stay = self.stay_of(hub, patient)
        self.send(hub, adt("A11", patient, patient.admitted + datetime.timedelta(minutes=1)))

        def taken_back():
            newest = {said(decision)["subject"]: said(decision) for decision in self.in_log(hub)
                      if decision.get("patientReadmitted", {}).get("stayId") == stay}
            return all(decision.get("withdrawn") for decision in newest.values())
        wait_for("all are taken back", taken_back, SECONDS_MAX)
        patient.admitted += datetime.timedelta(hours=1)
        self.send(hub, adt("A01", patient))
        for kind in (HELSEDIREKTORATET, SAMHANDLINGSBAROMETER):
            decision = self.wait_for_decision(hub, patient, kind, revision=3)
            self.assertEqual(decision["patientReadmitted"]["sinceDischarge"], f"{49 * 3600}s")
        self.assert_each_once(hub)
        hub.verify_rebuild()
