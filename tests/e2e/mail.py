"""The daily status by mail, between a real hub and a real SMTP server: what tests of it share."""
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "smtp"))
import smtp_server  # noqa: E402: it stands in a folder of its own.

from hub import wait_for  # noqa: E402

HEADER = "scope;id;name;email;language;what"
KOMMUNER = ["5001", "5007", "5014", "5020", "5021", "5022", "5025", "5026", "5027", "5028", "5029", "5031", "5032", "5033"]
UNCERTAIN_SECONDS = 10  # In place of five minutes.
SECONDS_MAX = 60


def addresses(count):
    """Address -> kommune."""
    return {f"reader{i}@{KOMMUNER[i % len(KOMMUNER)]}.example": KOMMUNER[i % len(KOMMUNER)] for i in range(count)}


class Mailing:
    """Mixed into a HubTest."""

    def post(self, **options):
        server = smtp_server.Server(**options)
        self.addCleanup(server.close)
        return server

    def recipients(self, readers, name="recipients.csv"):
        file = self.folder / name
        file.write_text("\n".join([HEADER, *(f"kommune;{kommune};Leser;{address};nb;both" for address, kommune in readers.items())]) + "\n")
        return file

    def mail_settings(self, server, recipients, **more):
        return {"mail.smtp_url": server.url, "mail.tls": "none", "mail.from": "Overgang <overgang@example.no>",
                "mail.recipients": recipients, "mail.uncertain_after_s": UNCERTAIN_SECONDS,
                **{f"mail.{name}": value for name, value in more.items()}}

    def deliveries(self, hub):
        return hub.call("DailyStatusService/ListDeliveries", {}).get("deliveries", [])

    def states(self, hub):
        states = {}
        for delivery in self.deliveries(hub):
            states[delivery["state"]] = states.get(delivery["state"], 0) + 1
        return states

    def send(self, hub):
        return hub.call("DailyStatusService/SendDailyStatus", {})

    def wait_for_states(self, hub, seconds=SECONDS_MAX, **states):
        wait_for(f"{hub.data_dir.name}: {states}", lambda: self.states(hub) == states or None, seconds)

    def settle(self, hub, seconds=2):
        """Nothing more is sent."""
        before = self.states(hub)
        time.sleep(seconds)
        self.assertEqual(self.states(hub), before)

    def assert_each_got_one(self, server, readers, repeats=0):
        """Nobody is missing; at most `repeats` mails came once more, and only the same mail, within the window."""
        came = {}
        for mail in server.mails():
            came.setdefault(mail.address, []).append(mail)
        self.assertEqual(sorted(came), sorted(readers))
        more = {address: mails for address, mails in came.items() if len(mails) > 1}
        self.assertLessEqual(len(more), repeats)
        for mails in more.values():
            self.assertEqual(len(mails), 2)
            self.assertEqual(mails[0].message_id, mails[1].message_id)
            self.assertLess(mails[1].at - mails[0].at, 3 * UNCERTAIN_SECONDS)
        return more

    def assert_no_address(self, hub, readers):
        """Neither the log nor what the hub says of itself tells who gets mails."""
        done = hub.cli("log", "dump", "--topic", "status", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        told = done.stdout + hub.log() + hub.get("/metrics")[1] + str(self.deliveries(hub))
        for address in readers:
            self.assertNotIn(address, told)

    def metric(self, hub, name):
        found = re.search(rf"^{re.escape(name)} ([0-9.e+]+)$", hub.get("/metrics")[1], re.MULTILINE)
        return float(found.group(1)) if found else None
