"""A list of what was removed, beside the databases: a backup that is restored brings it back, and this does not.

One JSON object a line, in the order of time, appended and never changed. No contact stands in it: ids, and keys of
equality (HMAC), which tell nothing without the pepper. Neither `backup` nor `restore` touches the file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from shared.observability.logs import get_logger

log = get_logger("privacy")
FOLDER, NAME = "erasures", "erasures.jsonl"
"""In the data folder: a folder of its own, to be a volume of its own."""
_OURS_ONLY = 0o600


@dataclass(frozen=True)
class ErasedComplaint:
    """`wish`: what is not among `parts` goes when the case has ended."""

    complaint_id: str
    parts: Sequence[str]
    reason: str
    at: str
    wish: bool = False


@dataclass(frozen=True)
class ErasedContact:
    """What lay under a contact's key, and mails of no complaint by their ids."""

    contact_key: str
    at: str
    mails: Sequence[str] = ()
    quarantined: Sequence[str] = ()


Entry = ErasedComplaint | ErasedContact


@dataclass(frozen=True)
class Ledger:
    path: Path

    @staticmethod
    def of(data: Path) -> Ledger:
        return Ledger(data / FOLDER / NAME)

    def append(self, *entries: Entry) -> None:
        """On the disk when it returns. What cannot be written is logged: what was removed is removed."""
        lines = "".join(f"{json.dumps(asdict(one), sort_keys=True)}\n" for one in entries).encode("ascii")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _OURS_ONLY)
            try:
                os.write(handle, lines)
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            log.error("erasure_not_listed", path=str(self.path), error=error.strerror or type(error).__name__)

    def entries(self) -> Iterator[Entry]:
        """In their order; a line that was cut off by a power cut, or is of a later program, is passed over."""
        try:
            lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            entry = _read(line)
            if entry is None:
                log.warning("erasure_unreadable", signs=len(line))
            else:
                yield entry


def moment(entry: Entry) -> datetime:
    return datetime.fromisoformat(entry.at)


def _read(line: str) -> Entry | None:
    try:
        document: dict[str, Any] = json.loads(line)
        made: Entry = ErasedContact(**document) if "contact_key" in document else ErasedComplaint(**document)
        moment(made)
    except (ValueError, TypeError):
        return None
    return made
