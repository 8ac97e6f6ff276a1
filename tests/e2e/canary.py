"""One national identity number is sent through every door, well and badly formed, and then searched for everywhere.

Mixed into a test for the embedded log and one for Kafka."""
import json
import re
import uuid

import doors
import messages
from hub import HOSPITAL, ConnectError, wait_for
from messages import MALVIK, adt, answer, hours_ago, plo


class Canary:
    """Needs self.first_hub()."""

    def setUp(self):
        super().setUp()
        self.the_hub = self.first_hub()
        self.patient = messages.Patient(MALVIK)
        self.number = self.patient.number
        self.answers = []  # Everything that the hub has said.

    def try_call(self, method, request):
        try:
            self.answers.append(json.dumps(self.the_hub.call(method, request)))
        except ConnectError as error:
            self.answers.append(error.body)

    def through_mllp(self):
        number, patient = self.number, self.patient
        good = adt("A01", patient)
        spoilt = [good.replace(f"|{patient.visit}|", f"|{number}|"), good.replace("MED1^", f"{number}^"),
                  good.replace("Fjær^Kåre", f"{number}^{number}"), adt("A01", patient, facility=number),
                  good.replace("|ADT^A01|", f"|ADT^{number}|"), good.replace("MSH|^~\\&|PAS|", f"MSH|^~\\&|{number}|"),
                  good.replace(messages.hl7_time(patient.admitted), number), good.replace("^^^5001", f"^^^{number}"),
                  f"{number}", good[:good.index("PV1")] + f"Z{number}", good + f"ZXX|{number}\r",
                  good.replace("|2.5|", f"|{number}|")]
        with doors.Mllp(self.the_hub.address("mllp")) as connection:
            self.assertEqual(connection.send(good).code, "AA")
            for message in spoilt:
                # MSA-2 must repeat MSH-10 to the letter, and MSH-5/-6 the sender: those alone are the sender's own words.
                acknowledgement = connection.send(message).text.split("\r")
                self.answers += [segment for segment in acknowledgement if not segment.startswith(("MSH", "MSA"))]
            connection.send(adt("A08", patient, control_id=number))
            connection.send_bytes(doors.START + number.encode())  # Cut.

    def through_plo(self):
        good = plo("LOG_UTSKRIVNINGSKLAR", self.patient, hours_ago(1))
        spoilt = [good[:good.index("</Patient>")], plo("LOG_INNLAGT", self.patient, message_id=self.number),
                  good.replace("<Id>59</Id>", f"<Id>{self.number}</Id>"), good.replace("Medisin", self.number),
                  good.replace('V="LOG_UTSKRIVNINGSKLAR"', f'V="{self.number}"'), f"<{self.number}>"]
        for content in [good, *spoilt]:
            name = f"{uuid.uuid4()}.xml"
            doors.put_plo(self.the_hub, name, content)
            doors.wait_until_taken(self.the_hub, name)
            self.answers.append(self.the_hub.post("/plo", content.encode(), "application/xml")[1])

    def through_intake(self):
        number = self.number
        self.try_call("IntakeService/AnswerUkp", answer(self.patient, True))
        self.try_call("IntakeService/AnswerUkp", answer(messages.Patient(), True, key=number))
        self.try_call("IntakeService/AnswerUkp", answer(self.patient, False, commentCode=number))
        self.try_call("IntakeService/AnswerUkp", answer(self.patient, True, fromDate=number))
        self.try_call("IntakeService/AnswerUkp", answer(self.patient, True, **{number: 1}))
        self.try_call("IntakeService/DeclareUkp", {**answer(self.patient, True), "decidedBy": number})
        self.try_call("IntakeService/WithdrawUkp", {"idempotencyKey": "w", "subject": {"stayId": number}, "reason": number})
        self.try_call("IntakeService/ReportPlaces", {"idempotencyKey": "p", "unit": number, "places": 3, "sharedBy": [MALVIK]})
        self.try_call("IntakeService/ReportBeds", {"idempotencyKey": "b", "hospital": HOSPITAL, "unit": number, "beds": 3})
        fact = {"eventId": str(uuid.uuid4()), "patientRef": number, "hospital": HOSPITAL, "patientAdmitted": {}}
        reference = "0000-" + "0" * 32
        for facts in ([fact], [{**fact, "patientRef": reference, "visitKey": number}],
                      [{**fact, "patientRef": reference, "patientAdmitted": {"bed": number}}],
                      [{**fact, "patientRef": reference, "aliasRefs": [number]}],
                      [{**fact, "patientRef": reference, "source": {"sender": f"{number[:6]} {number[6:]}"}}]):
            self.try_call("IntakeService/AppendFacts", {"idempotencyKey": str(uuid.uuid4()), "facts": facts})

    def through_questions(self):
        number = self.number
        for request in ({"patientRef": number}, {"stayId": number}):
            self.try_call("PathwayService/GetPathway", request)
        self.try_call("CensusService/GetCensus", {"kommuner": [number], "waitFor": number})
        self.try_call("OperationsService/ListParked", {"parkedId": number})
        for path in (f"/live/census?kommune={number}", f"/{number}", f"/overgang.v1.{number}/X"):
            self.the_hub.get(path)  # Its answer may repeat the caller's own path; nothing that is kept may.
        for words in (("pathway", number), ("parked", "show", number)):
            done = self.the_hub.cli(*words)
            self.answers.append(done.stdout + done.stderr)

    def all_that_is_asked(self):
        """What somebody who may see everything can see."""
        for words in (("log", "dump", "--json"), ("parked", "list", "--json"), ("census", "--json")):
            done = self.the_hub.cli(*words)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.answers.append(done.stdout)
        for state in ("STAY_STATE_ANY", "STAY_STATE_UKP"):
            self.answers.append(json.dumps(self.the_hub.stays(state=state)))
        for stay in self.the_hub.stays(state="STAY_STATE_ANY"):
            self.answers.append(json.dumps(self.the_hub.call("PathwayService/GetPathway", {"stayId": stay["stayId"]})))
        self.answers.append(self.the_hub.get("/metrics")[1])
        self.answers += doors.apprecs(self.the_hub)

    def test_a_national_identity_number_is_found_nowhere(self):
        self.through_mllp()
        self.through_plo()
        self.through_intake()
        self.through_questions()
        wait_for("the stay is known", lambda: self.the_hub.stays(kommune=MALVIK))
        self.all_that_is_asked()
        self.assertEqual(self.the_hub.stop(), 0)
        self.the_hub.start()  # The log's newest records move into their tables.
        self.assertEqual(self.the_hub.stop(), 0)

        number = self.number.encode()
        # An AppRec must repeat the MsgId of what it answers, as MSA-2 does: that alone is the sender's own words.
        said = [re.sub("<OriginalMsgId>.*?</OriginalMsgId>", "", text, flags=re.DOTALL) for text in self.answers]
        places = [f"answer: {text[:300]}" for text in said if self.number in text]
        for file in sorted(self.folder.rglob("*")):
            if file.is_file() and file.parent != self.the_hub.outbox and number in file.read_bytes():
                places.append(str(file.relative_to(self.folder)))
        places += [f"file name {file}" for file in self.folder.rglob(f"*{self.number}*")]
        self.assertEqual(places + self.elsewhere(number), [])

    def elsewhere(self, number):
        """Places outside the test's folder that hold the number."""
        return []
