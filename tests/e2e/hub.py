"""A hub as a user would run it, and a broker: started on free ports, watched, killed, always cleaned up.

Environment: OVERGANG_BIN is the program (default build/release/overgang).
"""
import ctypes
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = os.environ.get("OVERGANG_BIN", str(ROOT / "build/release/overgang"))
BROKER_SCRIPT = str(ROOT / "deploy/broker/broker.sh")
HOSPITAL = "974749025"
READY_SECONDS_MAX = 60
STOP_SECONDS_MAX = 30
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def die_with_parent():
    """In the child: whatever happens to the test, nothing it started is left behind."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def wait_for(what, condition, seconds=20, every=0.05):
    """The condition's first true value; fails with `what` and the last false one."""
    give_up = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > give_up:
            raise AssertionError(f"not within {seconds} s: {what} (last seen: {value!r})")
        time.sleep(every)


class ConnectError(Exception):
    """What the hub answered instead: HTTP status and Connect's error JSON."""

    def __init__(self, status, body):
        super().__init__(f"HTTP {status}: {body}")
        self.status = status
        self.body = body
        try:
            self.error = json.loads(body)
        except ValueError:
            self.error = {}
        self.code = self.error.get("code", "")


class Hub:
    """One `overgang serve`. Start, stop and kill it as often as you like; the data folder stays."""

    def __init__(self, data_dir, settings=(), restore_signals=True, environment=()):
        self.restore_signals = restore_signals
        self.environment = {**os.environ, **dict(environment)}
        self.data_dir = pathlib.Path(data_dir)
        self.inbox = self.data_dir / "plo" / "inbox"
        self.outbox = self.data_dir / "plo" / "outbox"
        self.settings = {"data_dir": self.data_dir, "mllp.port": 0, "http.port": 0, "grpc.port": 0,
                         "plo.inbox": self.inbox, "plo.outbox": self.outbox}
        self.settings.update(dict(settings))
        self.process = None
        self.log_file = self.data_dir.parent / f"{self.data_dir.name}.log"

    def arguments(self):
        words = [PROGRAM, "serve"]
        for name, value in self.settings.items():
            words += ["--set", f"{name}={value}"]
        return words

    def start(self, ready=True):
        self.data_dir.mkdir(parents=True, exist_ok=True)
        (self.data_dir / "addresses.json").unlink(missing_ok=True)
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(self.arguments(), stdout=log, stderr=subprocess.STDOUT,
                                            stdin=subprocess.DEVNULL, preexec_fn=die_with_parent,
                                            restore_signals=self.restore_signals, env=self.environment)
        if ready:
            self.wait_until_ready()
        return self

    def wait_until_ready(self, seconds=READY_SECONDS_MAX):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"the hub ended with {self.process.returncode}:\n{self.log()[-3000:]}")
            return (self.data_dir / "addresses.json").exists() and self.readiness()[0] == 200
        wait_for("the hub is ready", ready, seconds)

    def address(self, door):
        return json.loads((self.data_dir / "addresses.json").read_text())[door]

    def token(self):
        file = self.data_dir / "dev.token"
        return file.read_text().strip() if file.exists() else ""

    def readiness(self):
        """Status and text of /readyz; status 0 where nobody answers."""
        try:
            return self.get("/readyz")
        except (OSError, KeyError, ValueError):
            return 0, ""

    def get(self, path):
        request = urllib.request.Request(f"http://{self.address('http')}{path}", headers=self.headers())
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def headers(self):
        return {"Authorization": f"Bearer {self.token()}"} if self.token() else {}

    def post(self, path, body, content_type, timeout=60):
        """Status and body of a plain HTTP POST."""
        request = urllib.request.Request(f"http://{self.address('http')}{path}", data=body, method="POST",
                                         headers={"Content-Type": content_type, **self.headers()})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def call(self, method, request=None, timeout=60):
        """`method` is "CensusService/GetCensus"; answers and requests are dicts of Connect's JSON."""
        status, body = self.post(f"/overgang.v1.{method}", json.dumps(request or {}).encode(), "application/json", timeout)
        if status != 200:
            raise ConnectError(status, body)
        return json.loads(body)

    def census(self, **request):
        """Kommune number -> its census."""
        return {kommune["kommune"]: kommune for kommune in self.call("CensusService/GetCensus", request)["kommuner"]}

    def stays(self, **request):
        stays, token = [], ""
        while True:
            answer = self.call("PathwayService/ListStays", {"pageSize": 1000, "pageToken": token, **request})
            stays += answer.get("stays", [])
            token = answer.get("nextPageToken", "")
            if not token:
                return stays

    def cli(self, *words, timeout=120):
        """Runs `overgang WORDS` against this hub."""
        environment = {**os.environ, "OVERGANG_TOKEN": self.token()}
        return subprocess.run([PROGRAM, *words, "--server", self.address("grpc")], env=environment, timeout=timeout,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)

    def verify_rebuild(self):
        """The answer of `overgang rebuild --verify`; fails where the views differ from the log."""
        done = self.cli("rebuild", "--verify", "--json")
        assert done.returncode == 0, f"rebuild --verify: {done.returncode} {done.stdout} {done.stderr}"
        answer = json.loads(done.stdout.splitlines()[-1])
        assert answer.get("equal") is True, answer
        return answer

    def stop(self):
        """As an operator would; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS_MAX)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""


class Broker:
    """One Kafka broker with its data in a folder."""

    def __init__(self, folder):
        self.folder = str(folder)
        self.process = None
        self.address = ""

    def start(self):
        self.process = subprocess.Popen([BROKER_SCRIPT, "run", self.folder], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
        waited = subprocess.run([BROKER_SCRIPT, "wait", self.folder], stdout=subprocess.PIPE, text=True, timeout=120, check=True)
        self.address = waited.stdout.strip()
        return self

    def stop(self):
        subprocess.run([BROKER_SCRIPT, "stop", self.folder], timeout=60, check=True)
        self.process.wait(10)

    def close(self):
        if self.process is not None:
            subprocess.run([BROKER_SCRIPT, "kill", self.folder], timeout=60, check=False)
            self.process.wait(10)

    def settings(self):
        return {"log.kind": "kafka", "log.kafka.bootstrap_servers": self.address}


class HubTest(unittest.TestCase):
    """A test with a folder of its own; every hub and broker that it starts ends with it."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="overgang-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.hubs = []
        self.addCleanup(self.show_logs)

    def hub(self, name="hub", settings=(), start=True, **options):
        hub = Hub(self.folder / name, settings, **options)
        self.hubs.append(hub)
        self.addCleanup(hub.close)
        return hub.start() if start else hub

    def keys(self, folder=None):
        """Settings with which several hubs share their secrets."""
        settings = {}
        for name in ("pseudonym", "originals"):
            file = (folder or self.folder) / f"{name}.key"
            if not file.exists():
                file.write_text(os.urandom(32).hex() + "\n")
                file.chmod(0o600)
            settings[f"privacy.{name}_key_file"] = file
        return settings

    def show_logs(self):
        """After a failure: the last that each hub said."""
        outcome = getattr(self, "_outcome", None)
        problems = getattr(outcome, "errors", None) or getattr(getattr(outcome, "result", None), "failures", [])
        if not any(problem for problem in problems if problem[1]):
            return
        for hub in self.hubs:
            print(f"--- {hub.log_file.name}\n{hub.log()[-4000:]}")
