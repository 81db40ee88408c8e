"""A router that the desk asks about rules in tests: one draft, one activation, and a memory of what was asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from services.desk.people.person import Person
from services.desk.rules.draft import (
    Acted,
    Activation,
    Change,
    Comparison,
    Conflict,
    Draft,
    Explained,
    Heading,
    Moved,
    Overview,
    Problem,
    Rule,
    Trial,
    Written,
)
from shared.errors import Refused, Transient

AT = datetime(2026, 11, 24, 2, 20, tzinfo=UTC)
DRAFT_ID = "0192f0aa-0000-7000-8000-0000000000d1"
NEW_ID = "0192f0aa-0000-7000-8000-0000000000d2"
SET, OLD_SET = "aaaa11112222", "bbbb33334444"
FILE = "rules/dishub.yaml"
BEFORE = "rules:\n  - id: penerangan-jalan\n    agency: DISHUB\n    about: Lampu.\n    phrases:\n      pju mati: 6\n"
AFTER = BEFORE + "      lampu gang <b>: 5\n"
HEADING = Heading(
    DRAFT_ID, "Lampu gang", "draft", SET, "content-1", 3, "koordinator", "operator", False, created_at=AT, changed_at=AT
)
TRIAL = Trial(
    "content-1", SET, 30, "done", 200, 200, "koordinator", AT, complete=True, seconds=1.2, moved=3, labelled=5,
    old_right=3, new_right=4, matrix=[("triage", "DISHUB", 2), ("DPUPR", "DISHUB (emergency)", 1)],
    complaints=[Moved("CMH-0000-000A", "triage", "DISHUB", "DISHUB", "agrees", ["lampu gang +5"], [])],
)  # fmt: skip
DECISION = {
    "outcome": "routed", "reason": "matched", "agency": "DISHUB", "also": [], "score": 6, "margin": 6, "place": None,
    "reasons": [{"rule": "penerangan-jalan", "phrase": "lampu gang", "start": 0, "end": 5, "weight": 6,
                 "agency": "DISHUB"}],
    "alternatives": [{"agency": "DPUPR", "score": 1}], "ruleset": SET,
}  # fmt: skip
NOWHERE = DECISION | {"outcome": "triage", "reason": "no_match", "agency": None, "reasons": [], "alternatives": []}


@dataclass
class FakeRules:
    """`away` is met by every question, `refuses` (a code) by those that change something."""

    away: bool = False
    refuses: str = ""
    heading: Heading = HEADING
    trial_: Trial | None = TRIAL
    four_eyes: bool = True
    problems: list[Problem] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def overview(self) -> Overview:
        self._fail()
        activations = [
            Activation(2, SET, "koordinator", "coordinator", "PJU di gang", AT),
            Activation(1, OLD_SET, "system", "system", "the pack's rules, at the first start", AT),
        ]
        return Overview(activations, [self.heading], [replace(HEADING, draft_id=NEW_ID, state="activated")], True)

    def ruleset(self, ruleset: str) -> tuple[str, dict[str, str]]:
        self._fail()
        if ruleset not in (SET, OLD_SET):
            raise Refused("there is none", code="unknown_ruleset", status=404)
        return ruleset, {FILE: BEFORE}

    def outline(self) -> list[Rule]:
        self._fail()
        return [Rule("penerangan-jalan", "DISHUB", "Lampu.", FILE)]

    def draft(self, draft_id: str) -> Draft:
        self._fail()
        if draft_id not in (DRAFT_ID, NEW_ID):
            raise Refused("there is none", code="unknown_draft", status=404)
        acts = [Acted(AT, "koordinator", "coordinator", "rules.edit", "", {"phrase": "lampu gang", "weight": 5})]
        changes = [Change("penerangan-jalan", "phrase lampu gang", None, "+5")]
        return Draft(
            self.heading, {FILE: AFTER}, {FILE: "changed"}, {FILE: BEFORE}, self.outline(), changes, acts,
            self.four_eyes, self.trial_,
        )  # fmt: skip

    def begin(self, draft_id: str, title: str, person: Person, *, like: str = "") -> int:
        self._act("begin", draft_id, str(title), person.login, like)
        return 1

    def save(self, draft_id: str, revision: int, person: Person, file: str, text: str | None) -> int:
        self._act("save", draft_id, revision, person.login, file, text)
        return revision + 1

    def add_phrase(self, draft_id: str, revision: int, person: Person, phrase: Mapping[str, Any]) -> Written:
        self._act("phrase", draft_id, revision, person.login, dict(phrase))
        return Written(revision + 1, FILE, 7, "penerangan-jalan", None)

    def propose(self, draft_id: str, revision: int, person: Person, reason: str) -> None:
        self._act("propose", draft_id, revision, person.login, reason)

    def approve(self, draft_id: str, revision: int, person: Person, reason: str, content: str) -> str:
        self._act("approve", draft_id, revision, person.login, reason, content)
        return OLD_SET

    def refuse(self, draft_id: str, revision: int, person: Person, reason: str) -> None:
        self._act("refuse", draft_id, revision, person.login, reason)

    def take_back(self, draft_id: str, revision: int, person: Person) -> None:
        self._act("take_back", draft_id, revision, person.login)

    def discard(self, draft_id: str, revision: int, person: Person) -> None:
        self._act("discard", draft_id, revision, person.login)

    def compare(self, draft_id: str) -> Comparison:
        self._fail()
        return Comparison(SET, "active-content", bool(self.conflicts), ["rules/taman.yaml"], self.conflicts)

    def bring_up_to_date(
        self, draft_id: str, revision: int, person: Person, active_content: str, settled: Mapping[str, str | None]
    ) -> int:
        self._act("rebase", draft_id, revision, person.login, active_content, dict(settled))
        return revision + 1

    def lint(self, draft_id: str, file: str = "", text: str = "") -> list[Problem]:
        self._fail()
        self.asked.append(("lint", draft_id, file, text))
        return self.problems

    def explain(self, draft_id: str, text: str, kelurahan: str = "") -> Explained:
        self._fail()
        self.asked.append(("explain", draft_id, text, kelurahan))
        return Explained(NOWHERE, DECISION)

    def ask_trial(self, draft_id: str, days: int, person: Person) -> None:
        self._act("trial", draft_id, days, person.login)

    def trial(self, draft_id: str) -> Trial | None:
        self._fail()
        return self.trial_

    def _act(self, *asked: Any) -> None:
        self._fail()
        if self.refuses:
            raise Refused("said no", code=self.refuses, status=409)
        self.asked.append(asked)

    def _fail(self) -> None:
        if self.away:
            raise Transient("the router does not answer", code="service_away")
