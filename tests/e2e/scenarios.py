"""What holds on either log: mixed into a test for the embedded log and one for Kafka."""
import contextlib
import random
import threading
import time
import uuid

import doors
import messages
from hub import HOSPITAL, wait_for
from messages import MALVIK, TRONDHEIM, adt, answer, hours_ago, plo


class FirstNumbers:
    """From a real admission to the right number; needs self.first_hub()."""

    def admit(self, hub, patient):
        ack = doors.send_adt(hub, adt("A01", patient))
        self.assertEqual(ack.code, "AA", ack.text)

    def declare(self, hub, patient, message_id=None):
        name = f"{uuid.uuid4()}.xml"
        doors.put_plo(hub, name, plo("LOG_UTSKRIVNINGSKLAR", patient, hours_ago(2), message_id))
        doors.wait_until_taken(hub, name)

    def wait_for_census(self, hub, kommune, **expected):
        def matches():
            found = hub.census(kommuner=[kommune])[kommune]
            return all(found[name] == value for name, value in expected.items()) and found
        return wait_for(f"{kommune} has {expected}", matches)

    def test_admission_ukp_and_answer_give_the_right_numbers_everywhere(self):
        hub = self.first_hub()
        patient = messages.Patient(TRONDHEIM)
        self.admit(hub, patient)
        self.wait_for_census(hub, TRONDHEIM, inpatients=1, ukp=0)
        self.declare(hub, patient)
        self.wait_for_census(hub, TRONDHEIM, inpatients=1, ukp=1, awaitingAnswer=1)
        receipt = hub.call("IntakeService/AnswerUkp", answer(patient, True, placeKind="PLACE_KIND_KORTTID"))
        census = hub.census(kommuner=[TRONDHEIM], waitFor=receipt["cursor"])[TRONDHEIM]
        self.assertEqual((census["inpatients"], census["ukp"], census["awaitingAnswer"]), (1, 1, 0))

        lines = hub.cli("census", "--kommune", TRONDHEIM, "--json").stdout.splitlines()
        self.assertTrue(any('"kommune":"5001"' in line and '"ukp":1' in line for line in lines), lines)
        with doors.Live(hub, "census") as live:
            event = live.next()
            self.assertTrue(event["full"])
            kommune = next(k for k in event["kommuner"] if k["kommune"] == TRONDHEIM)
            self.assertEqual((kommune["inpatients"], kommune["ukp"]), (1, 1))
            self.admit(hub, messages.Patient(TRONDHEIM))
            while not any(k["kommune"] == TRONDHEIM and k["inpatients"] == 2 for k in event["kommuner"]):
                event = live.next()
        self.assertEqual(len(wait_for("the AppRec", lambda: doors.apprecs(hub))), 1)
        self.assertIn('V="1"', doors.apprecs(hub)[0])

        stay = next(stay for stay in hub.stays(kommune=TRONDHEIM) if stay["visitKey"] == patient.visit)
        story = hub.cli("pathway", stay["stayId"])
        self.assertEqual(story.returncode, 0, story.stderr)
        facts = [name for entry in hub.call("PathwayService/GetPathway", {"stayId": stay["stayId"]})["facts"]
                 for name in entry["fact"] if name.startswith(("patientAdm", "ukp", "kommune"))]
        for name in ("patientAdmitted", "ukpDeclared", "kommuneNotifiedOfUkp", "kommuneAnswered"):
            self.assertIn(name, facts)

    def test_repeats_change_nothing(self):
        hub = self.first_hub()
        patient, notice = messages.Patient(MALVIK), str(uuid.uuid4())
        admission, reply = adt("A01", patient), answer(patient, False)
        declaration = plo("LOG_UTSKRIVNINGSKLAR", patient, hours_ago(2), notice)
        cursor = ""
        for number in range(3):
            self.assertEqual(doors.send_adt(hub, admission).code, "AA")
            doors.put_plo(hub, f"{notice}-{number}.xml", declaration)
            doors.wait_until_taken(hub, f"{notice}-{number}.xml")
            wait_for("the stay is known", lambda: hub.stays(kommune=MALVIK))
            cursor = hub.call("IntakeService/AnswerUkp", reply)["cursor"]
        census = hub.census(kommuner=[MALVIK], waitFor=cursor)[MALVIK]
        self.assertEqual((census["inpatients"], census["ukp"], census["awaitingAnswer"]), (1, 1, 0))
        self.assertEqual(len(doors.apprecs(hub)), 1)
        self.assertEqual(len(hub.stays(kommune=MALVIK, state="STAY_STATE_ANY")), 1)

    def test_discharge_and_its_cancellation_and_a_late_admission_give_the_right_number(self):
        hub = self.first_hub()
        melhus = messages.MELHUS
        here, gone, late = (messages.Patient(melhus) for _ in range(3))
        self.admit(hub, here)
        self.admit(hub, gone)
        self.assertEqual(doors.send_adt(hub, adt("A03", gone, hours_ago(3))).code, "AA")
        self.wait_for_census(hub, melhus, inpatients=1)
        self.assertEqual(doors.send_adt(hub, adt("A03", here, hours_ago(2))).code, "AA")
        self.assertEqual(doors.send_adt(hub, adt("A13", here, hours_ago(1))).code, "AA")
        self.wait_for_census(hub, melhus, inpatients=1)
        # The cancellation of an admission that has not come yet.
        self.assertEqual(doors.send_adt(hub, adt("A11", late, hours_ago(1))).code, "AA")
        self.admit(hub, late)
        time.sleep(0.3)
        self.wait_for_census(hub, melhus, inpatients=1)


class Hospital(threading.Thread):
    """Admits patient after patient over one connection, and keeps each until it is acknowledged."""

    def __init__(self, hub, seed):
        super().__init__(daemon=True)
        self.hub = hub
        self.rng = random.Random(seed)
        self.acknowledged = []
        self.ending = threading.Event()

    def run(self):
        with contextlib.ExitStack() as connections:
            self.admit_until_told(connections)

    def admit_until_told(self, connections):
        connection = None
        while not self.ending.is_set():
            patient = messages.Patient(MALVIK, hours_ago(self.rng.randint(2, 200)), rng=self.rng)
            message = adt("A01", patient)
            while True:
                try:
                    connection = connection or connections.enter_context(doors.Mllp(self.hub.address("mllp"), timeout=5))
                    if connection.send(message).code == "AA":
                        break
                except (OSError, ValueError, KeyError):
                    connections.close()
                    connection = None
                time.sleep(0.02)
            self.acknowledged.append(patient)


class KillDuringIngest:
    """kill -9 at random moments; needs self.first_hub()."""
    ROUNDS = 5
    HOSPITALS = 4

    def test_nothing_acknowledged_is_lost_and_views_equal_a_rebuild(self):
        rng = random.Random(20260116)
        hub = self.first_hub()
        before = hub.census(kommuner=[MALVIK])[MALVIK]["inpatients"]
        hospitals = [Hospital(hub, seed) for seed in range(self.HOSPITALS)]
        for hospital in hospitals:
            hospital.start()
        for _ in range(self.ROUNDS):
            time.sleep(rng.uniform(0.2, 1.2))
            hub.kill()
            hub.start()
        time.sleep(0.5)
        for hospital in hospitals:
            hospital.ending.set()
        for hospital in hospitals:
            hospital.join(30)
            self.assertFalse(hospital.is_alive(), "an admission was never acknowledged")
        patients = [patient for hospital in hospitals for patient in hospital.acknowledged]
        self.assertGreater(len(patients), self.ROUNDS * self.HOSPITALS, "hardly anything came through between the kills")

        wait_for("all are counted", lambda: hub.census(kommuner=[MALVIK])[MALVIK]["inpatients"] >= before + len(patients))
        self.assertEqual(hub.census(kommuner=[MALVIK])[MALVIK]["inpatients"], before + len(patients))
        visits = {stay["visitKey"] for stay in hub.stays(kommune=MALVIK, hospital=HOSPITAL)}
        self.assertEqual([patient.visit for patient in patients if patient.visit not in visits], [])
        hub.verify_rebuild()
