"""Tiltakskort by mail, and the links in them: what tests of it share. Mixed into tests for either log."""
import email
import email.policy
import http.client
import re
import urllib.parse

from hub import HOSPITAL, wait_for
from levels import Levels
from mail import Mailing

OF_HOSPITAL = f"h:{HOSPITAL}"
BASE_URL = "https://tavle.example.no/overgang"
LINK = re.compile(re.escape(BASE_URL) + r"/tiltak/([A-Za-z0-9_-]+)")
SUBJECT = "Rødt nivå ved St. Olavs hospital: tiltakskort «{}» – kvitter innen "
TITLES = {"skjerpet-oppfolging-ukp": "Skjerpet oppfølging av utskrivningsklare pasienter",
          "ekstraordinaer-oppfolging-ukp": "Ekstraordinær oppfølging av utskrivningsklare pasienter",
          "ekstraordinaer-utskrivning": "Ekstraordinær utskrivning",
          "bufferplasser-og-fortetning": "Bufferplasser og fortetning"}


class Got:
    """A mail as its reader has it."""

    def __init__(self, received):
        self.address = received.address
        self.message_id = received.message_id
        self.message = email.message_from_bytes(received.content, policy=email.policy.default)
        self.subject = self.message["Subject"]
        self.text = self.message.get_body(("plain",)).get_content()
        self.html = self.message.get_body(("html",)).get_content()
        self.links = LINK.findall(self.text)  # The first acknowledges, then one an action.

    def is_of(self, template):
        return f"«{TITLES[template]}»" in self.subject


class Page:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body


class CardMail(Levels, Mailing):
    """Needs the methods of HubTest."""

    def roles(self, roles):
        """Role -> addresses, of the hospital."""
        file = self.folder / "roles.toml"
        file.write_text("".join(f'[[role]]\nrole = "{role}"\nfor = "{OF_HOSPITAL}"\nemails = [{", ".join(repr(a) for a in addresses)}]\n'
                                for role, addresses in roles.items()))
        return file

    def card_settings(self, server, roles, **more):
        return {**self.rules(), **self.mail_settings(server, self.recipients({}), base_url=BASE_URL, send_at="23:58", late_until="23:59", **more),
                "escalation.roles": self.roles(roles)}

    def mails(self, server, template=None):
        got = [Got(received) for received in server.mails()]
        return [mail for mail in got if template is None or mail.is_of(template)]

    def wait_for_mails(self, server, count, template=None, seconds=30):
        return wait_for(f"{count} mails", lambda: (mails := self.mails(server, template)) and len(mails) >= count and mails, seconds)

    def visit(self, hub, token, form=None):
        """By a browser: without any token of the hub's own."""
        host, port = hub.address("http").rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        try:
            if form is None:
                connection.request("GET", f"/tiltak/{token}")
            else:
                connection.request("POST", f"/tiltak/{token}", urllib.parse.urlencode(form),
                                   {"Content-Type": "application/x-www-form-urlencoded"})
            response = connection.getresponse()
            return Page(response.status, response.headers, response.read().decode())
        finally:
            connection.close()

    def card(self, hub, card_id):
        cards = hub.call("EscalationService/ListTiltakskort", {"recipient": OF_HOSPITAL}).get("cards", [])
        return next(card for card in cards if card["issued"]["cardId"] == card_id)

    def card_deliveries(self, hub):
        return [delivery for delivery in self.deliveries(hub) if "tiltakskort" in delivery["name"]]

    def card_states(self, hub):
        states = {}
        for delivery in self.card_deliveries(hub):
            states[delivery["state"]] = states.get(delivery["state"], 0) + 1
        return states
