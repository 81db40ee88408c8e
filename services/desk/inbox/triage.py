"""What waits for a coordinator: emergencies first, then what is due first, each with all that helps to decide it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import BindParameter, Connection, RowMapping, and_, bindparam, select

from services.desk import repository as cases_read
from services.desk.cases.case import Case, Happening
from services.desk.cases.folding import REOPENED_REASON, RETURNED_REASON
from services.desk.cases.highlighting import Piece, marked, spans_of
from services.desk.cases.machine import REOPENED, RETURNED
from services.desk.inbox.conditions import IS_DUE, IS_IN_TRIAGE, IS_REPORT, in_charge
from services.desk.inbox.likeness import KnownWords, Like, like_these
from services.desk.inbox.paging import Turn, turn
from services.desk.inbox.wishes import Part, Wish
from services.desk.people.person import Person, Scope, TextView, scope_of, text_view
from services.desk.tables import case_contents, case_events, cases
from shared.observability.masking import mask

PAGE = 10
MOST_CANDIDATES = 9
"""As many as there are keys for them."""
_SHOWN_SIGNS = 500
EXTERNAL = "external_confirmation"
_CAME_BACK = (RETURNED_REASON, REOPENED_REASON)
# Built once, as building a statement costs more than running it.
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_CASES = (
    select(cases, case_contents.c.text, case_contents.c.place_detail, case_contents.c.photos)
    .join_from(
        cases, case_contents,
        and_(cases.c.complaint_id == case_contents.c.complaint_id, IS_REPORT), isouter=True,
    )
    .where(cases.c.complaint_id.in_(_IDS))
)  # fmt: skip
_RETURNS = (
    select(case_events)
    .where(case_events.c.complaint_id.in_(_IDS), case_events.c.act.in_((RETURNED, REOPENED)))
    .order_by(case_events.c.seq)
)


@dataclass(frozen=True)
class Candidate:
    """An agency that may be in charge. `score` None: an agency named it, the rules did not. `phrases`: what spoke for
    it, as far as the person may read it."""

    agency: str
    score: int | None = None
    phrases: tuple[str, ...] = ()
    named_by: str = ""


@dataclass(frozen=True)
class Waiting:
    """`returned` is how it came back, from an agency or from what was settled; None when it never left."""

    case: Case
    pieces: list[Piece] | None
    photos: int
    candidates: list[Candidate]
    returned: Happening | None
    likes: list[Like]

    @property
    def is_external(self) -> bool:
        """The rules name a body outside the city, and wait for a person to agree."""
        return self.case.reason == EXTERNAL


@dataclass(frozen=True)
class TriagePage:
    rows: list[Waiting]
    next: str = ""
    previous: str = ""


def _parts() -> tuple[Part, ...]:
    urgent, other, no_deadline = cases.c.urgent.is_(True), cases.c.urgent.is_(False), cases.c.due_at.is_(None)
    return (
        Part("ud", cases.c.due_at, (urgent, IS_DUE)), Part("un", cases.c.received_at, (urgent, no_deadline)),
        Part("d", cases.c.due_at, (other, IS_DUE)), Part("n", cases.c.received_at, (other, no_deadline)),
    )  # fmt: skip


def in_triage(
    connection: Connection, person: Person, known: KnownWords, now: datetime, *, after: str = "", before: str = "",
    limit: int = PAGE,
) -> TriagePage:  # fmt: skip
    found = turn(connection, _wish(scope_of(person)), Turn(after, before), limit)
    ids = [row.complaint_id for row in found.rows]
    waiting = _cases(connection, ids)
    returned = _last_returns(connection, [case.complaint_id for case in waiting if case.reason in _CAME_BACK])
    likes = like_these(connection, waiting, known, now)
    rows = [_waiting(case, person, returned.get(case.complaint_id), likes[case.complaint_id]) for case in waiting]
    return TriagePage(rows, found.next, found.previous)


@lru_cache(maxsize=1000)
def _wish(scope: Scope) -> Wish:
    return Wish(_parts(), (in_charge(scope), IS_IN_TRIAGE))


def candidates_of(case: Case, view: TextView) -> list[Candidate]:
    """Whom the last agency named, then what the rules think, the strongest first; none that returned it."""
    found: dict[str, Candidate] = {}
    if case.suggestion:
        found[case.suggestion] = Candidate(case.suggestion, named_by=case.declined[-1] if case.declined else "")
    decision, shown = case.decision, view is not TextView.NONE
    phrases = tuple(dict.fromkeys(_phrases(case, view))) if shown else ()
    if decision.get("agency"):
        main = str(decision["agency"])
        found.setdefault(main, Candidate(main, decision.get("score"), phrases))
    for other in decision.get("alternatives", ()):
        found.setdefault(str(other["agency"]), Candidate(str(other["agency"]), other.get("score")))
    return [one for one in found.values() if one.agency not in case.declined][:MOST_CANDIDATES]


def _phrases(case: Case, view: TextView) -> Iterator[str]:
    for reason in case.decision.get("reasons", ()):
        phrase = str(reason.get("phrase", ""))
        yield phrase if view is TextView.WHOLE else mask(phrase)


def _cases(connection: Connection, ids: Sequence[str]) -> list[Case]:
    found = connection.execute(_CASES, {"ids": list(ids)}).mappings().all() if ids else ()
    rows = {row["complaint_id"]: row for row in found}
    return [_case(rows[one]) for one in ids if one in rows]


def _case(row: RowMapping) -> Case:
    if row["text"] is None:
        return cases_read.of_row(row)
    content = {"text": row["text"], "place_detail": row["place_detail"], "attachments": row["photos"]}
    return cases_read.of_row(row, **content)


def _waiting(case: Case, person: Person, returned: Happening | None, likes: list[Like]) -> Waiting:
    view = text_view(person, case.identity)
    photos = len(case.attachments) if view is not TextView.NONE else 0
    return Waiting(case, _pieces(case, view), photos, candidates_of(case, view), returned, likes)


def _pieces(case: Case, view: TextView) -> list[Piece] | None:
    """The beginning of the text with the phrases of the rules marked; None: no text, or none for this person."""
    if case.text is None or view is TextView.NONE:
        return None
    hide = None if view is TextView.WHOLE else mask
    shown, left = list[Piece](), _SHOWN_SIGNS
    for piece in marked(case.text, spans_of(case.decision.get("reasons", ())), hide):
        if len(piece.text) >= left:
            return [*shown, Piece(piece.text[:left].rstrip() + "…", piece.marked)]
        shown.append(piece)
        left -= len(piece.text)
    return shown


def _last_returns(connection: Connection, ids: Sequence[str]) -> dict[str, Happening]:
    rows = connection.execute(_RETURNS, {"ids": list(ids)}).mappings().all() if ids else ()
    return {row["complaint_id"]: Happening(**row) for row in rows}
