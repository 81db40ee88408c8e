"""An act of an agency's system: the same as on the pages, under a key, and done once.

Key, act and what is answered are one transaction. What was refused has done nothing, and its key is free again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from services.desk import repository as cases
from services.desk.api import answers
from services.desk.api.answers import Wish
from services.desk.api.callers import Caller
from services.desk.api.case_object import change
from services.desk.api.changes import COPY, role_of
from services.desk.cases import machine, timeline
from services.desk.cases.acting import NOT_NOW, Act, Ending, Outcome, Scene, TakeNote, perform_held
from services.desk.cases.case import Case
from services.desk.cases.coordinator_acts import Refer
from services.desk.cases.denied import note_denied
from services.desk.cases.register import Register
from shared.errors import Refused
from shared.sentences import sentence
from shared.storage.database import Transaction

MOST_REFERENCES = 10
ACT = "api.act"
NO_CASE = sentence("Laporan ini tidak ditemukan.")
READ_ONLY = sentence("Instansi Anda mendapat tembusan laporan ini. Hanya dapat dibaca.")
CHANGED = sentence("Laporan ini sudah berubah sejak dibaca. Baca lagi, lalu putuskan.")
_FIELDS = {"answer": "text", "closing": "reason", "note": "text", "reference": "number"}
"""What the pages call a field, and what the API calls it."""


class Acknowledge(TakeNote):
    """Also of what a colleague opened at the desk already: then it is done."""

    def problems(self, scene: Scene, case: Case) -> dict[str, str]:
        return {} if self.is_done(scene, case) else super().problems(scene, case)

    def is_done(self, scene: Scene, case: Case) -> bool:
        return timeline.is_known(scene.tx.connection, case.complaint_id, f"{self.name}:{case.assignment}")


class Reference(Refer):
    """By a machine, which might make up a new system for each call."""

    def problems(self, scene: Scene, case: Case) -> dict[str, str]:
        if self.number and self.system not in case.external_refs and len(case.external_refs) >= MOST_REFERENCES:
            told = sentence("Paling banyak %(most)s nomor dari sistem lain.", most=MOST_REFERENCES)
            return {"system": told}
        return super().problems(scene, case)


class Conflict(Refused):
    """The case is not as the system thinks: `case` as it is, `last` what changed it."""

    def __init__(self, message: str, code: str, case: Case, last: dict[str, Any] | None) -> None:
        super().__init__(message, code=code, status=409)
        self.case = case
        self.last = last


class NotFound(Refused):
    """There is no such case, or it is none of this agency: answered alike."""

    def __init__(self, case: Case | None) -> None:
        super().__init__(NO_CASE, code="no_such_case", status=404)
        self.case = case


@dataclass(frozen=True)
class Doing:
    """What is asked for: an act, with the case of that ticket, seen in that revision (None: as it is)."""

    ticket: str
    act: Callable[[Case], Act]
    wish: Wish
    revision: int | None = None


def do(register: Register, caller: Caller, doing: Doing) -> tuple[dict[str, Any], bool]:
    """The answer, and whether it was given before. Raises `Refused`, `Conflict` or `NotFound`."""
    try:
        with register.spine.database.write() as tx:
            now = register.spine.clock.now()
            known = answers.begin(tx, caller, doing.wish, now)
            if known is not None:
                return known, True
            case = _held(tx, doing.ticket)
            check_right(tx.connection, caller, case)
            scene, act = Scene(tx, register, caller.person, now), doing.act(case)
            if not act.may_be_done_by(tx.connection, caller.person, case):
                raise NotFound(case)
            body = _body(_performed(scene, case, act, doing.revision))
            _name_the_token(scene, caller, doing, act)
            answers.finish(tx, caller, doing.wish, body)
            return body, False
    except NotFound as error:
        if error.case is not None:
            note_denied(register.spine, caller.person, error.case)
        raise


def check_right(connection: Connection, caller: Caller, case: Case) -> None:
    """Raises what is told to a system that may not work on the case."""
    role = role_of(connection, caller.agency, case)
    if role == COPY:
        raise Refused(READ_ONLY, code="copy_is_read_only", status=403)
    if not role:
        raise NotFound(case)


def _held(tx: Transaction, ticket: str) -> Case:
    """The case, which nobody else changes until the transaction ends."""
    case = cases.lock_by_ticket(tx, ticket)
    if case is None:
        raise NotFound(None)
    return case


def _performed(scene: Scene, case: Case, act: Act, seen: int | None) -> Outcome:
    try:
        outcome = perform_held(scene, case, case.revision if seen is None else seen, act)
    except Refused as error:
        if not machine.may_follow(state_for(case, act), act.name):
            raise _conflict(scene, case, _sentence_of(error), "not_in_this_state") from error
        raise _in_words_of_the_api(error) from error
    if outcome.ending is Ending.CONFLICT:
        raise _conflict(scene, outcome.case, CHANGED, "case_changed")
    return outcome


def state_for(case: Case, act: Act) -> str:
    """Whoever acts takes note by it, if nobody has."""
    return machine.IN_PROGRESS if act.takes_note and case.state == machine.FORWARDED else case.state


def _conflict(scene: Scene, case: Case, told: str, code: str) -> Conflict:
    last = timeline.last_step(scene.tx.connection, case.complaint_id)
    return Conflict(told, code, case, None if last is None else change(last))


def _sentence_of(error: Refused) -> str:
    return next(iter(error.fields.values()), str(NOT_NOW))


def _in_words_of_the_api(error: Refused) -> Refused:
    fields: Mapping[str, str] = {_FIELDS.get(name, name): told for name, told in error.fields.items()}
    return Refused(error.message, code=error.code, status=error.status, fields=dict(fields))


def _body(outcome: Outcome) -> dict[str, Any]:
    case = outcome.case
    done = "done" if outcome.ending is Ending.DONE else "already_done"
    return {"ticket": case.ticket, "outcome": done, "state": case.state, "revision": case.revision}


def _name_the_token(scene: Scene, caller: Caller, doing: Doing, act: Act) -> None:
    """Beside the audit row of the act itself, which names the token as who did it."""
    timeline.record(
        scene.tx, at=scene.now, actor=caller.person.login, role=caller.person.role, act=ACT, subject=doing.ticket,
        details={"did": act.name, "token": caller.token_id, "name": caller.name, "agency": caller.agency,
                 "key": doing.wish.key},
    )  # fmt: skip
