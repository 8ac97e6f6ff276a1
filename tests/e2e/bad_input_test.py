"""Input that is wrong: refused with the place, kept where it can be, and nobody else is disturbed."""
import pathlib
import socket
import unittest
import uuid

import doors
import messages
from hub import ConnectError, HubTest, wait_for
from messages import MALVIK, adt, answer, hours_ago, plo

HUNDRED_MEGABYTES = 100_000_000
MEMORY_GROWTH_MAX = 150_000_000


class BadInput(HubTest):
    def setUp(self):
        super().setUp()
        self.the_hub = self.hub()

    def parked(self):
        """code -> place of what is parked."""
        return {entry["code"]: entry["place"] for entry in self.the_hub.call("OperationsService/ListParked").get("parked", [])}

    def assert_all_is_well(self):
        self.assertEqual(doors.send_adt(self.the_hub, adt("A01", messages.Patient(MALVIK))).code, "AA")
        self.assertEqual(self.the_hub.readiness()[0], 200)

    def memory(self):
        fields = pathlib.Path(f"/proc/{self.the_hub.process.pid}/statm").read_text().split()
        return int(fields[1]) * 4096

    def test_an_unknown_facility_gets_its_field_and_is_parked(self):
        ack = doors.send_adt(self.the_hub, adt("A01", messages.Patient(), facility="NOWHERE"))
        self.assertEqual(ack.code, "AE")
        self.assertTrue(ack.place.startswith("MSH^1^4"), ack.text)
        wait_for("it is parked", lambda: self.parked().get("unknown_facility") == "MSH-4")
        listed = self.the_hub.cli("parked", "list")
        self.assertIn("MSH-4", listed.stdout)
        self.assert_all_is_well()

    def test_malformed_hl7_is_refused_and_parked_and_the_connection_goes_on(self):
        patient = messages.Patient(MALVIK)
        cases = [b"this is no message", b"MSH|^~\\&|PAS|STO\rEVN|A01", adt("A01", patient).replace("PID|", "PIX|"),
                 adt("A01", patient).replace(patient.number, "12345678901"),
                 adt("A01", patient).replace(messages.hl7_time(patient.admitted), "yesterday")]
        with doors.Mllp(self.the_hub.address("mllp")) as connection:
            for case in cases:
                self.assertIn(connection.send(case).code, ("AE", "AR"), case)
            self.assertEqual(connection.send(adt("A01", patient)).code, "AA")
        wait_for("all are parked", lambda: len(self.the_hub.call("OperationsService/ListParked").get("parked", [])) == len(cases))

    def test_a_frame_that_never_ends_disturbs_nobody(self):
        with doors.Mllp(self.the_hub.address("mllp")) as endless:
            endless.send_bytes(doors.START + b"MSH|^~\\&|PAS|STO|")
            self.assert_all_is_well()
            endless.send_bytes(doors.START + adt("A01", messages.Patient(MALVIK)).encode() + doors.END)
            # The second start begins anew: at most the cut one is answered first.
            codes = [endless.receive().code]
            if codes[-1] != "AA":
                codes.append(endless.receive().code)
            self.assertEqual(codes[-1], "AA")

    def test_a_message_of_100_megabytes_is_refused_in_bounded_memory(self):
        before = self.memory()
        with doors.Mllp(self.the_hub.address("mllp")) as connection:
            try:
                connection.send_bytes(doors.START + adt("A01", messages.Patient()).encode())
                for _ in range(100):
                    connection.send_bytes(b"Z" * (HUNDRED_MEGABYTES // 100))
                connection.send_bytes(doors.END)
                self.assertNotEqual(connection.receive().code, "AA")
            except OSError:
                pass  # Hanging up on such a sender is fine.
        self.assertLess(self.memory() - before, MEMORY_GROWTH_MAX)
        wait_for("what came of it is kept", self.parked)
        self.assert_all_is_well()

    def test_a_request_of_100_megabytes_is_refused_over_http(self):
        for path, kind in (("/overgang.v1.IntakeService/AnswerUkp", "application/json"), ("/plo", "application/xml")):
            try:
                status, _ = self.the_hub.post(path, b" " * HUNDRED_MEGABYTES, kind)
                self.assertEqual(status, 413)
            except (OSError, socket.timeout):
                pass  # Closed before all was sent.
        self.assert_all_is_well()

    def test_malformed_plo_is_parked_and_one_without_a_uuid_gets_a_negative_apprec(self):
        patient = messages.Patient(MALVIK)
        good = plo("LOG_UTSKRIVNINGSKLAR", patient, hours_ago(1))
        entity = good.replace("<MsgHead", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n<MsgHead', 1)
        for name, content in (("cut.xml", good[:len(good) // 2]), ("entity.xml", entity), ("text.xml", "not XML")):
            doors.put_plo(self.the_hub, name, content)
            doors.wait_until_taken(self.the_hub, name)
        wait_for("three are parked", lambda: len(self.the_hub.call("OperationsService/ListParked").get("parked", [])) == 3)
        self.assertEqual(doors.apprecs(self.the_hub), [])

        doors.put_plo(self.the_hub, "no-uuid.xml", plo("LOG_UTSKRIVNINGSKLAR", patient, hours_ago(1), message_id="17"))
        doors.wait_until_taken(self.the_hub, "no-uuid.xml")
        receipts = wait_for("the AppRec", lambda: doors.apprecs(self.the_hub))
        self.assertIn("E10", receipts[0])
        self.assert_all_is_well()

    def test_wrong_requests_name_the_field_and_the_remedy(self):
        hub = self.the_hub
        wrong = [({"idempotencyKey": str(uuid.uuid4()), "canReceive": True}, "invalid_argument"),
                 (answer(messages.Patient(), True, fromDate="tomorrow"), "invalid_argument"),
                 (answer(messages.Patient(), True, colour="red"), "invalid_argument"),
                 (answer(messages.Patient(), True), "not_found")]
        for request, code in wrong:
            with self.assertRaises(ConnectError) as refused:
                hub.call("IntakeService/AnswerUkp", request)
            self.assertEqual(refused.exception.code, code, refused.exception.body)
            self.assertTrue(refused.exception.error["message"])
        status, body = hub.post("/overgang.v1.IntakeService/AnswerUkp", b"{not json", "application/json")
        self.assertEqual((status, "invalid_argument" in body), (400, True), body)
        request = answer(messages.Patient(MALVIK), True)
        self.assertEqual(doors.send_adt(hub, adt("A01", messages.Patient(
            MALVIK, number=request["subject"]["person"]["idNumber"]))).code, "AA")
        wait_for("the stay is known", lambda: hub.stays(kommune=MALVIK))
        hub.call("IntakeService/AnswerUkp", request)
        with self.assertRaises(ConnectError) as refused:
            hub.call("IntakeService/AnswerUkp", {**request, "canReceive": False})
        self.assertEqual(refused.exception.code, "already_exists")


if __name__ == "__main__":
    unittest.main()
