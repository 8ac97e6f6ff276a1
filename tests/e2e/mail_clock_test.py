"""The daily status by the clock: a real hub whose clock is set, and a real SMTP server. Nobody waits for a morning."""
import datetime
import email
import email.policy
import time
import unittest

import messages
from doors import send_adt
from hub import HOSPITAL, HubTest, wait_for
from mail import Mailing, addresses
from messages import TRONDHEIM
from set_clock import SetClock

UTC = datetime.timezone.utc
READERS = 6
UNDER_WAY_MAX = 32     # Mails, of one hub.
LOOKS_SECONDS = 0.6    # In which the hub looks at its clock more than once.


class OfClock(Mailing, HubTest):
    def setUp(self):
        super().setUp()
        self.clock = SetClock(self.folder)

    def clocked_hub(self, server, readers, **more):
        settings = {**self.mail_settings(server, self.recipients(readers), uncertain_after_s=300, **more), "payment.prices.2026": 6200}
        return self.hub(settings=settings, environment=self.clock.environment())

    def let_pass(self, minutes, step):
        """So much time, by so much at once."""
        for _ in range(round(minutes / step)):
            self.clock.advance(step * 60)
            time.sleep(LOOKS_SECONDS)

    @staticmethod
    def read(mail):
        """Its subject, its text, and its Date."""
        message = email.message_from_bytes(mail.content, policy=email.policy.default)
        return message["Subject"], message.get_body(("plain",)).get_content(), message["Date"].datetime

    def new(self, server, before):
        """What came since."""
        return [self.read(mail) for mail in server.mails()[before:]]


class Mornings(OfClock):
    def test_a_week_with_a_clock_set_back_a_late_start_and_a_missed_morning(self):
        server, readers = self.post(), addresses(READERS)
        self.clock.set(2026, 3, 2, 7, 29, 57)
        hub = self.clocked_hub(server, readers)
        self.wait_for_states(hub, accepted=READERS)
        for subject, text, date in self.new(server, 0):
            self.assertIn(" 07.30: ", subject)
            self.assertGreaterEqual(date, datetime.datetime(2026, 3, 2, 6, 30, tzinfo=UTC))
            self.assertNotIn("etter den faste tiden", text)
        for hour, minute in ((6, 50), (7, 29), (7, 31), (7, 10), (11, 0)):
            self.clock.set(2026, 3, 2, hour, minute)
            self.settle(hub, LOOKS_SECONDS)
        self.assert_each_got_one(server, readers)

        self.assertEqual(hub.stop(), 0)
        self.clock.set(2026, 3, 3, 9, 15)
        hub.start()
        self.wait_for_states(hub, accepted=READERS)
        self.assertEqual(len(server.mails()), 2 * READERS)
        for subject, text, _date in self.new(server, READERS):
            self.assertRegex(subject, r"^UKP \S+ 3\.3\. 09\.1[567]: ")
            self.assertIn("Denne statusen er laget etter den faste tiden.", text)

        self.assertEqual(hub.stop(), 0)
        self.clock.set(2026, 3, 4, 12, 0, 5)
        hub.start()
        self.wait_for_states(hub, missed=READERS)
        self.settle(hub, LOOKS_SECONDS)
        self.clock.set(2026, 3, 5, 7, 30, 1)
        self.wait_for_states(hub, accepted=READERS)
        self.assertEqual(len(server.mails()), 3 * READERS)
        for _subject, text, _date in self.new(server, 2 * READERS):
            self.assertRegex(text, r"Det ble ikke sendt noen status onsdag 4\. mars")
        hub.verify_rebuild()

    def test_in_both_nights_of_clock_change_it_is_half_past_seven_by_the_clock_on_the_wall(self):
        server, readers = self.post(), addresses(READERS)
        self.clock.set(2026, 3, 28, 20, 0)
        hub = self.clocked_hub(server, readers)
        for month, day, utc_hour in ((3, 29, 5), (10, 25, 6)):
            before = len(server.mails())
            # Through the night, hour by hour as the world counts them: none comes twice, none is left out.
            midnight = datetime.datetime(2026, month, day - 1, 22, 0, tzinfo=UTC)
            for hours in range(utc_hour + 2):
                self.clock.set_to(midnight + datetime.timedelta(hours=hours, minutes=29))
                time.sleep(LOOKS_SECONDS / 2)
                self.clock.set_to(midnight + datetime.timedelta(hours=hours, minutes=31))
                time.sleep(LOOKS_SECONDS / 2)
            self.assertEqual(len(server.mails()), before)
            half_past_seven = datetime.datetime(2026, month, day, utc_hour, 30, tzinfo=UTC)
            self.clock.set_to(half_past_seven - datetime.timedelta(seconds=2))
            self.wait_for_states(hub, accepted=READERS)
            self.assertEqual(len(server.mails()), before + READERS)
            for subject, _text, date in self.new(server, before):
                self.assertIn(" 07.30: ", subject)
                self.assertGreaterEqual(date, half_past_seven)
            self.clock.set(2026, month, day, 20, 0)
            self.settle(hub, LOOKS_SECONDS)


class Trouble(OfClock):
    def test_a_server_that_says_421_for_an_hour_is_not_stormed_and_then_gets_everything(self):
        server, readers = self.post(), addresses(40)
        server.fault = lambda stage, address: "421 4.3.2 come back later" if stage == "connect" else None
        self.clock.set(2026, 3, 2, 7, 29, 58)
        hub = self.clocked_hub(server, readers)
        wait_for("it is told", lambda: self.metric(hub, "overgang_mail_server_trouble") == 1)
        wait_for("what was under way has its answer", lambda: "attempted" not in self.states(hub))
        first = len(server.struck)
        self.assertLessEqual(first, UNDER_WAY_MAX + 3)
        self.let_pass(minutes=60, step=2)
        self.assertEqual(server.mails(), [])
        self.assertGreater(len(server.struck), first + 8)
        self.assertLess(len(server.struck), first + 31)
        server.fault = lambda stage, address: None
        for _ in range(60):
            if self.states(hub) == {"accepted": 40}:
                break
            self.let_pass(minutes=0.5, step=0.5)
        self.wait_for_states(hub, accepted=40)
        self.assert_each_got_one(server, readers)
        self.assertEqual(self.metric(hub, "overgang_mail_server_trouble"), 0)

    def test_a_server_in_trouble_all_morning_is_given_up_at_noon_and_the_next_status_says_so(self):
        server, readers = self.post(), addresses(3)
        server.fault = lambda stage, address: "421 4.3.2 come back later" if stage == "connect" else None
        self.clock.set(2026, 3, 2, 7, 29, 58)
        hub = self.clocked_hub(server, readers)
        wait_for("it is told", lambda: self.metric(hub, "overgang_mail_server_trouble") == 1)
        self.let_pass(minutes=280, step=10)
        server.fault = lambda stage, address: None
        self.let_pass(minutes=20, step=10)
        self.assertEqual(server.mails(), [])
        self.assertEqual(set(self.states(hub)) - {"rejected", "missed"}, set())
        self.assertFalse([delivery for delivery in self.deliveries(hub) if "retryAt" in delivery])
        self.clock.set(2026, 3, 3, 7, 30, 1)
        self.wait_for_states(hub, accepted=3)
        self.assert_each_got_one(server, readers)
        for _subject, text, _date in self.new(server, 0):
            self.assertRegex(text, r"Det ble ikke sendt noen status mandag 2\. mars")


class Correction(OfClock):
    def test_what_is_learnt_late_is_told_with_old_and_new_and_once(self):
        server, readers = self.post(), {"leser@trondheim.example": TRONDHEIM, "annen@malvik.example": "5031"}
        day = messages.now().date() + datetime.timedelta(days=2)   # The messages bear the machine's time.
        at = lambda hour, minute, second=0: (day.year, day.month, day.day, hour, minute, second)
        self.clock.set(*at(7, 0))
        hub = self.clocked_hub(server, readers)
        patients = [messages.Patient(TRONDHEIM) for _ in range(3)]
        for patient in patients:
            self.assertEqual(send_adt(hub, messages.adt("A01", patient)).code, "AA")
        self.clock.set(*at(7, 29, 58))
        self.wait_for_states(hub, accepted=2)
        self.clock.set(*at(7, 50))
        six = datetime.datetime(*at(6, 0), tzinfo=messages.OSLO).isoformat()
        for patient in patients:
            person = {"idKind": "ID_KIND_NATIONAL_NUMBER", "idNumber": patient.number, "hospital": HOSPITAL}
            hub.call("IntakeService/DeclareUkp", {"idempotencyKey": patient.visit, "subject": {"person": person}, "occurredAt": six})
        self.clock.set(*at(8, 2))
        self.wait_for_states(hub, accepted=3)
        corrected, = server.mails()[2:]
        self.assertEqual(corrected.address, "leser@trondheim.example")
        sent, = (mail for mail in server.mails()[:2] if mail.address == corrected.address)
        self.assertEqual(corrected.message_id, sent.message_id.replace(".0.", ".1."))
        subject, text, _date = self.read(corrected)
        self.assertRegex(subject, rf"^RETTET {day.day}\.{day.month}\. UKP Trondheim 07\.30: 3 \(sendt: 0\)")
        self.assertIn("UKP Trondheim 07.30: 0", self.read(sent)[0])
        self.assertRegex(text, r"- Utskrivningsklare: 3 \(sendt: 0\)")
        self.clock.set(*at(8, 40))
        self.settle(hub, LOOKS_SECONDS)
        self.assertEqual(len(server.mails()), 3)
        hub.verify_rebuild()


if __name__ == "__main__":
    unittest.main()
