"""How a person acts on a case. Every act has the same shape, and this is it; which acts there are: *_acts.py.

One transaction: the case is held, the person's right and the form's revision are checked, the step is entered in the
register, the audit row written, the fact said. Two at once: the second learns what has changed, and changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Connection

from services.desk import repository as cases
from services.desk.cases import machine, timeline
from services.desk.cases.case import Case, Happening
from services.desk.cases.contents import Content
from services.desk.cases.register import Register
from services.desk.people.person import Act as Permission
from services.desk.people.person import Person, may, sees_case
from shared.contracts.case import CaseAcknowledged
from shared.contracts.registry import Event
from shared.errors import Refused
from shared.sentences import sentence
from shared.storage.database import Transaction

MOST_REASON = 500
_OVER = {
    machine.CLOSED: sentence("Laporan ini sudah ditutup."),
    machine.ARCHIVED: sentence("Laporan ini sudah diarsipkan."),
    machine.WITHDRAWN: sentence("Laporan ini sudah dianggap dicabut."),
}
WORDS_ERASED = sentence("Isi laporan ini sudah dihapus, sehingga tidak ada lagi yang dapat ditulis tentangnya.")
NOT_NOW = sentence("Itu tidak dapat dilakukan dalam keadaan laporan ini sekarang.")


class Ending(StrEnum):
    DONE = "done"
    ALREADY_DONE = "already_done"  # the same form again
    CONFLICT = "conflict"  # the case is not as it was when the person looked


@dataclass(frozen=True)
class Outcome:
    """`last` is what changed the case last, for a person who comes second."""

    ending: Ending
    case: Case
    last: Happening | None = None

    @property
    def by(self) -> str:
        """Who gave the case to the agency that has it now, when that is what changed."""
        handed_over = self.last is not None and self.last.act == machine.ASSIGNED
        return str(self.last.data.get("name") or self.last.actor) if handed_over and self.last else ""

    @property
    def at(self) -> datetime | None:
        return self.last.at if self.last is not None else None


@dataclass(frozen=True)
class Step:
    """What an act enters: `data` and `note` of the line (`number` makes its key), and what may be deleted one day."""

    number: int
    data: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    contents: tuple[Content, ...] = ()


@dataclass(frozen=True)
class Scene:
    """What an act may look at: the transaction, the register, who acts, and when."""

    tx: Transaction
    register: Register
    person: Person
    now: datetime


class Act:
    """One thing that a person does to one case. Frozen dataclasses with what the form said are made of it.

    `name` is one of the machine's acts and names the line of the timeline; `moves`: the case gets a new revision, so
    that forms which others have open are out of date; `takes_note`: whoever does it has seen the case;
    `words_field`: it needs the words of the complaint or adds to them, and this field tells that they were erased.
    """

    name: ClassVar[str]
    permission: ClassVar[Permission]
    moves: ClassVar[bool] = True
    takes_note: ClassVar[bool] = False
    words_field: ClassVar[str] = ""

    def may_be_done_by(self, connection: Connection, person: Person, case: Case) -> bool:
        """Whether this person may do it with that case, as far as rights go; the state is asked elsewhere."""
        return allowed(person, self.permission, case)

    def problems(self, scene: Scene, case: Case) -> dict[str, str]:
        """A sentence for each field that keeps it from being done."""
        raise NotImplementedError

    def step(self, scene: Scene, case: Case) -> Step:
        raise NotImplementedError

    def fact(self, scene: Scene, before: Case, after: Case, step: Step) -> Event | None:
        """What the other services are told."""
        return None

    def is_done(self, scene: Scene, case: Case) -> bool:
        """Whether the case is already as this would make it, though the form is another one."""
        return False

    def said(self) -> dict[str, Any]:
        """What the form said, as far as it makes a difference: white space at the ends of words does not."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}  # type: ignore[arg-type]
        return {name: " ".join(value.split()) if isinstance(value, str) else value for name, value in found.items()}

    @property
    def then(self) -> Act | None:
        """What follows in the same transaction."""
        return None


def perform(register: Register, person: Person, ticket: str, revision: int, act: Act) -> Outcome | None:
    """Does it, once. None when this person has no such case to do it with.

    Raises `Refused` with a sentence per field when it cannot be done.
    """
    with register.spine.database.write() as tx:
        case = cases.lock_by_ticket(tx, ticket)
        if case is None or not act.may_be_done_by(tx.connection, person, case):
            return None
        scene = Scene(tx, register, person, register.spine.clock.now())
        return perform_held(scene, case, revision, act)


def perform_held(scene: Scene, case: Case, revision: int, act: Act) -> Outcome:
    """The same for a case that this transaction holds."""
    form = form_of(case, revision, act)
    if case.revision != revision:
        return _not_as_seen(scene, case, act, form)
    if not act.moves:
        last = timeline.last_of_act(scene.tx.connection, case.complaint_id, act.name)
        if last is not None and last.data.get("form") == form:
            return Outcome(Ending.ALREADY_DONE, case, last)
    if act.takes_note and case.state == machine.FORWARDED:
        case = enter(scene, case, TakeNote())
    problems = erased_problem(case, act) or act.problems(scene, case)
    if problems:
        raise Refused(
            sentence("Belum dikirim: ada yang perlu diperbaiki."), code=f"{act.name}_refused", fields=problems
        )
    ending = Ending.ALREADY_DONE if act.is_done(scene, case) else Ending.DONE
    after = case if ending is Ending.ALREADY_DONE else enter(scene, case, act, form)
    if act.then is not None:
        ending, after = Ending.DONE, enter(scene, after, act.then, form)
    return Outcome(ending, after)


def enter(scene: Scene, case: Case, act: Act, form: str = "") -> Case:
    """Enters what has been checked, audits it, and says its fact."""
    step = act.step(scene, case)
    person = scene.person
    revision = case.revision + 1 if act.moves else case.revision
    data = {**step.data, "name": person.name, "revision": revision, "from": case.revision, "form": form}
    key = f"{act.name}:{step.number}"
    line = Happening(case.complaint_id, key, scene.now, person.login, person.role, act.name, step.note, data)
    after = scene.register.enter(scene.tx, case, line, *step.contents)
    details = {name: step.data[name] for name in _AUDITED if name in step.data} | {"assignment": after.assignment}
    timeline.record(
        scene.tx, at=scene.now, actor=person.login, role=person.role, act=f"case.{_VERBS[act.name]}",
        subject=case.ticket, reason=step.note, details=details,
    )  # fmt: skip
    fact = act.fact(scene, case, after, step)
    if fact is not None:
        scene.register.spine.outbox.say(scene.tx, fact)
    return after


@dataclass(frozen=True)
class TakeNote(Act):
    """The first of the agency in charge has seen it; once for each assignment."""

    name = machine.ACKNOWLEDGED
    permission = Permission.WORK
    moves = False

    def problems(self, scene: Scene, case: Case) -> dict[str, str]:
        return not_in_this_state(case, self.name)

    def step(self, scene: Scene, case: Case) -> Step:
        return Step(case.assignment, {"agency": case.agency})

    def fact(self, scene: Scene, before: Case, after: Case, step: Step) -> Event:
        assert after.agency is not None
        return CaseAcknowledged(
            complaint_id=after.complaint_id, ticket=after.ticket, agency=after.agency, assignment=after.assignment,
            acknowledged_at=scene.now,
        )  # fmt: skip


_AUDITED = ("agency", "before", "number", "why", "into_ticket", "system", "suggested")
_VERBS = {
    machine.ASSIGNED: "assign", machine.ACKNOWLEDGED: "acknowledge", machine.ANSWER: "answer",
    machine.CLOSING: "close", machine.ASKED: "ask", machine.RESUMED: "resume", machine.RETURNED: "return",
    machine.ARCHIVING: "archive", machine.MERGED: "merge", machine.SPLIT: "split", machine.COPIED: "copy",
    machine.NOTED: "note", machine.REFERENCED: "refer", machine.REOPENED: "reopen",
}  # fmt: skip
"""What audit rows call the acts: `case.assign`."""


def allowed(person: Person, permission: Permission, case: Case) -> bool:
    return may(person, permission) and sees_case(person, case)


def form_of(case: Case, revision: int, act: Act) -> str:
    """Names a form with all that it says, so that the same one is recognised; nobody can read it back."""
    text = json.dumps([case.complaint_id, revision, act.name, act.said()], sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]


def not_in_this_state(case: Case, act: str) -> dict[str, str]:
    """For the `problems` of an act that the table of states does not allow now."""
    if machine.may_follow(case.state, act):
        return {}
    return {"state": _OVER.get(case.state, NOT_NOW)}


def erased_problem(case: Case, act: Act) -> dict[str, str]:
    """For an act on words that are no longer there."""
    return {act.words_field: WORDS_ERASED} if act.words_field and case.text is None else {}


def reason_problem(reason: str, missing: str, *, required: bool = True) -> dict[str, str]:
    if required and not reason.strip():
        return {"reason": missing}
    if len(reason) > MOST_REASON:
        return {"reason": sentence("Alasan paling panjang %(most)s huruf.", most=MOST_REASON)}
    return {}


def has_words(text: str) -> bool:
    return any(sign.isprintable() and not sign.isspace() for sign in text)


def _not_as_seen(scene: Scene, case: Case, act: Act, form: str) -> Outcome:
    connection = scene.tx.connection
    mine = timeline.last_of_act(connection, case.complaint_id, act.name)
    again = mine is not None and mine.actor == scene.person.login and mine.data.get("form") == form
    last = mine if again else timeline.last_step(connection, case.complaint_id)
    return Outcome(Ending.ALREADY_DONE if again else Ending.CONFLICT, case, last)
