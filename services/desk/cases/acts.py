"""What the agency in charge does with a case: it takes note, answers and closes; and what opens the case again.

Each is one transaction with its line of the timeline, its audit row and its fact. Two at once: the second learns that
something has changed, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.desk import repository as cases
from services.desk.cases import answers, timeline
from services.desk.cases.answers import Answer
from services.desk.cases.assign import Ending, Outcome
from services.desk.cases.case import ANSWERED, CLOSED, FORWARDED, IN_PROGRESS, Case, Happening, carried_on, place_of
from services.desk.people.person import Act, Person, may, sees_case
from shared.contracts.case import CaseAcknowledged, CaseAnswered, CaseClosed
from shared.errors import Refused
from shared.service import Spine
from shared.storage.database import Transaction

MOST_ANSWER = 20_000
MOST_REASON = 500
_UNDER_WAY = (FORWARDED, IN_PROGRESS, ANSWERED)
_OVER = "Laporan ini sudah ditutup."


@dataclass(frozen=True)
class Answering:
    """What the form said. `revision` is the case's as the person saw it; `close`: the answer settles it."""

    ticket: str
    revision: int
    text: str
    close: bool = False


@dataclass(frozen=True)
class Closing:
    """The same without an answer; the citizen reads the reason."""

    ticket: str
    revision: int
    reason: str = ""


def acknowledge(spine: Spine, person: Person, case: Case) -> Case:
    """The case as it is after this person has opened it: the first of the agency in charge takes note of it.

    Once for each assignment, and never for those who only look on.
    """
    if case.state != FORWARDED or not _works_on(person, case):
        return case
    with spine.database.write() as tx:
        now = cases.lock(tx, case.complaint_id)
        if now is None or now.state != FORWARDED or not _works_on(person, now):
            return case if now is None else now
        return _take_note(spine, tx, now, person)


def answer(spine: Spine, person: Person, wish: Answering) -> Outcome | None:
    """Stores the answer and says `case.answered.v1`, and `case.closed.v1` when that settles it. None: no such case.

    Raises `Refused` with a sentence per field when the wish cannot be taken.
    """
    wish = replace(wish, text=wish.text.replace("\r\n", "\n").strip())
    with spine.database.write() as tx:
        case = _case_of(tx, person, wish.ticket)
        if case is None:
            return None
        if case.revision != wish.revision:
            return _answer_not_as_seen(tx, case, person, wish)
        _check_answer(case, wish.text)
        if case.state == ANSWERED and wish.text == _last_answer(tx, case):  # sent from a page that was opened again
            if not wish.close:
                return Outcome(Ending.ALREADY_DONE, case)
            return Outcome(Ending.DONE, _close(spine, tx, case, person, Closing(wish.ticket, wish.revision)))
        if case.state == FORWARDED:
            case = _take_note(spine, tx, case, person)
        case = _answer(spine, tx, case, person, wish)
        if wish.close:
            case = _close(spine, tx, case, person, Closing(wish.ticket, wish.revision))
        return Outcome(Ending.DONE, case)


def close(spine: Spine, person: Person, wish: Closing) -> Outcome | None:
    """Closes the case and says `case.closed.v1`. None when there is no such case. Raises `Refused` as `answer` does.

    Without an answer the citizen is owed a reason.
    """
    wish = replace(wish, reason=" ".join(wish.reason.split()))
    with spine.database.write() as tx:
        case = _case_of(tx, person, wish.ticket)
        if case is None:
            return None
        if case.revision != wish.revision:
            return _closing_not_as_seen(tx, case, person, wish)
        _check_closing(tx, case, wish.reason)
        if case.state == FORWARDED:
            case = _take_note(spine, tx, case, person)
        return Outcome(Ending.DONE, _close(spine, tx, case, person, wish))


def reopen(tx: Transaction, complaint_id: str, addition_id: str, said_at: datetime) -> None:
    """The citizen says that it is not solved: whoever answered has to look again, once for each time it is said.

    What was said before the last answer is no comment on it. The case may be unknown.
    """
    case = cases.lock(tx, complaint_id)
    if case is None or case.state not in (ANSWERED, CLOSED):
        return
    ended = timeline.last_of_act(tx.connection, complaint_id, "answered") or timeline.last_of_act(
        tx.connection, complaint_id, "closed"
    )
    key = f"reopened:{addition_id}"
    if (ended is not None and said_at <= ended.at) or timeline.one(tx.connection, complaint_id, key) is not None:
        return
    cases.change(tx, replace(case, state=IN_PROGRESS, revision=case.revision + 1, updated_at=said_at))
    data = {"before": case.state, "from": case.revision}
    timeline.add(tx, Happening(complaint_id, key, said_at, "citizen", "citizen", "reopened", "", data))


def _works_on(person: Person, case: Case) -> bool:
    return may(person, Act.WORK) and sees_case(person, case)


def _case_of(tx: Transaction, person: Person, ticket: str) -> Case | None:
    """The case, held; None for whoever has nothing to do with it, too: it may have changed hands a moment ago."""
    case = cases.lock_by_ticket(tx, ticket)
    return case if case is not None and _works_on(person, case) else None


def _last_answer(tx: Transaction, case: Case) -> str | None:
    number = timeline.count_of_act(tx.connection, case.complaint_id, "answered")
    return answers.text_of(tx.connection, case.complaint_id, number)


def _take_note(spine: Spine, tx: Transaction, case: Case, person: Person) -> Case:
    """Changes no revision: whoever has a form open need not look again because somebody read."""
    assert case.agency is not None
    now = spine.clock.now()
    changed = replace(case, state=IN_PROGRESS, updated_at=now)
    cases.change(tx, changed)
    data = {"agency": case.agency, "name": person.name}
    _write_down(tx, case, person, "acknowledged", case.assignment, now, data)
    spine.outbox.say(
        tx,
        CaseAcknowledged(
            complaint_id=case.complaint_id, ticket=case.ticket, agency=case.agency, assignment=case.assignment,
            acknowledged_at=now,
        ),
    )  # fmt: skip
    return changed


def _answer(spine: Spine, tx: Transaction, case: Case, person: Person, wish: Answering) -> Case:
    assert case.agency is not None
    now = spine.clock.now()
    number = timeline.count_of_act(tx.connection, case.complaint_id, "answered") + 1
    changed = replace(case, state=ANSWERED, revision=case.revision + 1, updated_at=now)
    cases.change(tx, changed)
    answers.add(tx, Answer(case.complaint_id, number, wish.text, person.login, now))
    data = {"agency": case.agency, "name": person.name, "number": number, "from": wish.revision, "close": wish.close}
    _write_down(tx, case, person, "answered", number, now, data)
    spine.outbox.say(
        tx,
        CaseAnswered(
            **carried_on(case), revision=changed.revision, place=place_of(case), agency=case.agency,
            assignment=case.assignment, number=number, answer=wish.text, answered_at=now,
        ),
    )  # fmt: skip
    return changed


def _close(spine: Spine, tx: Transaction, case: Case, person: Person, wish: Closing) -> Case:
    now = spine.clock.now()
    number = timeline.count_of_act(tx.connection, case.complaint_id, "closed") + 1
    changed = replace(case, state=CLOSED, revision=case.revision + 1, updated_at=now)
    cases.change(tx, changed)
    data = {"agency": case.agency, "name": person.name, "number": number, "from": wish.revision}
    _write_down(tx, case, person, "closed", number, now, data, wish.reason)
    spine.outbox.say(
        tx,
        CaseClosed(
            **carried_on(case), revision=changed.revision, place=place_of(case), agency=case.agency,
            assignment=case.assignment, number=number, reason=wish.reason, closed_at=now,
        ),
    )  # fmt: skip
    return changed


def _write_down(
    tx: Transaction, case: Case, person: Person, act: str, number: int, now: datetime, data: Mapping[str, Any],
    reason: str = "",
) -> None:  # fmt: skip
    key = f"{act}:{number}"
    timeline.add(tx, Happening(case.complaint_id, key, now, person.login, person.role, act, reason, dict(data)))
    details = {name: data[name] for name in ("agency", "number") if name in data} | {"assignment": case.assignment}
    timeline.record(
        tx, at=now, actor=person.login, role=person.role, act=_AUDITED[act], subject=case.ticket, reason=reason,
        details=details,
    )  # fmt: skip


_AUDITED = {"acknowledged": "case.acknowledge", "answered": "case.answer", "closed": "case.close"}


def _check_answer(case: Case, text: str) -> None:
    problem = ""
    if case.state not in _UNDER_WAY:
        problem = _OVER
    elif not any(sign.isprintable() and not sign.isspace() for sign in text):
        problem = "Tulis jawaban untuk pelapor."
    elif len(text) > MOST_ANSWER:
        problem = f"Jawaban paling panjang {MOST_ANSWER:,} huruf.".replace(",", ".")
    if problem:
        raise Refused("Jawaban belum dikirim.", code="answer_refused", fields={"answer": problem})


def _check_closing(tx: Transaction, case: Case, reason: str) -> None:
    problem = ""
    if case.state not in _UNDER_WAY:
        problem = _OVER
    elif len(reason) > MOST_REASON:
        problem = f"Alasan paling panjang {MOST_REASON} huruf."
    elif not reason and not timeline.count_of_act(tx.connection, case.complaint_id, "answered"):
        problem = "Pelapor belum mendapat jawaban. Tulis alasan penutupan, atau jawab dulu."
    if problem:
        raise Refused("Laporan belum ditutup.", code="closing_refused", fields={"closing": problem})


def _answer_not_as_seen(tx: Transaction, case: Case, person: Person, wish: Answering) -> Outcome:
    last = timeline.last_of_act(tx.connection, case.complaint_id, "answered")
    again = (
        last is not None
        and last.actor == person.login
        and (last.data.get("from"), last.data.get("close")) == (wish.revision, wish.close)
        and answers.text_of(tx.connection, case.complaint_id, last.data["number"]) == wish.text
    )
    return Outcome(Ending.ALREADY_DONE if again else Ending.CONFLICT, case)


def _closing_not_as_seen(tx: Transaction, case: Case, person: Person, wish: Closing) -> Outcome:
    last = timeline.last_of_act(tx.connection, case.complaint_id, "closed")
    again = (
        last is not None
        and (last.actor, last.note) == (person.login, wish.reason)
        and last.data.get("from") == wish.revision
    )
    return Outcome(Ending.ALREADY_DONE if again else Ending.CONFLICT, case)
