"""Levels, tiltakskort and meetings for the scripted hub to show."""
from scripted_hub import HOSPITAL, as_of, at

LEVANGER = "974754118"
OF_HOSPITAL, OF_TRONDHEIM = f"h:{HOSPITAL}", "k:5001"
CARD = "11111111-0000-5000-8000-000000000001"
KOMMUNE_CARD = "11111111-0000-5000-8000-000000000002"


def measured(name, value, threshold, level, past=False, **more):
    return {"name": name, "value": value, "threshold": threshold, "level": f"ESCALATION_LEVEL_{level}", "past": past,
            "state": "LEVEL_INPUT_STATE_MEASURED", "measuredAt": at(minutes=-5), **more}


INPUTS = [
    measured("occupancy", 104, 103, "ROD", past=True),
    measured("ukp_over_24h", 21, 20, "ROD", past=True),
    measured("free_kommune_places", 5, 0, "ROD"),
    measured("longest_wait_minutes", 185, 480, "ROD"),
    {"name": "corridor", "threshold": 10, "level": "ESCALATION_LEVEL_ROD", "state": "LEVEL_INPUT_STATE_NOT_REPORTED"},
]
SILENT = measured("waiting_over_1h", 61, 60, "ROD", state="LEVEL_INPUT_STATE_UNKNOWN", measuredAt=at(hours=-9))


def level(name="ROD", hospital=HOSPITAL, hospital_name="St. Olavs hospital", inputs=tuple(INPUTS), **more):
    return {"hospital": hospital, "scope": f"h:{hospital}", "name": hospital_name, "level": f"ESCALATION_LEVEL_{name}",
            "byRules": f"ESCALATION_LEVEL_{name}", "since": at(hours=-3, minutes=-12), "inputs": list(inputs), "cause": "LEVEL_CAUSE_RULES",
            "rulesVersion": "standard-1", "revision": 4, **more}


OVERRIDDEN = {"byRules": "ESCALATION_LEVEL_GRONN", "cause": "LEVEL_CAUSE_OVERRIDE", "overriddenBy": "kari-nordmann",
              "reason": "Stengt sengepost", "expiresAt": at(hours=8)}
WITHHELD = [{"name": one["name"], "state": one["state"], "level": one["level"], "past": one.get("past", False)} for one in INPUTS]
LEVELS = [level(), level("GUL", LEVANGER, "Sykehuset Levanger", (SILENT, measured("occupancy", 97.5, 97, "GUL", past=True)), uncertain=True)]


def levels(*shown):
    return {"asOf": as_of(), "levels": list(shown or LEVELS)}


def action(tiltak_id, text, role, name, evidence=""):
    return {"tiltakId": tiltak_id, "text": text, "owner": {"role": role, "name": name, "held": True}, "dueAt": at(hours=1),
            "dueWithin": "3600s", "evidence": evidence}


ACTIONS = [
    action("gjennomgang", "Gå gjennom alle utskrivningsklare pasienter sammen med postene.", "pasientflytkoordinator",
           "Pasientflytkoordinator", "Antall gjennomgått, og antall som kan reise i dag"),
    action("ring", "Ring kommunene som har flere utskrivningsklare pasienter.", "pasientflytkoordinator", "Pasientflytkoordinator"),
    action("mote", "Kall inn til ekstra kapasitetsmøte med kommunene i dag.", "klinikksjef", "Klinikksjef", "Klokkeslettet for møtet"),
]
ROLES = [{"role": "klinikksjef", "name": "Klinikksjef", "held": True}, {"role": "direktor_i_vakt", "name": "Direktør i vakt", "held": True}]


def standing(tiltak_id, state="OPEN", **more):
    return {"tiltakId": tiltak_id, "state": f"TILTAK_STATE_{state}", "dueAt": at(hours=1), **more}


def card(card_id=CARD, recipient=OF_HOSPITAL, title="Ekstraordinær oppfølging av utskrivningsklare pasienter",
         actions=("gjennomgang", "ring", "mote"), standings=None, **more):
    is_open, role = more.get("open", True), more.get("role", "klinikksjef")
    return {
        "issued": {"cardId": card_id, "templateId": "ekstraordinaer-oppfolging-ukp", "recipient": recipient, "title": title,
                   "why": "Sykehuset er fullt, og utskrivningsklare pasienter opptar senger som øyeblikkelig hjelp trenger.",
                   "roles": ROLES, "actions": [one for one in ACTIONS if one["tiltakId"] in actions], "tiltakIds": list(actions),
                   "level": "ESCALATION_LEVEL_ROD", "trigger": "ESCALATION_LEVEL_ROD"},
        "open": True, "hospital": HOSPITAL, "issuedAt": at(minutes=-10), "level": "ESCALATION_LEVEL_ROD", "role": "klinikksjef",
        "acknowledgeBy": at(minutes=5), "actions": standings or [standing(one) for one in actions], "revision": 1,
        "asked": [one for one in ROLES if is_open and one["role"] == role], **more}


SEEN = {"acknowledged": {"by": "sjef", "role": "klinikksjef", "at": at(minutes=-1), "eventId": "e1"}, "acknowledgeBy": None}


def seen(**more):
    return {**card(**more), "acknowledged": SEEN["acknowledged"]}


def of_kommune(**more):
    return card(KOMMUNE_CARD, OF_TRONDHEIM, "Ekstra plasser i kommunen", ("ring",), **more)


def closed(**more):
    return card(open=False, closedAt=at(minutes=-2), closing="TILTAKSKORT_CLOSING_LEVEL_FELL", undoneTiltakIds=["mote"], revision=2,
                standings=[standing("gjennomgang", "DONE", by="koordinator", role="pasientflytkoordinator", at=at(minutes=-4), told="9 gjennomgått"),
                           standing("ring", "DECLINED", by="koordinator", role="pasientflytkoordinator", at=at(minutes=-3), told="Ingen bemanning"),
                           standing("mote")], **more)


def settled(**more):
    """The kommune's card, closed by the answer to its one action."""
    done = standing("ring", "DONE", by="koordinator", role="pasientflytkoordinator", at=at(minutes=-1), told="Ringt", seen=True)
    return of_kommune(open=False, closedAt=at(minutes=-1), closing="TILTAKSKORT_CLOSING_SETTLED", revision=2, standings=[done],
                      acknowledged=SEEN["acknowledged"], **more)


def watched(cards=(), shown_levels=(), full=True):
    """A message of the live stream."""
    return {"asOf": as_of(), "full": full, "cards": list(cards), "levels": list(shown_levels)}


def listed(*cards, vacant=()):
    """`vacant`: (recipient, role, name) of each role that nobody holds."""
    return {"asOf": as_of(), "cards": list(cards),
            "vacant": [dict(zip(("recipient", "role", "name"), one)) for one in vacant]}


RECEIPT = {"eventId": "22222222-0000-5000-8000-000000000001", "cursor": "c2"}

MEETING = "55555555-0000-5000-8000-000000000001"
DECIDED = [{"tiltakId": "vedtak-1", "text": "Åpne bufferplassene", "owner": "klinikksjef", "recipient": OF_HOSPITAL, "dueAt": at(hours=-20),
            "ownerRole": {"role": "klinikksjef", "name": "Klinikksjef", "held": True}},
           {"tiltakId": "vedtak-2", "text": "Ta ut to pasienter", "owner": "koordinerende_enhet", "recipient": OF_TRONDHEIM, "dueAt": at(hours=2),
            "ownerRole": {"role": "koordinerende_enhet", "name": "Koordinerende enhet i kommunen", "held": True}}]
# Of the hospital alone, as GetCensus has them of one.
KOMMUNER = [
    {"kommune": "5001", "name": "Trondheim", "inpatients": 212, "ukp": 14, "ukpOver24h": 6, "ukpOver7Days": 2, "ukpOver10Days": 1,
     "longestUkp": "950400s", "awaitingAnswer": 3, "freePlaces": 5},
    {"kommune": "5031", "name": "Malvik", "inpatients": 17, "ukp": 2, "ukpOver24h": 1, "ukpOver7Days": 0, "longestUkp": "104400s", "freePlaces": 1}]
CENSUS = {"hospital": HOSPITAL, "name": "St. Olavs hospital", "inpatients": 610, "ukp": 16, "ukpOver24h": 7, "ukpOver7Days": 2, "ukpOver10Days": 1, "beds": 700,
          "occupied": 728, "occupancyPercent": 104, "corridor": 7, "corridorReported": 11}


def of_cursor(cursor, answer):
    return {**answer, "asOf": {**answer["asOf"], "cursor": cursor}}


def count(**changed):
    return {"asOf": as_of(), "kommuner": KOMMUNER, "hospitals": [{**CENSUS, **changed}]}


def meetings(*ids):
    return {"asOf": as_of(), "meetings": [{"meetingId": one, "heldAt": at(days=-1), "decisions": 2} for one in ids]}


def meeting(meeting_id=MEETING, **more):
    mote = {"templateId": "mote", "title": "Vedtak fra kapasitetsmøtet"}
    ours, theirs = card("66666666-0000-5000-8000-000000000001"), card("66666666-0000-5000-8000-000000000002", OF_TRONDHEIM)
    ours = {**ours, "issued": {**ours["issued"], **mote}, "actions": [
        standing("vedtak-1", "DONE", by="sjef", role="klinikksjef", at=at(hours=-21), told="4 plasser åpnet")]}
    theirs = {**theirs, "issued": {**theirs["issued"], **mote}, "actions": [standing("vedtak-2")]}
    change = {"from": "ESCALATION_LEVEL_GUL", "to": "ESCALATION_LEVEL_ROD", "inputs": INPUTS, "scope": OF_HOSPITAL, "cause": "LEVEL_CAUSE_RULES"}
    return {"asOf": as_of(), "hospital": HOSPITAL, "heldAt": at(days=-1), "summaryHtml": "<!doctype html><title>Møtet</title><h1>Kapasitetsmøte</h1>",
            "meeting": {"meetingId": meeting_id, "decided": DECIDED, "decisions": ["Nytt møte kl. 15"], "by": "kari-nordmann", "attendance": [
                {"role": "Klinikksjef", "recipient": OF_HOSPITAL, "present": True},
                {"role": "Koordinerende enhet", "recipient": OF_TRONDHEIM, "present": False}]},
            "snapshot": {"version": 1, "asOf": as_of(stale=True, now=at(days=-1, minutes=-6)), "census": {**CENSUS, "ukp": 15}, "kommuner": KOMMUNER,
                         "level": change, "since": at(days=-1, hours=-2), "cards": [card()]},
            "cards": [ours, theirs], **more}


CORRECTIONS = [{"of": OF_HOSPITAL, "number": "ukp", "frozen": 15, "now": 17}, {"of": OF_TRONDHEIM, "number": "ukp_over_24h", "frozen": 6, "now": 8},
               {"of": OF_TRONDHEIM, "number": "ukp_over_10_days", "frozen": 1, "now": 2}]
