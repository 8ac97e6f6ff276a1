"""What is wrong with a configuration, a port, a folder or a disk is said at once, with the place and the remedy."""
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import unittest

import doors
import hub as hubs
import messages
from hub import HubTest, wait_for
from messages import MALVIK, adt

MEBIBYTE = 1 << 20
CARDS = pathlib.Path(__file__).resolve().parents[2] / "consumers" / "tiltakskort" / "cards"


class Configuration(HubTest):
    def serve(self, *words):
        return subprocess.run([hubs.PROGRAM, "serve", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=30, check=False)

    def test_an_unknown_key_is_wrong_use_with_its_line_and_the_remedy(self):
        file = self.folder / "overgang.toml"
        file.write_text('data_dir = "data"\n\n[mllp]\nprot = 2575\n')
        done = self.serve("--config", str(file))
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertIn("overgang.toml:4", done.stdout)
        self.assertIn("mllp.prot", done.stdout)
        self.assertIn("mllp.port", done.stdout)

    def test_a_busy_port_names_the_setting_and_the_remedy(self):
        first = self.hub("first")
        for door in ("mllp", "http", "grpc"):
            port = first.address(door).rsplit(":", 1)[1]
            second = self.hub(f"second-{door}", {f"{door}.port": port}, start=False)
            second.start(ready=False)
            self.assertEqual(second.process.wait(30), 1, second.log())
            self.assertIn(port, second.log())
            self.assertRegex(second.log(), rf"\[?{door}\]?[ .]port")
            self.assertFalse((second.data_dir / "addresses.json").exists())

    def test_a_data_folder_that_is_in_use_is_refused(self):
        first = self.hub("one")
        second = self.hub("one", start=False)
        second.log_file = self.folder / "second.log"
        addresses = (first.data_dir / "addresses.json").read_text()
        second.start(ready=False)
        self.assertEqual(second.process.wait(30), 1, second.log())
        self.assertIn("data_dir", second.log())
        (first.data_dir / "addresses.json").write_text(addresses)
        self.assertEqual(first.readiness()[0], 200)

    def test_a_sighup_that_comes_before_the_hub_is_ready_is_not_lost(self):
        previous = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})  # Inherited: until the hub can take it.
        self.addCleanup(signal.pthread_sigmask, signal.SIG_SETMASK, previous)
        hub = self.hub(start=False)
        hub.start(ready=False)
        hub.process.send_signal(signal.SIGHUP)
        hub.wait_until_ready()
        wait_for("the directory is read anew", lambda: "read anew" in hub.log())

    def test_a_card_for_a_hospital_that_is_none_is_told_before_at_start_and_at_sighup(self):
        cards = self.folder / "cards"
        shutil.copytree(CARDS, cards)
        file = self.folder / "overgang.toml"
        file.write_text(f'data_dir = "{self.folder}/data"\n\n[escalation]\ncards = "{cards}"\n')
        check = [hubs.PROGRAM, "check-config", str(file)]
        self.assertEqual(subprocess.run(check, capture_output=True, check=False).returncode, 0)
        hub = self.hub(settings={"escalation.cards": cards})
        card = cards / "ekstra-plasser.toml"
        text = card.read_text()
        before = text[:text.index("\n[[action]]")]
        card.write_text(text.replace(before, f'{before}\nhospitals = ["999999999"]\n', 1))
        told = (f"{card}:{before.count(chr(10)) + 2}: card hospitals: 999999999 is no hospital of the directory; correct the organisation "
                "number or add the hospital to directory.toml")
        done = subprocess.run(check, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(told, done.stderr)
        hub.process.send_signal(signal.SIGHUP)
        wait_for("the mistake is told", lambda: told in hub.log())
        self.assertEqual(hub.stop(), 0)
        hub.start(ready=False)
        self.assertNotEqual(hub.process.wait(30), 0)
        self.assertEqual(hub.log().count(told), 2)

    def test_the_pseudonym_key_can_be_changed_while_the_old_one_stays(self):
        hub = self.hub(settings=self.keys())
        self.assertEqual(doors.send_adt(hub, adt("A01", messages.Patient(MALVIK))).code, "AA")
        self.assertEqual(hub.stop(), 0)
        file = self.folder / "pseudonym.key"
        file.write_text(os.urandom(32).hex() + "\n" + file.read_text())
        hub.start()
        self.assertEqual(doors.send_adt(hub, adt("A01", messages.Patient(MALVIK))).code, "AA")
        wait_for("both are counted", lambda: hub.census(kommuner=[MALVIK])[MALVIK]["inpatients"] == 2)

    def test_another_pseudonym_key_than_the_logs_is_refused(self):
        hub = self.hub(settings=self.keys())
        self.assertEqual(hub.stop(), 0)
        (self.folder / "pseudonym.key").write_text(os.urandom(32).hex() + "\n")
        hub.start(ready=False)
        self.assertEqual(hub.process.wait(30), 1, hub.log())
        self.assertIn("pseudonym_key_file", hub.log())


class FullDisk(HubTest):
    """A limit on the size of files stands for a full disk: writing fails, and later works again."""

    def admit(self, hub):
        patient = messages.Patient(MALVIK)
        try:
            return doors.send_adt(hub, adt("A01", patient)).code == "AA"
        except OSError:
            return False

    def limit(self, hub, size):
        resource.prlimit(hub.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def test_nothing_is_acknowledged_that_is_not_stored_and_nothing_acknowledged_is_lost(self):
        previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # Inherited: the write fails instead of the program.
        self.addCleanup(signal.signal, signal.SIGXFSZ, previous)
        hub = self.hub(restore_signals=False)
        acknowledged = sum(self.admit(hub) for _ in range(20))
        self.assertEqual(acknowledged, 20)
        self.limit(hub, 4096)
        refused = 0
        for _ in range(10):
            if self.admit(hub):
                acknowledged += 1
            else:
                refused += 1
        self.assertGreater(refused, 0, "a full disk was not noticed")
        status, why = hub.readiness()
        self.assertEqual(status, 503, why)
        self.limit(hub, resource.RLIM_INFINITY)
        hub.close()
        hub.start()
        self.assertTrue(self.admit(hub))
        wait_for("all acknowledged are counted",
                 lambda: hub.census(kommuner=[MALVIK])[MALVIK]["inpatients"] >= acknowledged + 1)
        hub.verify_rebuild()


if __name__ == "__main__":
    unittest.main()
