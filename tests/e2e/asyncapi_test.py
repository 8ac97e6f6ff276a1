"""docs/asyncapi.yaml says what the hub writes: every type of fact, in its topic, with its key and headers.

Environment: OVERGANG_EVERY_RECORD is the program that prints a record of every type.
"""
import json
import os
import subprocess
import unittest

from asyncapi import DOCUMENT, AsyncApi
from hub import ROOT

EVERY_RECORD = os.environ.get("OVERGANG_EVERY_RECORD", str(ROOT / "build/release/every_record"))


class Document(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.api = AsyncApi()
        lines = subprocess.run([EVERY_RECORD], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
        cls.records = [json.loads(line) for line in lines]

    def test_every_record_is_as_it_says(self):
        self.assertGreater(len(self.records), 40)
        problems = [problem for record in self.records
                    for problem in self.api.problems(record["topic"], record.get("key"), record["headers"])]
        self.assertEqual(problems, [])

    def test_it_says_nothing_that_is_not_written(self):
        written = {}
        for record in self.records:
            written.setdefault(record["topic"], set()).add(record["headers"]["ce_type"])
        self.assertEqual({topic: set(self.api.messages(topic)) for topic in self.api.channels}, written)

    def test_every_reference_leads_somewhere_and_every_message_is_used(self):
        for reference in self.api.references():
            self.assertIsNotNone(self.api.resolve({"$ref": reference}), reference)
        used = {reference.rsplit("/", 1)[1] for reference in self.api.references() if "/messages/" in reference}
        self.assertEqual(used, set(self.api.document["components"]["messages"]))

    def test_it_is_an_asyncapi_3_document(self):
        document = self.api.document
        self.assertEqual(document["asyncapi"], "3.0.0")
        self.assertTrue({"title", "version"} <= set(document["info"]))
        for name, operation in document["operations"].items():
            self.assertEqual(operation["action"], "send", name)
            self.assertIn(self.api.resolve(operation["channel"]), document["channels"].values())
        self.assertEqual(len(document["operations"]), len(document["channels"]))
        for name, message in document["components"]["messages"].items():
            self.assertEqual(message["name"], f"overgang.v1.{name}")
            self.assertTrue(message["summary"].strip(), name)
            self.assertEqual(message["payload"]["$ref"], "#/components/schemas/Envelope")


class Checker(unittest.TestCase):
    """It does find what is wrong."""

    def setUp(self):
        self.api = AsyncApi()
        self.headers = {"ce_specversion": "1.0", "ce_type": "overgang.v1.UkpDeclared", "ce_id": "3f1c1f6e-0000-4000-8000-000000000001",
                        "ce_source": "/plo:59", "ce_time": "2026-03-02T07:00:00Z", "content-type": "application/protobuf"}
        self.key = "ab12-" + "0" * 32

    def problems(self, topic="overgang.pathway.v1", key=None, without="", **changed):
        headers = {**self.headers, **changed}
        headers.pop(without, None)
        return self.api.problems(topic, self.key if key is None else key, headers)

    def test_a_right_record_passes_and_every_mistake_is_named(self):
        self.assertEqual(self.problems(), [])
        for mistake in ({"topic": "overgang.other.v1"}, {"topic": "overgang.capacity.v1"}, {"key": "5001-oya"}, {"key": ""},
                        {"without": "ce_id"}, {"ce_specversion": "0.3"}, {"ce_time": "yesterday"}, {"ce_source": "plo:59"},
                        {"ce_type": "overgang.v1.Nonsense"}, {"surprise": "x"}):
            self.assertEqual(len(self.problems(**mistake)), 1, mistake)

    def test_a_reference_to_nowhere_is_found(self):
        broken = AsyncApi(DOCUMENT.read_text().replace("messages/UkpDeclared", "messages/UkpDeclred"))
        with self.assertRaises(KeyError):
            for reference in broken.references():
                broken.resolve({"$ref": reference})


if __name__ == "__main__":
    unittest.main()
