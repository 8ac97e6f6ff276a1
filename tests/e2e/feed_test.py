"""The feed on the embedded log, and who asks wrongly, reads too slowly, or only waits."""
import contextlib
import copy
import json
import re
import time
import unittest
import uuid

import doors
import messages
from feed import Feed, FeedOnEitherLog, kind
from hub import HOSPITAL, HubTest, wait_for
from issuer import Issuer
from messages import MALVIK, MELHUS, TRONDHEIM, adt, hours_ago, plo

IDLE = 1_000
OF_ONE_PRINCIPAL_MAX = 200
FACTS = 12_000  # Events of more than a kilobyte: far more than the system keeps for a connection.
AT_ONCE = 1_000
DROPPED_WITHIN_SECONDS = 75


class OnEmbedded(FeedOnEitherLog, HubTest):
    def first_hub(self):
        return self.hub()


class BadQuestions(HubTest):
    def refused(self, hub, last_id="", **query):
        with Feed(hub, last_id, **query) as feed:
            self.assertNotEqual(feed.status, 200)
            return feed.status, feed.refusal()

    def test_are_refused_with_the_field_and_the_remedy(self):
        hub, other = self.hub("one"), self.hub("two")
        with Feed(other, **{"from": "END"}) as feed:
            of_another = feed.next().id
        for cursor in ({"from": of_another}, {"last_id": of_another, "from": "END"}):
            status, error = self.refused(hub, **cursor)
            self.assertEqual((status, error["code"]), (400, "failed_precondition"))
            self.assertIn("another incarnation", error["message"])
        for query, word in (({"from": "yesterday"}, "cursor"), ({}, "from"), ({"from": "END", "types": "Nonsense"}, "filter.types[0]"),
                            ({"from": "END", "kommuner": "501"}, "filter.kommuner[0]"), ({"from": "END", "heartbeatSeconds": 999}, "heartbeat")):
            status, error = self.refused(hub, **query)
            self.assertEqual((status, error["code"]), (400, "invalid_argument"), query)
            self.assertIn(word, error["message"])


class Scopes(HubTest):
    def setUp(self):
        super().setUp()
        self.issuer = Issuer(self.folder)
        self.the_hub = self.hub(settings=self.issuer.settings())

    def feed(self, last_id="", claims=None, **query):
        return Feed(self.the_hub, last_id, token=self.issuer.token("somebody", claims), **query)

    def told(self, cursor, claims, **query):
        """What comes from there on, up to a fact that everybody in these tests is told of."""
        with self.feed(cursor, claims, **query) as feed:
            places = {"idempotencyKey": str(uuid.uuid4()), "unit": "5001-oya", "kind": "PLACE_KIND_KORTTID", "places": 4,
                      "sharedBy": [TRONDHEIM, MALVIK, MELHUS]}
            last = self.the_hub.call("IntakeService/ReportPlaces", places)["eventId"]
            events = []
            while not events or events[-1]["id"] != last:
                events.append(feed.fact())
            # Tables may be published meanwhile; they are the same for everybody.
            return [(kind(event), event["data"].get("patientRef")) for event in events
                    if kind(event) not in ("PlacesReported", "TablesPublished")]

    def test_a_kommune_is_told_of_its_own_stays_in_full_and_of_no_others(self):
        hub = self.the_hub
        with Feed(hub, **{"from": "END"}) as start:
            cursor = start.next().id
        # Lives in Trondheim, and it is Malvik that is to take the patient: said in PLO, and ADT goes on as before.
        guest, native = messages.Patient(TRONDHEIM), messages.Patient(TRONDHEIM)
        for patient in (guest, native):
            self.assertEqual(doors.send_adt(hub, adt("A01", patient)).code, "AA")
        receiver = copy.copy(guest)
        receiver.kommune = MALVIK
        doors.put_plo(hub, f"{guest.visit}.xml", plo("LOG_UTSKRIVNINGSKLAR", receiver, hours_ago(2)))
        doors.wait_until_taken(hub, f"{guest.visit}.xml")
        wait_for("it is Malvik's", lambda: hub.stays(kommune=MALVIK))
        ref = {patient: stay["patientRef"] for patient, kommune in ((guest, MALVIK), (native, TRONDHEIM))
               for stay in hub.stays(kommune=kommune)}
        with self.feed(cursor, {"kommuner": [MALVIK]}, types="PatientDischarged") as feed:
            feed.next()
            for patient in (native, guest):
                self.assertEqual(doors.send_adt(hub, adt("A03", patient)).code, "AA")
            self.assertEqual(feed.fact()["data"]["patientRef"], ref[guest])
        malvik = self.told(cursor, {"kommuner": [MALVIK]})
        self.assertEqual({patient for _, patient in malvik}, {ref[guest]})
        self.assertLessEqual({"PatientAdmitted", "UkpDeclared", "KommuneNotifiedOfUkp", "PatientDischarged"}, {name for name, _ in malvik})
        # A cursor that another was given, and every filter: nothing of the guest.
        for query in ({}, {"types": "PatientAdmitted,PlacesReported"}, {"hospitals": HOSPITAL, "types": "PatientDischarged,PlacesReported"},
                      {"kommuner": TRONDHEIM}):
            if "hospitals" in query:  # Places are of no hospital: the end is not told.
                with self.feed(cursor, {"kommuner": [TRONDHEIM]}, **query) as feed:
                    self.assertEqual(feed.fact()["data"]["patientRef"], ref[native])
                continue
            told = self.told(cursor, {"kommuner": [TRONDHEIM]}, **query)
            self.assertEqual({patient for _, patient in told}, {ref[native]}, query)
        self.assertEqual(self.told(cursor, {"kommuner": [MELHUS]}), [])
        hospital = self.told(cursor, {"hospitals": [HOSPITAL], "kommuner": [MELHUS]})
        # Levels are told of no patient.
        self.assertEqual({patient for name, patient in hospital if name != "LevelChanged"}, set(ref.values()))

    def test_who_is_not_to_be_told_is_refused_and_it_is_written_down(self):
        for claims, query in (({"aggregate": True}, {}), ({"kommuner": [MALVIK]}, {"kommuner": TRONDHEIM}),
                              ({"hospitals": [HOSPITAL]}, {"hospitals": "974754118"}), ({"kommuner": [MALVIK]}, {"types": "PatientMerged"})):
            with self.feed(claims=claims, **{"from": "BEGINNING"}, **query) as feed:
                self.assertEqual((feed.status, feed.refusal()["code"]), (403, "permission_denied"), claims)
        with self.feed(claims={"kommuner": [MALVIK]}, kommuner=MALVIK, **{"from": "END"}) as feed:
            feed.next()
        lines = [json.loads(line) for file in (self.the_hub.data_dir / "access").glob("*.jsonl") for line in file.read_text().splitlines()]
        entries = [entry for entry in lines if entry["method"] == "FeedService/Subscribe"]
        self.assertEqual([entry["outcome"] for entry in entries], ["PERMISSION_DENIED"] * 4 + ["OK"])
        self.assertEqual((entries[-1]["principal"], entries[-1]["asked"]["kommuner"], entries[-1]["unlisted"]), ("somebody", MALVIK, True))

    def test_a_stream_ends_with_its_token_and_goes_on_with_a_new_one(self):
        token = self.issuer.token("melhus", {"kommuner": [MELHUS]}, exp=int(time.time()) - 25)  # 30 seconds' leeway.
        with Feed(self.the_hub, token=token, heartbeatSeconds=1, **{"from": "END"}) as feed:
            event = feed.next()
            while event.name == "heartbeat":
                cursor, event = event.id, feed.next()
            self.assertEqual((event.name, event.data["error"]["code"]), ("end", "unauthenticated"))
        with self.feed(cursor, {"kommuner": [MELHUS]}) as feed:
            self.assertEqual(doors.send_adt(self.the_hub, adt("A01", messages.Patient(MELHUS))).code, "AA")
            self.assertEqual(kind({"type": feed.fact()["type"]}), "PatientAdmitted")


class Crowd(HubTest):
    visits = 0

    def append(self, hub, count):
        self.visits += count
        facts = [{"eventId": str(uuid.uuid4()), "visitKey": f"V{self.visits - i}", "hospital": HOSPITAL, "ward": "MED1",
                  "stayKommune": TRONDHEIM, "residenceKommune": TRONDHEIM, "occurredAt": "2026-01-05T09:00:00Z",
                  "recordedAt": "2026-01-05T09:00:00Z", "patientAdmitted": {}} for i in range(count)]
        persons = [{"idNumber": messages.national_number(), "facts": 1} for _ in range(count)]
        answer = hub.call("IntakeService/AppendFacts", {"idempotencyKey": str(uuid.uuid4()), "facts": facts, "persons": persons})
        return answer["eventIds"]

    def subscribers(self, hub):
        return int(re.search(r"^overgang_feed_subscribers (\d+)$", hub.get("/metrics")[1], re.MULTILINE)[1])

    def test_one_that_stops_reading_is_dropped_and_goes_on_and_the_others_notice_nothing(self):
        hub = self.hub()
        wanted = {"types": "PatientAdmitted", "from": "END"}
        with Feed(hub, receive_bytes=4096, timeout=5, **wanted) as slow, Feed(hub, **wanted) as quick:
            slow.next()
            ids = []
            for _ in range(FACTS // AT_ONCE):
                ids += self.append(hub, AT_ONCE)
                self.assertCountEqual([event["id"] for event in quick.facts(AT_ONCE)], ids[-AT_ONCE:])
            wait_for("it is dropped", lambda: self.subscribers(hub) == 1, seconds=DROPPED_WITHIN_SECONDS)
            # What the system kept for it, and then the end.
            had = []
            with self.assertRaises((ConnectionError, ValueError)):
                while True:
                    had.append(slow.fact()["id"])
            self.assertLess(len(had), FACTS)
            last = self.append(hub, 1)
            self.assertEqual([quick.fact()["id"]], last)
        with Feed(hub, slow.last_id, types="PatientAdmitted") as again:
            had += [event["id"] for event in again.facts(FACTS + 1 - len(had))]
        self.assertCountEqual(had, ids + last)

    def test_a_thousand_that_wait_for_something_else_cost_little(self):
        issuer = Issuer(self.folder)
        hub = self.hub(settings=issuer.settings())
        tokens = [issuer.token(f"system{i}", {"everything": True}) for i in range(IDLE // OF_ONE_PRINCIPAL_MAX)]
        with contextlib.ExitStack() as idle:
            for i in range(IDLE):
                feed = idle.enter_context(Feed(hub, token=tokens[i % len(tokens)], kommuner=MALVIK, **{"from": "END"}))
                self.assertEqual(feed.next().name, "heartbeat")
            with Feed(hub, token=tokens[0], **{"from": "END"}) as one_more:
                self.assertEqual(one_more.status, 429)
                self.assertIn("end some", one_more.refusal()["message"])
            with Feed(hub, kommuner=TRONDHEIM, types="PatientAdmitted", **{"from": "END"}) as feed:
                feed.next()
                began = time.monotonic()
                ids = self.append(hub, AT_ONCE)
                self.assertCountEqual([event["id"] for event in feed.facts(AT_ONCE)], ids)
                self.assertLess(time.monotonic() - began, 20)
            wait_for("only those are left", lambda: self.subscribers(hub) == IDLE)


if __name__ == "__main__":
    unittest.main()
