"""The feed on a real broker: the same, and a cursor of one hub at another."""
import unittest

from feed import Feed, FeedOnEitherLog
from messages import MELHUS
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


if __name__ == "__main__":
    unittest.main()
