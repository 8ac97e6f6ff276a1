"""What was known at a moment past, on either log: mixed into a test for the embedded log and one for Kafka."""
import datetime
import uuid

import doors
import messages
from hub import ConnectError, wait_for
from messages import adt, hours_ago, plo

ROROS = "5025"


class MorningMadeAgain:
    """A morning's census, what was learnt after it, and the morning again; needs self.first_hub()."""

    def census_of(self, hub, **moment):
        return hub.call("CensusService/GetCensus", {"kommuner": [ROROS], **moment})

    def explain(self, hub, answer):
        return hub.call("CensusService/ExplainCensus", {"kommune": ROROS, "asOf": answer["asOf"]["now"],
                                                        "asOfCursor": answer["asOf"]["cursor"]})

    def send(self, hub, message):
        ack = doors.send_adt(hub, message)
        self.assertEqual(ack.code, "AA", ack.text)

    def wait_for_counts(self, hub, **expected):
        def matches():
            found = hub.census(kommuner=[ROROS])[ROROS]
            return all(found[name] == value for name, value in expected.items())
        wait_for(f"the census has {expected}", matches)

    def learn_more(self, hub, ready, mistaken, late):
        name = f"{uuid.uuid4()}.xml"
        doors.put_plo(hub, name, plo("LOG_UTSKRIVNINGSKLAR", ready, hours_ago(2)))
        doors.wait_until_taken(hub, name)
        self.send(hub, adt("A11", mistaken))
        self.send(hub, adt("A01", late))
        self.wait_for_counts(hub, inpatients=3, ukp=1)

    def expect_explained(self, hub, morning):
        told = self.explain(hub, morning)
        self.assertEqual(told["before"], morning["kommuner"][0])
        self.assertEqual((told["after"]["inpatients"], told["after"]["ukp"]), (3, 1))
        learnt = {}
        for change in told["changes"]:
            side = ("before" if "before" in change else "") + ("after" if "after" in change else "")
            learnt[side] = {name for entry in change["facts"] for name in entry["fact"]
                            if name in ("ukpDeclared", "factCancelled", "patientAdmitted")}
        self.assertEqual(learnt, {"beforeafter": {"ukpDeclared"}, "before": {"factCancelled"}, "after": {"patientAdmitted"}})
        return told

    def test_a_morning_is_made_again_exactly_and_explained_also_after_a_restart(self):
        hub = self.first_hub()
        ready, mistaken, stays, late = (messages.Patient(ROROS) for _ in range(4))
        for patient in (ready, mistaken, stays):
            self.send(hub, adt("A01", patient))
        self.wait_for_counts(hub, inpatients=3, ukp=0)
        morning = self.census_of(hub)
        then = {"asOf": morning["asOf"]["now"], "asOfCursor": morning["asOf"]["cursor"]}
        self.learn_more(hub, ready, mistaken, late)

        self.assertEqual(self.census_of(hub, **then), morning)
        self.assertEqual(self.census_of(hub, asOf=then["asOf"]), morning)
        told = self.expect_explained(hub, morning)
        said = hub.cli("census", "--explain", "--kommune", ROROS, "--as-of", then["asOf"], "--as-of-cursor", then["asOfCursor"])
        self.assertEqual(said.returncode, 0, said.stderr)
        for words in ("UkpDeclared", "FactCancelled", "PatientAdmitted", "was counted, and is not"):
            self.assertIn(words, said.stdout)
        known = hub.stays(kommune=ROROS, moment={"asOfCursor": then["asOfCursor"]})
        self.assertEqual({stay["visitKey"] for stay in known}, {patient.visit for patient in (ready, mistaken, stays)})
        happened = self.census_of(hub, occurredUntil=hours_ago(1).isoformat())["kommuner"][0]
        self.assertEqual((happened["inpatients"], happened["ukp"]), (3, 1))
        self.expect_refusals(hub)

        self.assertEqual(hub.stop(), 0)
        self.assertEqual(list((hub.data_dir / "scratch").iterdir()), [], "no opened moment is left behind")
        self.assertTrue(list((hub.data_dir / "history").iterdir()), "what the whole log took is kept")
        hub.start()
        self.assertEqual(self.census_of(hub, **then), morning)
        self.assertEqual(self.expect_explained(hub, morning)["changes"], told["changes"])

    def expect_refusals(self, hub):
        later = (messages.now() + datetime.timedelta(hours=1)).isoformat()
        for moment, code in (({"asOf": later}, "invalid_argument"), ({"asOfCursor": "none"}, "invalid_argument")):
            with self.assertRaises(ConnectError) as refused:
                self.census_of(hub, **moment)
            self.assertEqual(refused.exception.code, code)
