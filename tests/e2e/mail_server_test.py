"""The mail server that `make up` starts beside a hub, and the recipients that it gives it."""
import mailbox
import subprocess
import unittest

from hub import ROOT, HubTest, die_with_parent, wait_for
from mail import Mailing


class MailServer(Mailing, HubTest):
    def test_every_recipient_of_make_up_gets_a_mail_into_the_maildir(self):
        maildir, port = self.folder / "mail", self.folder / "port"
        server = subprocess.Popen([ROOT / "deploy/mail_server.py", maildir, port], preexec_fn=die_with_parent)
        self.addCleanup(server.wait, 10)
        self.addCleanup(server.terminate)
        wait_for("it listens", port.exists)
        recipients = ROOT / "deploy/recipients.csv"
        addresses = sorted(line.split(";")[3] for line in recipients.read_text().splitlines()[1:])
        hub = self.hub(settings={"mail.smtp_url": f"smtp://127.0.0.1:{port.read_text().strip()}", "mail.tls": "none",
                                 "mail.from": "Overgang <overgang@hub.example>", "mail.recipients": recipients})
        self.assertEqual(hub.call("DailyStatusService/ListDeliveries", {}).get("recipientMistakes", []), [])
        self.send(hub)
        self.wait_for_states(hub, accepted=len(addresses))
        mails = list(mailbox.Maildir(maildir, create=False))
        self.assertEqual(sorted(mail["X-RcptTo"] for mail in mails), addresses)
        self.assertTrue(all(mail["Auto-Submitted"] == "auto-generated" for mail in mails))


if __name__ == "__main__":
    unittest.main()
