"""A pack's agencies brought into the directory by a person's word, without losing what people changed here."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, replace
from enum import StrEnum

from services.desk.cases import timeline
from services.desk.directory import repository as agencies
from services.desk.directory.agencies import PACK_ENDPOINTS, entry_of, fingerprint, over, say_changed
from services.desk.directory.repository import Entry
from shared.city import Agency
from shared.clock import Clock
from shared.messaging.outbox import Outbox
from shared.storage.database import Database, Transaction

_FIELDS = ("name", "kind", "places", *PACK_ENDPOINTS, "channels", "language", "reminders", "aliases")


class State(StrEnum):
    """How an agency of the pack stands to the directory."""

    NEW = "new"  # only in the pack: it comes in
    CHANGED = "changed"  # the pack changed, nobody touched it here: the pack's comes in
    CLASH = "clash"  # the pack changed, and people changed it here: theirs stays, unless it is asked for
    EDITED = "edited"  # people changed it here, the pack did not: theirs stays
    ONLY_HERE = "only here"  # the pack does not have it: it stays
    SAME = "same"


COMING_IN = frozenset({State.NEW, State.CHANGED})
KEPT = frozenset({State.CLASH, State.EDITED})


@dataclass(frozen=True)
class Line:
    """`fields`: what differs, as it is here and as the pack says it."""

    code: str
    state: State
    fields: dict[str, tuple[str, str]]

    def comes_in(self, take: Set[str]) -> bool:
        return self.state in COMING_IN or (self.state in KEPT and self.code in take)


def compare_directory(entries: Iterable[Entry], wanted: Iterable[Agency]) -> list[Line]:
    """Every agency of either side, by code. Pure."""
    here, pack = {entry.code: entry for entry in entries}, {one.code: entry_of(one) for one in wanted}
    return [_line(code, here.get(code), pack.get(code)) for code in sorted(here.keys() | pack.keys())]


def import_agencies(
    database: Database, outbox: Outbox, clock: Clock, wanted: Iterable[Agency], *, actor: str, reason: str,
    take: Set[str] = frozenset(),
) -> list[Line]:  # fmt: skip
    """Brings in what `compare_directory` says, and those of `take` whatever people changed. Says each, once.

    What stays as people have it counts as seen: no later start of the desk writes over it.
    """
    by_code = {agency.code: agency for agency in sorted(wanted, key=lambda one: one.code)}
    with database.write() as tx:
        lines = compare_directory(agencies.every(tx.connection), by_code.values())
        written = []
        for line in lines:
            if line.state is State.ONLY_HERE:
                continue
            entry = _bring_in(tx, entry_of(by_code[line.code]), line.comes_in(take))
            if entry is not None:
                say_changed(outbox, tx, entry, clock.now())
                written.append(entry.code)
        if written:
            timeline.record(
                tx, at=clock.now(), actor=actor, role="operator", act="directory.import", subject="directory",
                reason=reason, details={"agencies": written},
            )  # fmt: skip
    return lines


def _bring_in(tx: Transaction, wanted: Entry, comes_in: bool) -> Entry | None:
    """The entry as it stands now when it was written, else None."""
    known = agencies.one(tx.connection, wanted.code)
    if known is None:
        return wanted if agencies.add(tx, wanted) else None
    if comes_in:
        changed = over(known, wanted)
        return changed if agencies.change(tx, changed, from_revision=known.revision) else None
    if known.seeded != wanted.seeded:
        agencies.change(tx, replace(known, seeded=wanted.seeded), from_revision=known.revision)
    return None


def _line(code: str, here: Entry | None, pack: Entry | None) -> Line:
    if pack is None:
        return Line(code, State.ONLY_HERE, {})
    if here is None:
        return Line(code, State.NEW, {name: ("", _shown(pack, name)) for name in _FIELDS if _shown(pack, name)})
    pairs = {name: (_shown(here, name), _shown(pack, name)) for name in _FIELDS}
    fields = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    if not fields:
        return Line(code, State.SAME, {})
    edited, moved = fingerprint(here) != here.seeded, pack.seeded != here.seeded
    state = State.CLASH if edited and moved else State.CHANGED if moved else State.EDITED
    return Line(code, state, fields)


def _shown(entry: Entry, name: str) -> str:
    if name in PACK_ENDPOINTS:
        return entry.endpoints.get(name, "")
    if name == "reminders":
        return "" if entry.reminders else "no"
    value = getattr(entry, name)
    return ", ".join(value) if isinstance(value, list) else str(value)
