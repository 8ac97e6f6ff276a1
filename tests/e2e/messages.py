"""Messages about synthetic persons, as hospital and kommuner send them."""
import datetime
import random
import uuid
import zoneinfo

OSLO = zoneinfo.ZoneInfo("Europe/Oslo")
TRONDHEIM, MALVIK, MELHUS = "5001", "5031", "5028"


def now():
    return datetime.datetime.now(OSLO).replace(microsecond=0)


def hours_ago(hours):
    return now() - datetime.timedelta(hours=hours)


def hl7_time(time):
    return time.strftime("%Y%m%d%H%M%S%z")


def national_number(rng=random):
    """Synthetic: month + 80, so that it can be nobody's."""
    while True:
        day, month, year = rng.randint(1, 28), rng.randint(1, 12) + 80, rng.randint(30, 99)
        digits = [int(digit) for digit in f"{day:02}{month:02}{year:02}{rng.randint(0, 499):03}"]
        for weights in ((3, 7, 6, 1, 8, 9, 4, 5, 2), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)):
            digits.append((11 - sum(w * d for w, d in zip(weights, digits)) % 11) % 11)
        if max(digits) < 10:
            return "".join(map(str, digits))


class Patient:
    """One person in one stay."""

    def __init__(self, kommune=TRONDHEIM, admitted=None, ward="MED1", number=None, rng=random):
        self.number = number or national_number(rng)
        self.kommune = kommune
        self.visit = f"V{rng.getrandbits(48):012x}"
        self.admitted = admitted or hours_ago(30)
        self.ward = ward

    def born(self):
        day, month, year = int(self.number[:2]), int(self.number[2:4]) - 80, 1900 + int(self.number[4:6])
        return datetime.date(year, month, day)


def adt(event, patient, at=None, control_id=None, facility="STO", extra=""):
    """ADT^A01 and so on; `extra` are further segments, each ending in CR."""
    at = at or (patient.admitted if event == "A01" else now())
    control_id = control_id or uuid.uuid4().hex[:20]
    place = f"{patient.ward}^12^1^{facility}"
    discharged = f"|{hl7_time(at)}" if event == "A03" else ""
    return (f"MSH|^~\\&|PAS|{facility}|OVERGANG|HUB|{hl7_time(now())}||ADT^{event}|{control_id}|P|2.5||||||UNICODE UTF-8\r"
            f"EVN|{event}|{hl7_time(at)}||||{hl7_time(at)}\r"
            f"PID|1||{patient.number}^^^FNR&2.16.578.1.12.4.1.4.1&ISO^NNNOR||Fjær^Kåre||{patient.born():%Y%m%d}|M|||"
            f"Strandgata 1^^^^^NOR^H^^{patient.kommune}\r"
            f"PV1|1|I|{place}|E||||||||||7|||||{patient.visit}{'|' * 25}{hl7_time(patient.admitted)}"
            f"{discharged}\r{extra}")


PLO = {
    "LOG_INNLAGT": ("Melding om innlagt pasient", "MeldingInnlagtPasient", "sykepleietjeneste", 30000),
    "LOG_UTSKRIVNINGSKLAR": ("Melding om utskrivningsklar pasient", "MeldingUtskrivningsklarPasient", "saksbehandlertjeneste", 20000),
    "LOG_AVMELDING": ("Avmelding av utskrivningsklar pasient", "AvmeldingUtskrivningsklarPasient", "saksbehandlertjeneste", 20000),
    "LOG_UTSKREVET": ("Melding om utskrevet pasient", "MeldingOmUtskrevetPasient", "sykepleietjeneste", 30000),
}
EVENTS = {1: "Pasient innlagt", 2: "Pasient utskrevet", 3: "Pasient utskrivningsklar", 4: "Avmelding av utskrivningsklar pasient"}


def happened(code, at):
    return (f'<TidsfestetHendelse><Hendelsekode V="{code}" DN="{EVENTS[code]}" S="2.16.578.1.12.4.1.1.9121"/>'
            f'<TidspunktForHendelse V="{at:%Y-%m-%dT%H:%M:%S}"/><Anslag>false</Anslag></TidsfestetHendelse>')


def her(number):
    return f'<Ident><Id>{number}</Id><TypeId V="HER" DN="HER-id" S="2.16.578.1.12.4.1.1.9051"/></Ident>'


def plo(kind, patient, at=None, message_id=None):
    """A PLO 1.6 message from the hospital to the patient's kommune."""
    at = at or now()
    name, element, service, service_ids = PLO[kind]
    story = happened(1, patient.admitted)
    if kind == "LOG_UTSKRIVNINGSKLAR":
        story += happened(3, at)
    elif kind == "LOG_AVMELDING":
        story += happened(4, at)
    elif kind == "LOG_UTSKREVET":
        story = ('<UtskrevetTil><UtTil V="1" DN="Bosted/arbeidssted" S="2.16.578.1.12.4.1.1.8408"/></UtskrevetTil>'
                 + happened(2, at))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<MsgHead xmlns="http://www.kith.no/xmlstds/msghead/2006-05-24"><MsgInfo><Type V="{kind}" DN="{name}"/>
<MIGversion>v1.2 2006-05-24</MIGversion><GenDate>{now():%Y-%m-%dT%H:%M:%S}</GenDate><MsgId>{message_id or uuid.uuid4()}</MsgId>
<Sender><Organisation><OrganisationName>St. Olavs hospital</OrganisationName>{her(59)}<Organisation>
<OrganisationName>Medisin</OrganisationName>{her(90000)}</Organisation></Organisation></Sender>
<Receiver><Organisation><OrganisationName>Kommune</OrganisationName>{her(10000 + int(patient.kommune))}<Organisation>
<OrganisationName>{service}</OrganisationName>{her(service_ids + int(patient.kommune))}</Organisation></Organisation></Receiver>
<Patient><FamilyName>Fjær</FamilyName><GivenName>Kåre</GivenName><DateOfBirth>{patient.born()}</DateOfBirth><Sex V="1" DN="Mann"/>
<Ident><Id>{patient.number}</Id><TypeId V="FNR" DN="Fødselsnummer" S="2.16.578.1.12.4.1.1.8116"/></Ident></Patient></MsgInfo>
<Document><RefDoc><MsgType V="XML" DN="XML-instans"/><Content>
<p1:Pasientlogistikk xmlns:p1="http://www.kith.no/xmlstds/po/Pasientlogistikk/2012-04-01" xmlns="http://www.kith.no/xmlstds/po/poKomponent/2012-04-01">
<InformasjonOmForsendelsen><Forsendelsesstatus V="N" DN="Ny"/></InformasjonOmForsendelsen><p1:{element}>{story}</p1:{element}>
</p1:Pasientlogistikk></Content></RefDoc></Document></MsgHead>
"""


def answer(patient, can_receive, key=None, hospital="974749025", **fields):
    """The body of IntakeService/AnswerUkp."""
    return {"idempotencyKey": key or str(uuid.uuid4()), "canReceive": can_receive, **fields,
            "subject": {"person": {"idKind": "ID_KIND_NATIONAL_NUMBER", "idNumber": patient.number, "hospital": hospital}}}
