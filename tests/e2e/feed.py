"""The feed as another system reads it, on either log: a client, and what is mixed into a test for each."""
import json
import socket
import threading
import time
import urllib.parse
import uuid

import doors
import messages
from hub import HOSPITAL, wait_for
from messages import MALVIK, MELHUS, TRONDHEIM, adt, answer, hours_ago, plo
from scenarios import Hospital

NOT_FED = {"overgang.originals.v1", "overgang.leader"}


class Event:
    """A server-sent event."""

    def __init__(self, lines):
        fields = dict(line.split(": ", 1) for line in lines if not line.startswith(":"))
        self.id = fields.get("id", "")
        self.name = fields.get("event", "message")
        self.data = json.loads(fields["data"]) if "data" in fields else None


class Feed:
    """GET /live/feed, as a client that remembers the id of the last event."""

    def __init__(self, hub, last_id="", timeout=20, receive_bytes=0, token="", **query):
        self.last_id, self.token = last_id, token
        self.socket = socket.socket()
        self.stream = self.socket.makefile("rb")
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(timeout)
        try:
            self.ask(hub, last_id, query)
        except BaseException:
            self.close()
            raise

    def ask(self, hub, last_id, query):
        self.socket.connect(doors.host_and_port(hub.address("http")))
        shown = {"Authorization": f"Bearer {self.token}"} if self.token else hub.headers()
        headers = {**shown, **({"Last-Event-ID": last_id} if last_id else {})}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.socket.sendall(f"GET /live/feed?{urllib.parse.urlencode(query)} HTTP/1.1\r\nHost: hub\r\n{lines}\r\n".encode())
        self.status = int(self.stream.readline().split()[1])
        self.headers = {}
        while line := self.stream.readline().decode().strip():
            name, value = line.split(": ", 1)
            self.headers[name.lower()] = value

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def close(self):
        self.stream.close()
        self.socket.close()

    def refusal(self):
        return json.loads(self.stream.read(int(self.headers["content-length"])))

    def next(self):
        """The next event, heartbeats and the end included; ConnectionError where the connection ends."""
        while True:
            lines = []
            while line := self.stream.readline().decode():
                if line == "\n":
                    break
                lines.append(line.rstrip("\n"))
            else:
                raise ConnectionError("the stream ended")
            event = Event(lines)
            if event.data is not None:
                self.last_id = event.id or self.last_id
                return event

    def fact(self):
        """The next CloudEvent."""
        while (event := self.next()).name != "message":
            if event.name == "end":
                raise ConnectionError(f"the stream ended: {event.data}")
        return event.data

    def facts(self, count):
        return [self.fact() for _ in range(count)]


def log_ids(hub):
    """Event ids of what the feed has to have, as the log has them."""
    dump = hub.cli("log", "dump", "--json")
    assert dump.returncode == 0, dump.stderr
    records = [json.loads(line) for line in dump.stdout.splitlines()]
    return [record["fact"]["eventId"] for record in records if record["topic"] not in NOT_FED and "fact" in record]


def kind(event):
    return event["type"].removeprefix("overgang.v1.")


class Reader(threading.Thread):
    """A subscriber that is killed after every few facts, or with its hub, and goes on where it was."""

    def __init__(self, hub, pieces):
        super().__init__(daemon=True)
        self.hub, self.pieces = hub, pieces
        self.last_id, self.ids, self.resumed, self.problem = "", [], 0, None
        self.ending = threading.Event()

    def run(self):
        while not self.ending.is_set():
            try:
                self.read_a_piece()
            except (OSError, ValueError, KeyError, IndexError):
                time.sleep(0.05)  # The hub is away.
            except AssertionError as problem:
                self.problem = problem
                return

    def read_a_piece(self):
        with Feed(self.hub, self.last_id, timeout=2, **({} if self.last_id else {"from": "BEGINNING"})) as feed:
            assert feed.status == 200, feed.refusal()
            self.resumed += 1
            for _ in range(self.pieces):
                self.ids.append(feed.fact()["id"])
                self.last_id = feed.last_id


class FeedOnEitherLog:
    """Needs self.first_hub()."""

    def admit(self, hub, *kommuner):
        patients = [messages.Patient(kommune) for kommune in kommuner]
        with doors.Mllp(hub.address("mllp")) as connection:
            for patient in patients:
                self.assertEqual(connection.send(adt("A01", patient)).code, "AA")
        return patients

    def test_a_subscriber_that_is_killed_and_a_hub_that_is_killed_lose_nothing(self):
        hub = self.first_hub()
        hospitals = [Hospital(hub, seed) for seed in range(2)]
        reader = Reader(hub, pieces=17)
        for thread in (*hospitals, reader):
            thread.start()
        for _ in range(3):
            time.sleep(0.8)
            hub.kill()
            hub.start()
        time.sleep(0.5)
        for hospital in hospitals:
            hospital.ending.set()
            hospital.join(30)
        in_log = log_ids(hub)
        wait_for("everything is read", lambda: reader.problem or set(in_log) <= set(reader.ids), seconds=60)
        reader.ending.set()
        reader.join(30)
        self.assertIsNone(reader.problem)
        self.assertGreater(reader.resumed, 4)
        self.assertGreater(len(in_log), 30)
        # Each record once, but for what was on its way when it was killed: here the cursor is kept with every fact.
        self.assertEqual(sorted(reader.ids), sorted(log_ids(hub)))

    def test_filters_by_type_kommune_and_hospital(self):
        hub = self.first_hub()
        with Feed(hub, **{"from": "END"}) as start:
            cursor = start.next().id
        trondheim, malvik = self.admit(hub, TRONDHEIM, MALVIK)
        doors.put_plo(hub, f"{trondheim.visit}.xml", plo("LOG_UTSKRIVNINGSKLAR", trondheim, hours_ago(2)))
        doors.wait_until_taken(hub, f"{trondheim.visit}.xml")
        hub.call("IntakeService/AnswerUkp", answer(trondheim, True, placeKind="PLACE_KIND_KORTTID"))
        hub.call("IntakeService/ReportPlaces", {"idempotencyKey": str(uuid.uuid4()), "unit": "5001-oya", "kind": "PLACE_KIND_KORTTID",
                                                "places": 4, "free": 0, "sharedBy": [TRONDHEIM, MALVIK]})
        hub.call("IntakeService/ReportBeds", {"idempotencyKey": str(uuid.uuid4()), "hospital": HOSPITAL, "unit": "MED1", "beds": 9})
        self.admit(hub, MELHUS)

        def told(count, **query):
            with Feed(hub, cursor, **query) as feed:
                return [kind(event) for event in feed.facts(count)]

        self.assertCountEqual(told(3, types="PatientAdmitted"), ["PatientAdmitted"] * 3)
        self.assertCountEqual(told(2, types="UkpDeclared,KommuneAnswered"), ["UkpDeclared", "KommuneAnswered"])
        self.assertCountEqual(told(2, kommuner=MALVIK), ["PatientAdmitted", "PlacesReported"])
        self.assertCountEqual(told(2, kommuner=f"{MALVIK},{MELHUS}", types="PatientAdmitted"), ["PatientAdmitted"] * 2)
        self.assertCountEqual(told(1, hospitals=HOSPITAL, types="BedsReported,PlacesReported"), ["BedsReported"])
        with Feed(hub, cursor, kommuner=MALVIK, types="PatientAdmitted") as feed:
            event = feed.fact()
        self.assertEqual(event["data"]["visitKey"], malvik.visit)
        self.assertEqual(event["subject"], event["data"]["patientRef"])
        self.assertEqual((event["specversion"], event["source"], event["id"]),
                         ("1.0", "/hl7v2:STO", event["data"]["eventId"]))

    def test_heartbeats_carry_the_cursor_though_nothing_is_wanted(self):
        hub = self.first_hub()
        with Feed(hub, types="MeetingHeld", heartbeatSeconds=1, **{"from": "END"}) as feed:
            first = feed.next()
            self.assertEqual(first.name, "heartbeat")
            self.admit(hub, MELHUS)
            beat = feed.next()
            while beat.id == first.id or not beat.data["upToDate"]:
                beat = feed.next()
        # From there the admission is behind.
        with Feed(hub, beat.id, kommuner=MELHUS, heartbeatSeconds=1) as feed:
            self.assertEqual([feed.next().name for _ in range(2)], ["heartbeat"] * 2)
            self.admit(hub, MELHUS)
            self.assertEqual(kind(feed.fact()), "PatientAdmitted")
