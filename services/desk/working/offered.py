"""What a person may do with a case now: which forms its page shows."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection

from services.desk.cases import machine
from services.desk.cases.acting import Act, erased_problem
from services.desk.cases.agency_acts import Answer, Ask, Close, GiveBack, Note, Resume
from services.desk.cases.case import Case
from services.desk.cases.coordinator_acts import Archive, Assign, Copy, Merge, Refer, Reopen, Split
from services.desk.people.person import Person
from shared.contracts.fields import SP4N

_ONE_OF_EACH: tuple[Act, ...] = (
    Answer(""), Close(), Ask("", datetime.max.replace(tzinfo=UTC)), Resume(""), GiveBack(""), Note(""), Assign("", ""),
    Archive("", ""), Merge(""), Split(""), Copy("", ""), Reopen(""), Refer(SP4N, ""),
)  # fmt: skip
_TELLS_OTHERS = frozenset({machine.MERGED, machine.COPIED})
"""Others would learn of a confidential case by it."""


def offered(connection: Connection, person: Person, case: Case) -> frozenset[str]:
    """The names of the acts (`machine`). Each is checked again when it is done."""
    asked: dict[object, bool] = {}

    def may_do(act: Act) -> bool:
        """Asked once for all acts that ask the same."""
        rule = type(act).may_be_done_by, act.permission
        if rule not in asked:
            asked[rule] = act.may_be_done_by(connection, person, case)
        return asked[rule]

    return frozenset(
        act.name
        for act in _ONE_OF_EACH
        if machine.may_follow(_state_for(case, act), act.name)
        and may_do(act)
        and not erased_problem(case, act)
        and not (case.identity == "confidential" and act.name in _TELLS_OTHERS)
    )


def _state_for(case: Case, act: Act) -> str:
    """Whoever acts takes note by it, if nobody has."""
    return machine.IN_PROGRESS if act.takes_note and case.state == machine.FORWARDED else case.state
