"""What the page of a case shows: the same page answers every form that could not be sent, with what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from flask import render_template, request
from sqlalchemy import Connection

from services.desk.cases import contents, machine, timeline
from services.desk.cases.agency_acts import MOST_ANSWER, MOST_NOTE, MOST_QUESTION
from services.desk.cases.case import Case, Happening
from services.desk.cases.contents import Contents
from services.desk.cases.highlighting import marked, spans_of, stretch
from services.desk.cases.photos import photos_of
from services.desk.deadlines import repository as clocks
from services.desk.deadlines.counting import Span, count
from services.desk.deadlines.showing import show
from services.desk.desk import Desk
from services.desk.erasing.eraser import ERASED
from services.desk.people.person import Person, TextView, may_reveal_contact, text_view
from services.desk.views.access import me
from services.desk.views.display import choices, known_agencies
from services.desk.views.ready_texts import ready_for
from services.desk.working import drafts, links
from services.desk.working.files import MOST_PHOTO_BYTES, MOST_PHOTOS
from services.desk.working.offered import offered
from shared.city_deadlines import COMPLETE
from shared.contracts.fields import ARCHIVE_REASONS
from shared.observability.masking import mask

MOST_FOLLOWERS = 50
UNDO_WITHIN = timedelta(minutes=30)
FOLLOWED = "followed"
_WORK = frozenset({machine.ANSWER, machine.CLOSING, machine.ASKED, machine.RESUMED, machine.RETURNED})
_COORDINATION = frozenset(
    {machine.ASSIGNED, machine.ARCHIVING, machine.MERGED, machine.SPLIT, machine.COPIED, machine.REOPENED}
)
_WRITTEN = frozenset({"answer", "question", "note", "reason", "part"})
"""Fields in which somebody took the trouble to write."""
_UNDONE_BY = {
    machine.ARCHIVING: machine.REOPENED,
    machine.MERGED: machine.REOPENED,
    machine.ASSIGNED: machine.ASSIGNED,
}


@dataclass(frozen=True)
class Trial:
    """A form that was sent and is shown again: which, what stood in it, and what is wrong with it."""

    acting: str
    kept: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def page(desk: Desk, case: Case, status: int = 200, *, trial: Trial | None = None, **more: Any) -> tuple[str, int]:
    """The case as it is now, and whatever else the caller has to say."""
    tried = trial or Trial("")
    words = [text for name, text in tried.kept.items() if name in _WRITTEN]
    said = {"acting": tried.acting, "kept": dict(tried.kept), "errors": dict(tried.errors), "own_words": words, **more}
    return render_template("case.html", **content_of(desk, case) | said), status


def content_of(desk: Desk, case: Case) -> dict[str, Any]:
    person, now = me(), desk.spine.clock.now()
    view = text_view(person, case.identity)
    reads = view is not TextView.NONE
    with desk.spine.database.read() as connection:
        happenings = timeline.of_case(connection, case.complaint_id)
        known = contents.of_case(connection, case.complaint_id)
        case = _with_report(case, known)
        work = _work(desk, connection, case, person)
    work["clocks"] = show(work["clocks"], desk.pack.calendar, now)
    agencies_now = choices(desk, now)
    return {
        "case": case,
        "erased": {str(one.data["part"]): one for one in happenings if one.act == ERASED},
        "happenings": happenings if sees_notes(person, case) else [one for one in happenings if one.act != "noted"],
        **_words_of(case, view),
        **_said_of(case, known, person, reads=reads),
        **work,
        "joined": sum(one.act == FOLLOWED for one in happenings),
        "next_clock": next((clock for clock in work["clocks"] if clock.is_open and clock.mark != "paused"), None),
        "numbers": links.outer_numbers(case),
        "undo": undo_of(happenings, person, now, work["offered"]),
        "works": bool(work["offered"] & _WORK),
        "coordinates": coordinates(case, work["offered"]),
        "until": asked_until(desk, case, now) if machine.ASKED in work["offered"] else None,
        "ready": ready_for(desk, case, work["offered"], work["clocks"]),
        "last_assignment": next((h for h in reversed(happenings) if h.act == "assigned"), None),
        "may_reveal": may_reveal_contact(person, case),
        "agencies": agencies_now,
        "valid": {entry.code for entry in agencies_now},
        "areas": desk.pack.areas,
        "archive_reasons": ARCHIVE_REASONS,
        "most": {"answer": MOST_ANSWER, "question": MOST_QUESTION, "note": MOST_NOTE, "photos": MOST_PHOTOS,
                 "photo_bytes": MOST_PHOTO_BYTES},
        "opened": request.args.get("open", "")[:20],
        "wish": None,
        "errors": {},
        "kept": {},
        "acting": "",
        "own_words": [],
    }  # fmt: skip


def coordinates(case: Case, acts: frozenset[str]) -> bool:
    """Whether there is something for the card of the coordinator; who is in charge is asked above it in triage."""
    elsewhere = {machine.ASSIGNED} if case.state == machine.TRIAGE else set()
    return bool(acts & (_COORDINATION - elsewhere))


def sees_notes(person: Person, case: Case) -> bool:
    """Notes are among those who work on the case and those who look over them; who has a copy of it reads none."""
    return not person.bound_to_agency or person.agency == case.agency


def asked_until(desk: Desk, case: Case, now: datetime) -> datetime:
    """Until when a citizen who is asked now has time."""
    policy = desk.pack.deadlines
    rule = policy.rule(COMPLETE)
    if rule is None:
        return now + timedelta(days=10)
    days = rule.days_for(case.kind, inspection=case.agency in policy.inspection_agencies, urgent=case.urgent)
    return count(now, Span(days, rule.unit), desk.pack.calendar).due_at


def undo_of(
    happenings: list[Happening], person: Person, now: datetime, acts: frozenset[str]
) -> tuple[str, Happening] | None:  # fmt: skip
    """The act that undoes what this person did last, shortly before, and what that was; None: nothing to undo."""
    steps = [one for one in happenings if one.seq]
    last = max(steps, key=lambda one: one.seq) if steps else None
    if last is None or last.actor != person.login or now - last.at > UNDO_WITHIN:
        return None
    by = _UNDONE_BY.get(last.act)
    return (by, last) if by in acts and by is not None else None


def _work(desk: Desk, connection: Connection, case: Case, person: Person) -> dict[str, Any]:
    """What is asked of the database for the work on it."""
    directory = known_agencies()
    return {
        "offered": offered(connection, person, case),
        "drafts": drafts.of_case(connection, person.login, case.complaint_id),
        "clocks": clocks.of_case(connection, case.complaint_id),
        "links": links.links_of(connection, case),
        "in_charge": directory.get(case.agency or ""),
        "candidate": directory.get(case.suggested or ""),
    }


def _said_of(case: Case, known: Contents, person: Person, *, reads: bool) -> dict[str, Any]:
    """What was written and sent by others than the citizen at first, as far as this person reads it."""
    followers = known.of(contents.FOLLOWER)
    every = photos_of(case, known) if reads else []
    by_number = {kind: {one.number: one for one in known.of(kind)} if reads else {} for kind in _NUMBERED}
    return {
        "additions": known.of(contents.ADDITION) if reads else [],
        "photos": [photo for photo in every if photo.origin != contents.ANSWER],
        "followers": followers[:MOST_FOLLOWERS] if reads else [],
        "answers": by_number[contents.ANSWER],
        "questions": by_number[contents.QUESTION],
        "split_parts": by_number[contents.PART],
        "notes": by_number[contents.NOTE] if sees_notes(person, case) else {},
        "rating": known.one(contents.RATING),
        "answered": case.number_of(machine.ANSWER),
    }


_NUMBERED = (contents.ANSWER, contents.QUESTION, contents.PART, contents.NOTE)


def _with_report(case: Case, known: Contents) -> Case:
    """The case with what the citizen wrote at first, as far as that is still there."""
    report = known.one(contents.REPORT)
    if report is None:
        return case
    return replace(case, text=report.text, place_detail=report.place_detail, attachments=report.photos)


def _words_of(case: Case, view: TextView) -> dict[str, Any]:
    """What the citizen wrote, as far as this person reads it, with the phrases of the rules marked."""
    hide = None if view is TextView.WHOLE else mask
    reads = view is not TextView.NONE
    return {
        "reads": reads,
        "paper_text": mask(case.text or "") if reads else "",
        "paper_place": mask(case.place_detail) if reads else "",
        "masked": view is TextView.MASKED,
        "pieces": marked(case.text, spans_of(case.decision.get("reasons", ())), hide) if reads and case.text else [],
        "matters": [
            (part["agency"], stretch(case.text or "", (part["start"], part["end"]), hide))
            for part in case.decision.get("parts", ())
        ],
        "place_detail": (hide or str)(case.place_detail) if reads else "",
    }
