"""A person gives a case to an agency. Two at once: the second learns who was first, and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.desk import repository as cases
from services.desk.cases import timeline
from services.desk.cases.case import Case, Happening, carried_on, of_assigned
from services.desk.directory import repository as agencies
from services.desk.directory.repository import Entry
from services.desk.people.person import Person
from shared.city import CityPack
from shared.contracts.case import CaseAssigned
from shared.contracts.fields import Place
from shared.errors import Refused
from shared.service import Spine
from shared.storage.database import Transaction

MOST_REASON = 500


@dataclass(frozen=True)
class Wish:
    """What the form said. `revision` is the case's as the person saw it; `kelurahan` only where it was unknown."""

    ticket: str
    agency: str
    reason: str
    revision: int
    kelurahan: str = ""


class Ending(StrEnum):
    DONE = "done"
    ALREADY_DONE = "already_done"  # the same form again
    CONFLICT = "conflict"  # the case is not as it was when the person looked


@dataclass(frozen=True)
class Outcome:
    """`by` and `at` say who was first, when a person was: who gave the case to the agency that has it now."""

    ending: Ending
    case: Case
    by: str = ""
    at: datetime | None = None


def assign(spine: Spine, pack: CityPack, person: Person, wish: Wish) -> Outcome | None:
    """Assigns and says `case.assigned.v1` in one transaction. None when there is no such case.

    Raises `Refused` with a sentence per field when the wish cannot be taken.
    """
    with spine.database.write() as tx:
        case = cases.lock_by_ticket(tx, wish.ticket)
        if case is None:
            return None
        if case.revision != wish.revision:
            return _not_as_seen(tx, case, person, wish)
        entry = agencies.one(tx.connection, wish.agency)
        place = _place(pack, case, wish, entry)
        _check(case, wish, entry, place, spine.clock.now())
        changed = hand_over(spine, tx, case, person, agency=wish.agency, reason=wish.reason.strip(), place=place)
        return Outcome(Ending.DONE, changed)


def _not_as_seen(tx: Transaction, case: Case, person: Person, wish: Wish) -> Outcome:
    last = timeline.one(tx.connection, case.complaint_id, _key(case.assignment))
    if last is None:
        return Outcome(Ending.CONFLICT, case)
    again = last.actor == person.login and case.agency == wish.agency and last.data.get("from") == wish.revision
    name = str(last.data.get("name") or last.actor)
    return Outcome(Ending.ALREADY_DONE if again else Ending.CONFLICT, case, by=name, at=last.at)


def _place(pack: CityPack, case: Case, wish: Wish, entry: Entry | None) -> Place:
    """Where it is; an office of a place needs that, so the form may add what the case does not know."""
    kecamatan, kelurahan = case.kecamatan, case.kelurahan
    kecamatan_of = {part.name: area.kecamatan for area in pack.areas for part in area.kelurahan}
    if entry is not None and entry.places and wish.kelurahan in kecamatan_of:
        kecamatan, kelurahan = kecamatan_of[wish.kelurahan], wish.kelurahan
    return Place(kecamatan, kelurahan, case.place_detail or None, case.latitude, case.longitude)


def _check(case: Case, wish: Wish, entry: Entry | None, place: Place, now: datetime) -> None:
    problems = {}
    if entry is None or not entry.valid_at(now):
        problems["agency"] = "Pilih instansi dari daftar."
    elif case.agency == entry.code:
        problems["agency"] = "Laporan ini sudah berada di instansi itu. Pilih instansi lain."
    elif entry.places and not getattr(place, entry.places):
        problems["kelurahan"] = f"Kantor ini ada di setiap {entry.places}. Pilih tempatnya."
    if not wish.reason.strip():
        problems["reason"] = "Tulis alasan singkat, agar instansi mengerti mengapa laporan ini diserahkan."
    elif len(wish.reason) > MOST_REASON:
        problems["reason"] = f"Alasan paling panjang {MOST_REASON} huruf."
    if problems:
        raise Refused("Laporan belum diserahkan.", code="assignment_refused", fields=problems)


def hand_over(
    spine: Spine, tx: Transaction, case: Case, person: Person, *, agency: str, reason: str, place: Place
) -> Case:
    """Changes a case that this transaction holds, writes down who did it and why, and says `case.assigned.v1`."""
    now = spine.clock.now()
    event = CaseAssigned(
        **carried_on(case),
        revision=case.revision + 1,
        place=place,
        agency=agency,
        assignment=case.assignment + 1,
        assigned_at=now,
        reason=reason,
        role=person.role,
    )
    changed = cases.merge(tx, of_assigned(event))
    data = {"agency": agency, "before": case.agency, "from": case.revision, "name": person.name}
    key = _key(event.assignment)
    timeline.add(tx, Happening(case.complaint_id, key, now, person.login, person.role, "assigned", reason, data))
    timeline.record(
        tx, at=now, actor=person.login, role=person.role, act="case.assign", subject=case.ticket, reason=reason,
        details={"agency": agency, "before": case.agency, "assignment": event.assignment},
    )  # fmt: skip
    spine.outbox.say(tx, event)
    return changed


def _key(assignment: int) -> str:
    return f"assigned:{assignment}"
