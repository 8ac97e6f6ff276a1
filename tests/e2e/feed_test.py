"""The feed on the embedded log, and who asks wrongly, reads too slowly, or only waits."""
import contextlib
import re
import time
import unittest
import uuid

import messages
from feed import Feed, FeedOnEitherLog
from hub import HOSPITAL, HubTest, wait_for
from messages import MALVIK, TRONDHEIM

IDLE = 1_000
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
        hub = self.hub()
        with contextlib.ExitStack() as idle:
            for _ in range(IDLE):
                feed = idle.enter_context(Feed(hub, kommuner=MALVIK, **{"from": "END"}))
                self.assertEqual(feed.next().name, "heartbeat")
            with Feed(hub, kommuner=TRONDHEIM, types="PatientAdmitted", **{"from": "END"}) as feed:
                feed.next()
                began = time.monotonic()
                ids = self.append(hub, AT_ONCE)
                self.assertCountEqual([event["id"] for event in feed.facts(AT_ONCE)], ids)
                self.assertLess(time.monotonic() - began, 20)
            wait_for("only those are left", lambda: self.subscribers(hub) == IDLE)


if __name__ == "__main__":
    unittest.main()
