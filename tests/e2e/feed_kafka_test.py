"""The feed on a real broker: the same, a cursor of one hub at another, and the topics as docs/asyncapi.yaml has them."""
import json
import unittest

import doors
import messages
from asyncapi import AsyncApi
from feed import Feed, FeedOnEitherLog, kind
from hub import HOSPITAL, wait_for
from messages import MELHUS, adt, hours_ago, plo
from on_kafka import OnKafka, setUpModule  # setUpModule: for unittest, which looks for it here.


class FeedOnKafka(FeedOnEitherLog, OnKafka):
    def test_a_cursor_is_good_at_every_hub_of_the_log(self):
        one, two = (self.hub(name, self.settings()) for name in ("one", "two"))
        with Feed(one, kommuner=MELHUS, **{"from": "END"}) as feed:
            feed.next()
            patients = self.admit(two, *[MELHUS] * 6)
            had = [feed.fact()["data"]["visitKey"] for _ in range(3)]
        one.kill()
        with Feed(two, feed.last_id, kommuner=MELHUS) as feed:
            had += [event["data"]["visitKey"] for event in feed.facts(3)]
            self.assertCountEqual(had, [patient.visit for patient in patients])
            more = self.admit(two, MELHUS)
            self.assertEqual(feed.fact()["data"]["visitKey"], more[0].visit)


class Topics(OnKafka):
    """What kcat sees."""

    def make_traffic(self, hub):
        first, second = messages.Patient(MELHUS), messages.Patient(MELHUS)
        for message in (adt("A01", first), adt("A02", first), adt("A03", first), adt("A13", first), adt("A01", second)):
            self.assertEqual(doors.send_adt(hub, message).code, "AA")
        self.assertNotEqual(doors.send_adt(hub, adt("A01", first, facility="NOWHERE")).code, "AA")  # Parked.
        doors.put_plo(hub, f"{second.visit}.xml", plo("LOG_UTSKRIVNINGSKLAR", second, hours_ago(3)))
        doors.wait_until_taken(hub, f"{second.visit}.xml")
        hub.call("IntakeService/AnswerUkp", messages.answer(second, False))
        hub.call("IntakeService/ReportPlaces", {"idempotencyKey": "places", "unit": "5001-oya", "kind": "PLACE_KIND_KORTTID",
                                                "places": 4, "free": 1, "sharedBy": [MELHUS]})
        hub.call("IntakeService/ReportBeds", {"idempotencyKey": "beds", "hospital": HOSPITAL, "unit": "MED1", "beds": 9})

    def records(self, *topics):
        records = []
        for topic in topics:
            # Not splitlines, which takes more than \n for the end of a line: payloads hold any bytes.
            lines = self.kcat("-C", "-t", topic, "-e", "-o", "beginning", "-J").decode(errors="replace").split("\n")
            records += [json.loads(line) for line in lines if line]
        for record in records:
            names = record["headers"][::2]
            record["headers"] = dict(zip(names, record["headers"][1::2]))
        return records

    def test_records_topics_keys_and_headers_are_as_the_document_says(self):
        api = AsyncApi()
        hub = self.first_hub()
        self.make_traffic(hub)
        wait_for("what is overdue is decided", lambda: self.records("overgang.readmissions.v1"), seconds=60, every=1)
        wait_for("tables are published", lambda: self.records("overgang.status.v1"), seconds=60, every=1)
        records = self.records(*api.channels)
        problems = {problem for record in records
                    for problem in api.problems(record["topic"], record["key"], record["headers"])}
        self.assertEqual(problems, set())
        seen = {kind({"type": record["headers"]["ce_type"]}) for record in records}
        self.assertLessEqual({"PatientAdmitted", "PatientTransferred", "PatientDischarged", "FactCancelled", "UkpDeclared",
                              "KommuneAnswered", "PlacesReported", "BedsReported", "MessageParked", "OriginalReceived",
                              "LogFounded", "DeadlineMissed", "TablesPublished"}, seen)

        cluster = json.loads(self.kcat("-L", "-J"))
        partitions = {topic["topic"]: len(topic["partitions"]) for topic in cluster["topics"]}
        for address, channel in api.channels.items():
            self.assertEqual(partitions[address], channel["bindings"]["kafka"]["partitions"], address)


if __name__ == "__main__":
    unittest.main()
