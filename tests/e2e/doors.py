"""The hub's doors as their users meet them: MLLP, PLO folders, server-sent events."""
import json
import os
import socket
import urllib.request

from hub import wait_for

START, END = b"\x0b", b"\x1c\x0d"


def host_and_port(address):
    host, port = address.rsplit(":", 1)
    return host, int(port)


class Ack:
    """An acknowledgement: code ("AA"), control id, and where and why not."""

    def __init__(self, text):
        self.text = text
        segments = {line.split("|")[0]: line.split("|") for line in text.split("\r") if line}
        msa, err = segments.get("MSA", []), segments.get("ERR", [])
        self.code = msa[1] if len(msa) > 1 else ""
        self.control_id = msa[2] if len(msa) > 2 else ""
        self.place = err[2] if len(err) > 2 else ""
        self.error = err[3].split("^")[0] if len(err) > 3 else ""


class Mllp:
    """One MLLP connection, kept open."""

    def __init__(self, address, timeout=30):
        self.socket = socket.create_connection(host_and_port(address), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.socket.close()

    def send(self, message):
        self.send_bytes(START + (message if isinstance(message, bytes) else message.encode()) + END)
        return self.receive()

    def send_bytes(self, data):
        self.socket.sendall(data)

    def receive(self):
        """The next acknowledgement; ConnectionError where the hub hangs up first."""
        while END not in self.received:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("the hub closed the connection")
            self.received += data
        frame, self.received = self.received.split(END, 1)
        return Ack(frame.lstrip(START).decode("utf-8", "replace"))


def send_adt(hub, message):
    """On a connection of its own, as the first message of a morning."""
    with Mllp(hub.address("mllp")) as connection:
        return connection.send(message)


def put_plo(hub, name, content):
    """Written whole, then renamed."""
    hub.inbox.mkdir(parents=True, exist_ok=True)
    half = hub.inbox / f".{name}.part"
    half.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.rename(half, hub.inbox / name)


def wait_until_taken(hub, name, seconds=20):
    wait_for(f"{name} is taken from the inbox", lambda: not (hub.inbox / name).exists(), seconds)


def apprecs(hub):
    """What the hub has put into its outbox."""
    return [file.read_text() for file in sorted(hub.outbox.glob("*.xml"))]


class Live:
    """GET /live/NAME: one JSON event after the other."""

    def __init__(self, hub, name, query="", timeout=20):
        address = f"http://{hub.address('http')}/live/{name}{query}"
        self.answer = urllib.request.urlopen(urllib.request.Request(address, headers=hub.headers()), timeout=timeout)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.answer.close()

    def next(self):
        while True:
            line = self.answer.readline().decode()
            if not line:
                raise ConnectionError("the stream ended")
            if line.startswith("data:"):
                return json.loads(line[5:])
