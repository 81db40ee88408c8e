"""A person changes an agency, or adds one. Two at once: the second learns what the first did, and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from services.desk.cases import timeline
from services.desk.directory import repository as agencies
from services.desk.directory.agencies import change, create
from services.desk.directory.form import Around, Filled, carried_over, filled_of, read_form
from services.desk.directory.repository import Entry, Version
from services.desk.people.person import Person
from shared.address_guard import AddressGuard
from shared.city import CityPack
from shared.city_agencies import CODE, PLACE_LEVELS
from shared.errors import Refused
from shared.sentences import sentence
from shared.service import Spine


class Ending(StrEnum):
    DONE = "done"
    ALREADY_DONE = "already_done"  # the same form again, or nothing in it is different
    CONFLICT = "conflict"  # the agency is not as it was when the person looked


@dataclass(frozen=True)
class Change:
    """What one revision changed: field, or way, → before and after, as `facts_of` says them."""

    revision: int
    at: datetime
    actor: str
    fields: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True)
class Outcome:
    """On a conflict `filled` is what was typed over what is now, and `since` what others changed, the newest first."""

    ending: Ending
    entry: Entry
    filled: Filled | None = None
    since: list[Change] = field(default_factory=list)


def edit(spine: Spine, pack: CityPack, person: Person, code: str, revision: int, filled: Filled) -> Outcome | None:
    """Changes and says `agency.changed.v1` in one transaction. None when there is no such agency.

    `revision` is the one that the form was made from. Raises `Refused` with a sentence per field.
    """
    with spine.database.write() as tx:
        around = around_of(tx.connection, pack)
        known = around.directory.get(code)
        if known is None:
            return None
        if known.revision != revision:
            return _not_as_seen(tx.connection, known, revision, filled, around)
        changed = read_form(filled, known, around)
        if changed == known:
            return Outcome(Ending.ALREADY_DONE, known)
        now = spine.clock.now()
        written = change(spine.outbox, tx, known, changed, now, person.login)
        if written is None:
            return Outcome(Ending.CONFLICT, known, filled)
        timeline.record(
            tx, at=now, actor=person.login, role=person.role, act="agency.edit", subject=code[:64],
            details={"revision": written.revision, "fields": sorted(_differences(known, written))},
        )  # fmt: skip
        return Outcome(Ending.DONE, written)


def add(spine: Spine, pack: CityPack, person: Person, code: str, places: str, filled: Filled) -> Outcome:
    """A new agency. Raises `Refused` with a sentence per field; the same form again is done once."""
    with spine.database.write() as tx:
        around = around_of(tx.connection, pack)
        problems: dict[str, str] = {}
        if not CODE.fullmatch(code):
            problems["code"] = sentence("Pakai 2 sampai 40 huruf besar, angka, atau garis bawah; huruf lebih dahulu.")
        if places and places not in PLACE_LEVELS:
            problems["places"] = sentence("Pilih salah satu dari daftar.")
        try:
            entry = read_form(filled, Entry(code, 1, "", "", places), around)
        except Refused as error:
            raise Refused(error.message, code=error.code, fields={**problems, **error.fields}) from error
        known = around.directory.get(code)
        if known is not None and replace(known, seeded="", pack={}) == entry:
            return Outcome(Ending.ALREADY_DONE, known)
        if known is not None:
            problems["code"] = sentence("Kode ini sudah dipakai oleh %(name)s.", name=known.name)
        if problems:
            raise Refused(sentence("Instansi belum ditambahkan."), code="agency_refused", fields=problems)
        now = spine.clock.now()
        if not create(spine.outbox, tx, entry, now, person.login):
            problems["code"] = sentence("Kode ini baru saja dipakai oleh orang lain.")
            raise Refused(sentence("Instansi belum ditambahkan."), code="agency_refused", fields=problems)
        timeline.record(tx, at=now, actor=person.login, role=person.role, act="agency.add", subject=code)
        return Outcome(Ending.DONE, entry)


def around_of(connection: Connection, pack: CityPack) -> Around:
    directory = {entry.code: entry for entry in agencies.every(connection)}
    told = pack.notifications
    guard = AddressGuard.of(told.private_webhooks)
    return Around(directory, ZoneInfo(pack.city.timezone), told.languages, guard)


def changes_of(connection: Connection, code: str, *, since: int = 0, most: int = 20) -> list[Change]:
    """What the revisions after `since` changed, the newest first."""
    kept = agencies.versions(connection, code, since=since, most=most + 1)
    made = [_change(later, earlier) for later, earlier in pairwise(kept)]
    if kept and kept[-1].revision == 1 and since == 0:
        made.append(Change(1, kept[-1].at, kept[-1].actor, {}))
    return made[:most]


def _not_as_seen(connection: Connection, known: Entry, revision: int, filled: Filled, around: Around) -> Outcome:
    """Whoever sends the form a second time made the change himself: then it is as he wants it."""
    now = filled_of(known, around.zone)
    kept = agencies.versions(connection, known.code, since=revision)
    seen = next((one for one in kept if one.revision == revision), None)
    before = now if seen is None else filled_of(_entry_of(seen), around.zone)
    merged = carried_over(filled, before, now)
    try:
        if read_form(merged, known, around) == known:
            return Outcome(Ending.ALREADY_DONE, known)
    except Refused:
        pass  # what is wrong in it is told when it is sent again
    return Outcome(Ending.CONFLICT, known, merged, changes_of(connection, known.code, since=revision))


def _change(later: Version, earlier: Version) -> Change:
    before, after = _flat(earlier.document), _flat(later.document)
    names = [*after, *(name for name in before if name not in after)]
    fields = {
        name: (before.get(name), after.get(name))
        for name in names
        if (before.get(name) or "") != (after.get(name) or "")
    }
    return Change(later.revision, later.at, later.actor, fields)


def _flat(document: Mapping[str, Any]) -> dict[str, Any]:
    """With each address under the name of its way."""
    return {name: value for name, value in document.items() if name != "endpoints"} | dict(document["endpoints"])


def _differences(known: Entry, changed: Entry) -> set[str]:
    before, after = agencies.facts_of(known), agencies.facts_of(changed)
    return {name for name in after if before[name] != after[name]}


def _entry_of(version: Version) -> Entry:
    document = dict(version.document)
    for name in ("valid_from", "valid_to"):
        document[name] = document[name] and datetime.fromisoformat(document[name])
    return Entry(code=version.code, revision=version.revision, **document)
