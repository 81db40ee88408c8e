"""A pack's agencies beside the desk's directory, as commands show and change it."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from services.commands.rendering import console, table
from services.commands.rules_sources import RuleSources
from services.desk.directory import repository as agencies
from services.desk.directory.importing import Line, State, compare_directory, import_agencies
from services.desk.directory.repository import Entry
from services.desk.tables import messaging
from services.operations.sentences import counted
from shared.clock import SystemClock
from shared.contracts.envelope import Codec
from shared.messaging.outbox import Outbox
from shared.messaging.topology import TOPOLOGY
from shared.sealing import Sealer
from shared.storage.bells import Bells

_STYLES = {State.NEW: "green", State.CHANGED: "green", State.CLASH: "red", State.EDITED: "yellow"}
_TOLD = {
    State.NEW: "new: comes in",
    State.CHANGED: "changed in the pack: comes in",
    State.CLASH: "changed in both: the desk's stays (--take CODE for the pack's)",
    State.EDITED: "changed at the desk: stays",
    State.ONLY_HERE: "only at the desk: stays",
}


def directory(sources: RuleSources) -> list[Entry]:
    """Raises `CannotLook`."""
    with sources.member("desk").database.read() as connection:
        return agencies.every(connection)


def directory_lines(sources: RuleSources) -> list[Line]:
    return compare_directory(directory(sources), sources.pack.agencies)


def differing(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if line.state is not State.SAME]


def bring_in(sources: RuleSources, *, by: str, because: str, take: frozenset[str]) -> list[Line]:
    """Writes and says what comes in, in one transaction of the desk's database."""
    codec = Codec(Sealer(("-" * 32,)))  # nothing in a fact about an agency is sealed, so no key is needed
    clock = SystemClock()
    outbox = Outbox("desk", messaging, codec=codec, topology=TOPOLOGY, clock=clock, bells=Bells())
    database = sources.member("desk").database
    return import_agencies(database, outbox, clock, sources.pack.agencies, actor=by, reason=because, take=take)


def show_agencies(lines: list[Line]) -> None:
    if not lines:
        return
    shown = table(
        "Agency", "What", "Field", "At the desk", "In the pack", title=f"{counted_agencies(len(lines))} differ"
    )
    for line in lines:
        told = Text(_TOLD[line.state], style=_STYLES.get(line.state, ""))
        if not line.fields:
            shown.add_row(line.code, told, "-", "-", "-")
        for number, (name, (here, there)) in enumerate(line.fields.items()):
            first = number == 0
            of_field = Text("stays", style="yellow") if name in line.kept and line.coming else Text("")
            shown.add_row(
                line.code if first else "", told if first else of_field, name, Text(here or "-"), Text(there or "-")
            )
    console().print(shown)


def counted_agencies(count: int) -> str:
    return counted(count, "agency", "agencies")
