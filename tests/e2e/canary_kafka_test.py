"""No national identity number leaves the edge, with Kafka: not in a topic, and not in a file of the broker."""
import unittest

from canary import Canary
from on_kafka import SHARED, OnKafka, setUpModule  # setUpModule: for unittest, which looks for it here.

TOPICS = ["overgang.leader"] + [f"overgang.{name}.v1" for name in (
    "pathway", "readmissions", "capacity", "escalation", "status", "parked", "originals")]


class CanaryOnKafka(Canary, OnKafka):
    def elsewhere(self, number):
        places, records = [], 0
        for topic in TOPICS:
            # Key, headers and value of each record as bytes.
            content = self.kcat("-C", "-t", topic, "-e", "-o", "beginning", "-f", "%k\n%h\n%s\n")
            records += content.count(b"ce_id=")
            if number in content:
                places.append(topic)
        self.assertGreater(records, 10, "the topics were not read")
        places += [str(file) for file in SHARED.rglob("*") if file.is_file() and number in file.read_bytes()]
        return places


if __name__ == "__main__":
    unittest.main()
