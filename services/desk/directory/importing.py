"""A pack's agencies brought into the directory by a person's word, without losing what people changed here."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from enum import StrEnum

from services.desk.cases import timeline
from services.desk.directory import repository as agencies
from services.desk.directory.agencies import bring_in, entry_of
from services.desk.directory.merging import FIELDS, PACK_ENDPOINTS, merge
from services.desk.directory.repository import Entry
from shared.city import Agency
from shared.clock import Clock
from shared.messaging.outbox import Outbox
from shared.storage.database import Database


class State(StrEnum):
    """How an agency of the pack stands to the directory."""

    NEW = "new"  # only in the pack: it comes in
    CHANGED = "changed"  # the pack changed what nobody touched here: that comes in
    CLASH = "clash"  # the pack changed what people changed here as well: theirs stays, unless it is asked for
    EDITED = "edited"  # people changed it here, the pack did not: theirs stays
    ONLY_HERE = "only here"  # the pack does not have it: it stays
    SAME = "same"


@dataclass(frozen=True)
class Line:
    """`fields`: what differs, as it is here and as the pack says it; those of `kept` people changed here."""

    code: str
    state: State
    fields: dict[str, tuple[str, str]]
    kept: frozenset[str] = field(default=frozenset(), compare=False)
    coming: frozenset[str] = field(default=frozenset(), compare=False)

    def comes_in(self, take: Set[str]) -> bool:
        return self.state is State.NEW or bool(self.coming) or self.gives_way(take)

    def gives_way(self, take: Set[str]) -> bool:
        """Whether what people changed is given up for the pack's."""
        return bool(self.kept) and self.code in take


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
            wanted_entry, taken = entry_of(by_code[line.code]), line.code in take
            if bring_in(outbox, tx, wanted_entry, clock.now(), actor, take=taken):
                written.append(line.code)
        if written:
            timeline.record(
                tx, at=clock.now(), actor=actor, role="operator", act="directory.import", subject="directory",
                reason=reason, details={"agencies": written},
            )  # fmt: skip
    return lines


def _line(code: str, here: Entry | None, pack: Entry | None) -> Line:
    if pack is None:
        return Line(code, State.ONLY_HERE, {})
    if here is None:
        return Line(code, State.NEW, {name: ("", _shown(pack, name)) for name in FIELDS if _shown(pack, name)})
    pairs = {name: (_shown(here, name), _shown(pack, name)) for name in FIELDS}
    differing = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    if not differing:
        return Line(code, State.SAME, {})
    merged = merge(here, pack)
    state = State.CLASH if merged.clashing else State.CHANGED if merged.came else State.EDITED
    return Line(code, state, differing, merged.kept, merged.came)


def _shown(entry: Entry, name: str) -> str:
    if name in PACK_ENDPOINTS:
        return entry.endpoints.get(name, "")
    if name == "reminders":
        return "" if entry.reminders else "no"
    value = getattr(entry, name)
    return ", ".join(value) if isinstance(value, list) else str(value)
