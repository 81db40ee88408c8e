"""The directory of agencies as every page needs it: names of codes, and who may be chosen."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import func, select

from services.desk.directory import repository
from services.desk.directory.repository import Entry
from services.desk.tables import agencies
from shared.storage.database import Database

# Every change of an agency raises its revision, and none ever goes: so this differs whenever anything does.
_STATE = select(func.count(), func.sum(agencies.c.revision)).select_from(agencies)


class KnownAgencies:
    """Read again only when something has changed, whoever changed it; safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: tuple[tuple[int, int] | None, Mapping[str, Entry]] = None, MappingProxyType({})

    def now(self) -> Mapping[str, Entry]:
        """By code, as the database has it at this moment; also those no longer valid. Nobody may change the entries."""
        with self._database.read() as connection:
            state = tuple(connection.execute(_STATE).one())
            read, entries = self._known
            if state != read:  # the state is older than the entries, if anything: then they are read once more
                entries = MappingProxyType({entry.code: entry for entry in repository.every(connection)})
                self._known = state, entries
        return entries
