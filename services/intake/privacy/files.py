"""Removing files after the rows that needed them: again and again, until they are gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.intake.privacy import repository_files
from shared.blobs import BlobFolder
from shared.clock import Clock
from shared.observability.logs import get_logger
from shared.storage.database import Database, Transaction

log = get_logger("privacy")
_AT_ONCE = 200


@dataclass(frozen=True)
class UnwantedFiles:
    database: Database
    blobs: BlobFolder
    clock: Clock

    def add(self, tx: Transaction, digests: Iterable[str]) -> None:
        """They go after the commit; if this process dies before that, with the next call of `remove`."""
        wanted = set(digests)
        if wanted:
            repository_files.add(tx, wanted, self.clock.now())
            tx.after_commit(self.remove)

    def remove(self) -> None:
        """Removes what waits and nothing else needs. What the disk refuses waits on, and where there is no folder here
        everything does: for the service that has it.
        """
        if not self.blobs.root.is_dir():
            return
        with self.database.read() as connection:
            waiting = repository_files.some(connection, _AT_ONCE)
        for digest in waiting:
            self._remove(digest)

    def _remove(self, digest: str) -> None:
        with self.database.write() as tx:
            needed = repository_files.is_needed(tx.connection, digest)
            try:
                if not needed:
                    self.blobs.remove(digest)
            except OSError as error:
                log.warning("file_not_removed", sha256=digest, error=type(error).__name__)
                return
            repository_files.forget(tx, digest)
