"""The daily status by mail from one hub: who gets what, over which connection, and files with mistakes."""
import email
import email.policy
import json
import signal
import subprocess
import unittest

import mail
import smtp_server
from hub import PROGRAM, ConnectError, HubTest, wait_for
from mail import Mailing, addresses


class Sending(Mailing, HubTest):
    def sending_hub(self, server, readers, **more):
        return self.hub(settings=self.mail_settings(server, self.recipients(readers), **more))

    def test_everybody_gets_the_mail_that_the_hub_shows(self):
        server, readers = self.post(), addresses(20)
        hub = self.sending_hub(server, readers)
        self.assertEqual(self.send(hub)["mails"], 20)
        self.wait_for_states(hub, accepted=20)
        self.assert_each_got_one(server, readers)
        self.send(hub)
        self.settle(hub)
        self.assert_each_got_one(server, readers)
        self.assert_no_address(hub, readers)
        delivery = self.deliveries(hub)[0]
        shown = hub.call("DailyStatusService/GetMail", {"messageId": delivery["messageId"]})
        self.assertTrue(shown["asSent"])
        got, = (came for came in server.mails() if came.message_id == delivery["messageId"])
        message = email.message_from_bytes(got.content, policy=email.policy.default)
        self.assertEqual(message["Subject"], shown["mail"]["subject"])
        self.assertEqual(message["Auto-Submitted"], "auto-generated")
        self.assertEqual(message["To"], got.address)
        text = message.get_body(("plain",)).get_content()
        self.assertEqual(text.splitlines(), shown["mail"]["text"].splitlines())
        hub.verify_rebuild()

    def test_one_mail_a_date_over_restarts_and_by_itself_at_its_time(self):
        server, readers = self.post(), addresses(5)
        hub = self.sending_hub(server, readers, send_at="00:00", late_until="23:59")
        self.wait_for_states(hub, accepted=5)
        for _ in range(2):
            self.assertEqual(hub.stop(), 0)
            hub.start()
            self.settle(hub, 1)
        self.assert_each_got_one(server, readers)

    def test_a_refused_recipient_is_told_and_stops_nobody_else(self):
        server, readers = self.post(), addresses(6)
        gone = list(readers)[2]
        server.fault = lambda stage, address: f"550 5.1.1 <{address}> no such user" if (stage, address) == ("rcpt", gone) else None
        hub = self.sending_hub(server, readers)
        self.send(hub)
        self.wait_for_states(hub, accepted=5, rejected=1)
        self.settle(hub)
        rejected, = (delivery for delivery in self.deliveries(hub) if delivery["state"] == "rejected")
        self.assertIn("550 5.1.1 <...> no such user", rejected["reply"])
        self.assertNotIn("retryAt", rejected)
        self.assertIn("was refused for good", hub.log())
        self.assertEqual(self.metric(hub, 'overgang_mail_deliveries{state="rejected"}'), 1)
        self.assert_no_address(hub, readers)
        server.fault = lambda stage, address: None
        self.send(hub)
        self.wait_for_states(hub, accepted=6)
        self.assert_each_got_one(server, readers)

    def test_without_the_tls_that_is_required_nothing_leaves_the_hub(self):
        server, readers = self.post(), addresses(2)
        hub = self.hub(settings={**self.mail_settings(server, self.recipients(readers)), "mail.tls": "required"})
        self.send(hub)
        wait_for("it is told", lambda: "STARTTLS" in hub.log())
        self.wait_for_states(hub, rejected=2)
        self.settle(hub)
        self.assertEqual(server.mails(), [])

    def test_over_tls_with_a_login(self):
        context, certificate = smtp_server.self_signed(self.folder)
        server, readers = self.post(starttls=context, login=("hub", "correct horse")), addresses(8)
        password = self.folder / "password"
        password.write_text("correct horse\n")
        hub = self.sending_hub(server, readers, tls="required", ca_file=certificate, user="hub", password_file=password)
        self.send(hub)
        self.wait_for_states(hub, accepted=8)
        self.assert_each_got_one(server, readers)
        self.assertNotIn("horse", hub.log())

    def test_looked_at_sent_and_followed_from_the_command_line(self):
        server, readers = self.post(), {"leser@trondheim.example": "5001"}
        hub = self.sending_hub(server, readers)

        def told(*words):
            done = hub.cli("status", *words)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout
        preview = hub.cli("status", "preview", "5001", "--language", "nn")
        self.assertIn("Not issued: counted now.", preview.stderr)
        self.assertIn("Utskrivingsklare", preview.stdout)
        self.assertEqual(server.mails(), [])
        self.assertIn("1 mail will be sent", told("send", "5001"))
        self.wait_for_states(hub, accepted=1)
        self.assertIn("accepted", told("deliveries"))
        self.assertIn("5001 Trondheim", told("deliveries"))
        delivery, = map(json.loads, told("deliveries", "--json").splitlines())
        got, = server.mails()
        self.assertEqual(delivery["messageId"], got.message_id)
        file = self.folder / "mail.eml"
        told("mail", delivery["messageId"], "--out", str(file))
        to = b"To: leser@trondheim.example\r\n"
        self.assertIn(to, got.content)
        self.assertEqual(file.read_bytes(), got.content.replace(to, b""), "as it was sent, to the byte, but for the address")
        told("preview", "5001", "--out", str(file))
        self.assertEqual(email.message_from_bytes(file.read_bytes(), policy=email.policy.default)["Subject"],
                         email.message_from_bytes(got.content, policy=email.policy.default)["Subject"])
        self.assertIn("No mails are due or were sent on 2020-01-01.", told("deliveries", "--date", "2020-01-01"))
        self.assertEqual(hub.cli("status", "preview", "9876").returncode, 1)

    def test_paused_and_resumed_from_the_command_line(self):
        server, readers = self.post(), addresses(3)
        hub = self.sending_hub(server, readers)
        self.send(hub)
        self.wait_for_states(hub, accepted=3)
        hash_ = self.deliveries(hub)[0]["addressHash"]
        scope = self.deliveries(hub)[0]["scope"]
        done = hub.cli("status", "pause", scope[2:], hash_, "--reason", "on leave")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(hub.cli("status", "pause", scope[2:], "0" * 32, "--reason", "x").returncode, 1)
        done = hub.cli("status", "resume", scope[2:], hash_)
        self.assertEqual(done.returncode, 0, done.stderr)
        with self.assertRaises(ConnectError):
            hub.call("DailyStatusService/PauseRecipient", {"scope": scope, "addressHash": hash_})


class Recipients(Mailing, HubTest):
    BAD = [mail.HEADER, "kommune;5001;God;god@example.no;nb;both", "kommune;9876;Ukjent;ukjent@example.no;nb;both",
           "kommune;5001;Uten;ingen-adresse;nb;both", "kommune;5001;Igjen;GOD@example.no;nn;daily_status",
           "kommune;5031;Bra;bra@example.no;nn;daily_status"]

    def test_bad_lines_are_told_with_their_place_and_the_good_ones_get_their_mail(self):
        server = self.post()
        file = self.folder / "recipients.csv"
        file.write_text("\n".join(self.BAD) + "\n")
        hub = self.hub(settings=self.mail_settings(server, file))
        self.send(hub)
        self.wait_for_states(hub, accepted=2)
        self.assert_each_got_one(server, ["god@example.no", "bra@example.no"])
        told = hub.call("DailyStatusService/ListDeliveries", {})["recipientMistakes"]
        self.assertEqual([text.split(": ")[0].rsplit(":")[-1] for text in told], ["3", "4", "5"])
        self.assertEqual(self.metric(hub, "overgang_mail_recipients_mistakes"), 3)
        for text in told:
            self.assertIn(text, hub.log())
            self.assertNotIn("@", text.replace("name@example.no", ""))

    def test_check_config_finds_every_mistake_at_once(self):
        (self.folder / "recipients.csv").write_text("\n".join(self.BAD) + "\n")
        (self.folder / "overgang.toml").write_text(
            f'data_dir = "{self.folder}/data"\n[mail]\nsmtp_url = "smtp://127.0.0.1:1"\nfrom = "overgang@example.no"\n'
            f'recipients = "{self.folder}/recipients.csv"\nuser = "hub"\npassword_file = "{self.folder}/none"\n')
        done = subprocess.run([PROGRAM, "check-config", str(self.folder / "overgang.toml")], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        for place in ("recipients.csv:3: id", "recipients.csv:4: email", "recipients.csv:5: email", "/none: cannot be read"):
            self.assertIn(place, done.stderr)

    def test_a_new_file_counts_from_sighup_on_and_a_missing_one_changes_nothing(self):
        server = self.post()
        file = self.recipients({"first@example.no": "5001"})
        hub = self.hub(settings=self.mail_settings(server, file))
        self.send(hub)
        self.wait_for_states(hub, accepted=1)
        self.recipients({"first@example.no": "5001", "second@example.no": "5001"})
        hub.process.send_signal(signal.SIGHUP)
        self.wait_for_states(hub, accepted=2)
        file.unlink()
        hub.process.send_signal(signal.SIGHUP)
        wait_for("it is told", lambda: "recipients.csv: cannot be read" in hub.log())
        self.settle(hub, 1)
        self.assert_each_got_one(server, ["first@example.no", "second@example.no"])


if __name__ == "__main__":
    unittest.main()
