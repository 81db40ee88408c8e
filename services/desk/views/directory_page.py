"""What the pages of one agency show, and who may do what there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort
from sqlalchemy import Connection

from services.desk.desk import Desk
from services.desk.directory import repository as agencies
from services.desk.directory.absences import acting, with_rights_of
from services.desk.directory.connections import Setup
from services.desk.directory.editing import Change, changes_of
from services.desk.directory.form import Filled
from services.desk.directory.importing import Line, State, compare_directory
from services.desk.directory.leave import absences_of
from services.desk.directory.listing import COMING, ENDED, validity_of
from services.desk.directory.moving import count_open
from services.desk.directory.repository import Entry
from services.desk.directory.staff import Colleague, colleagues, places_of
from services.desk.directory.tokens import SCOPES, tokens_of
from services.desk.directory.ways import ways_of
from services.desk.people.person import Act, Person, may
from services.desk.views import directory_wording
from services.desk.views.access import me
from services.desk.views.display import choices
from services.desk.views.forms import typed
from shared.city_agencies import PLACE_LEVELS, WAYS
from shared.errors import Refused, Transient
from shared.observability.logs import get_logger

log = get_logger("desk")


def find_entry(desk: Desk, code: str) -> Entry:
    with desk.spine.database.read() as connection:
        entry = agencies.one(connection, code[:64])
    return entry if entry is not None else abort(404)


def zone_of(desk: Desk) -> ZoneInfo:
    return ZoneInfo(desk.pack.city.timezone)


def may_edit(person: Person) -> bool:
    return may(person, Act.EDIT_DIRECTORY)


def may_lead(person: Person, entry: Entry) -> bool:
    """Enters leave there: whoever keeps the directory, and the head of this very agency."""
    return may_edit(person) or (may(person, Act.EDIT_OWN_AGENCY) and person.agency == entry.code)


def is_of_my_office(person: Person, other: Person) -> bool:
    """Whether leave of `other` is this person's to enter: a head of one place leaves the other places alone."""
    if may_edit(person):
        return True
    place = (person.agency, person.kecamatan, person.kelurahan)
    return place == (other.agency, other.kecamatan, other.kelurahan)


def read_revision() -> int:
    revision = typed("revision", 20)
    if not (revision.isascii() and revision.isdigit() and len(revision) < 10):
        abort(400)
    return int(revision)


def content_of(desk: Desk, entry: Entry, **more: Any) -> dict[str, Any]:
    """The page of an agency. `more` replaces and adds what an act just brought."""
    person, now = me(), desk.spine.clock.now()
    edits = may_edit(person)
    with desk.spine.database.read() as connection:
        people = _people(connection, desk, entry)
        content = {
            "history": changes_of(connection, entry.code) if edits else [],
            "tokens": tokens_of(connection, entry.code) if edits else [],
            "open_cases": count_open(connection, entry.code).get(entry.code, 0),
        }
    setup, away = _setup(desk, entry) if edits else (None, False)
    content |= people | {
        "entry": entry,
        "validity": validity_of(entry, now),
        "ended": validity_of(entry, now) == ENDED,
        "coming": validity_of(entry, now) == COMING,
        "ways": ways_of(entry),
        "unused": [way for way in WAYS if way in entry.endpoints and way not in ways_of(entry)],
        "edits": edits,
        "leads": may_lead(person, entry),
        "may_move": may(person, Act.COORDINATE),
        "targets": [one for one in choices(desk, now) if one.code != entry.code],
        "setup": setup,
        "away": away,
        "pack_line": _pack_line(desk, entry) if edits else None,
        "places": places_of(desk.pack, entry.places) if entry.places else [],
        "scopes": SCOPES,
        "now": now,
        "zone": zone_of(desk),
        "second": timedelta(seconds=1),
        "words": directory_wording,
        "errors": {},
        "section": "",
        "typed": {},
    }
    return content | more


def form_content(
    desk: Desk, entry: Entry | None, filled: Filled, *, errors: dict[str, str] | None = None,
    revision: int | None = None, conflict: bool = False, since: list[Change] | None = None, code: str = "",
    places: str = "",
) -> dict[str, Any]:  # fmt: skip
    """The form of an agency, or of a new one. `since`: what others changed after the form was opened."""
    with desk.spine.database.read() as connection:
        directory = agencies.every(connection)
    return {
        "entry": entry,
        "filled": filled,
        "errors": errors or {},
        "revision": revision if revision is not None or entry is None else entry.revision,
        "conflict": conflict,
        "since": since or [],
        "code": code,
        "places": places,
        "levels": PLACE_LEVELS,
        "ways": [way for way in WAYS if way != "amqp" or (entry is not None and way in entry.endpoints)],
        "languages_known": desk.pack.notifications.languages,
        "successors": [one for one in directory if entry is None or one.code != entry.code],
        "words": directory_wording,
        "zone": zone_of(desk),
    }


def _people(connection: Connection, desk: Desk, entry: Entry) -> dict[str, Any]:
    person, now = me(), desk.spine.clock.now()
    staff = colleagues(connection, entry.code)
    leave = absences_of(connection, entry.code, since=now)
    active = [one.person for one in staff if one.active]
    stand_ins = acting(active, leave, now)
    effective = {one.login: with_rights_of(one, stand_ins.get(one.login, [])) for one in active}
    sees_all = may_lead(person, entry)
    return {
        "staff": [one for one in staff if one.active or sees_all],
        "effective": effective,
        "names": {one.person.login: one.person.name for one in staff},
        "away_now": {one.login: one for one in leave if one.holds_at(now)},
        "leave": leave,
        "mine": [one for one in active if is_of_my_office(person, one)] if sees_all else [],
        "headless": _has_no_head(staff, effective),
        "sees_all": sees_all,
    }


def _has_no_head(staff: list[Colleague], effective: dict[str, Person]) -> bool:
    return bool(staff) and not any(person.role == "head" for person in effective.values())


def _setup(desk: Desk, entry: Entry) -> tuple[Setup | None, bool]:
    """None and True while the notifier cannot be asked: the page says so, and all else works on."""
    try:
        return desk.connections.setup(entry.code), False
    except (Transient, Refused) as error:
        log.warning("connections_not_reached", code=error.code)
        return None, True


def _pack_line(desk: Desk, entry: Entry) -> Line | None:
    """Where this agency differs from the pack that the desk was started with."""
    seeds = [agency for agency in desk.pack.agencies if agency.code == entry.code]
    (line,) = compare_directory([entry], seeds)
    return line if line.state not in (State.SAME, State.ONLY_HERE) else None
