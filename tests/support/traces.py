"""Looking for words everywhere: in every column of every table, opened with every key, and in every file of a folder.

Knows no table and no folder by name, so that what is added later is looked through as well.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import DBAPIError

from shared.errors import Rejected
from shared.sealing import Sealer

_TOKEN = re.compile(r"gAAAA[A-Za-z0-9_-]{60,}={0,2}")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[ .()/-]+(?=\d)")
_DATABASE = (".db", ".db-wal", ".db-shm")
_DEEPEST = 4


@dataclass(frozen=True)
class Search:
    """`words` are found in any case; one of digits in all spellings of a number. `sealers` open what is sealed."""

    words: Sequence[str]
    sealers: Sequence[Sealer]

    def in_text(self, content: Any) -> list[str]:
        """Those of the words that stand in it."""
        told = "\n".join(self._layers(content, 0)).lower()
        digits = _BETWEEN_DIGITS.sub("", told)
        return [word for word in self.words if word.lower() in (digits if word.isdigit() else told)]

    def in_database(self, url: str) -> list[str]:
        """`table.column: word` for each that stands there, tables that no program of ours declares included."""
        engine, found = create_engine(url), []
        try:
            with engine.connect() as connection:
                for table in _tables(connection):
                    try:
                        rows = connection.exec_driver_sql(f'SELECT * FROM "{table}"').mappings().all()
                    except DBAPIError:  # an index that only answers to a query of its own kind
                        continue
                    for row in rows:
                        for column, value in row.items():
                            found += [f"{table}.{column}: {word}" for word in self.in_text(value)]
        finally:
            engine.dispose()
        return sorted(set(found))

    def in_files(self, folder: Path, *, databases: bool = False) -> list[str]:
        """`name: word`; in databases only when asked for, as the bytes on the disk."""
        found = []
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            if path.name.endswith(_DATABASE) and not databases:
                continue
            found += [f"{path.relative_to(folder)}: {word}" for word in self.in_text(path.name)]
            found += [f"{path.relative_to(folder)}: {word}" for word in self.in_text(path.read_bytes())]
        return sorted(set(found))

    def _layers(self, content: Any, depth: int) -> Iterator[str]:
        """It, and what is in it: sealed, packed, or the parts of a mail."""
        raw = bytes(content) if isinstance(content, bytes | memoryview) else str(content).encode("utf-8", "replace")
        text = raw.decode("utf-8", "replace")
        yield text
        if depth == _DEEPEST:
            return
        pieces = [piece for token in _TOKEN.findall(text) if (piece := self._opened(token))]
        for piece in (*pieces, *([_unpacked(pieces)] if pieces else [])):
            yield from self._layers(piece, depth + 1)
        for part in _parts(raw):
            yield from self._layers(part, depth + 1)

    def _opened(self, token: str) -> str:
        for sealer in self.sealers:
            try:
                return sealer.unseal(token)
            except Rejected:
                continue
        return ""


def _tables(connection: Any) -> list[str]:
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
        return [row[0] for row in rows]
    return list(inspect(connection).get_table_names())


def _unpacked(pieces: Sequence[str]) -> bytes:
    """Of a mail that was packed before it was sealed, piece by piece."""
    try:
        return zlib.decompressobj().decompress(b"".join(base64.b64decode(piece, validate=True) for piece in pieces))
    except (binascii.Error, ValueError, zlib.error):
        return b""


def _parts(raw: bytes) -> list[bytes]:
    if b"Content-Transfer-Encoding" not in raw:
        return []
    parts = message_from_bytes(raw).walk()
    return [content for part in parts if isinstance(content := part.get_payload(decode=True), bytes)]
