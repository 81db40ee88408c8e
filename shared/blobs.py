"""Files kept by what is in them: photos, mails as they came. The same bytes are kept once.

A file appears whole or not at all, and `put` returns when it would survive a power cut, so that a row may refer to it
in the transaction that follows. A file to which no row ever referred (the process died in between) harms nobody; nor
does what a writer left that died before its file had its name (it begins with a dot, and nothing reads it).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shared.errors import Transient

_NAME = re.compile(r"[0-9a-f]{64}")
_OURS_ONLY = 0o600


@dataclass(frozen=True)
class BlobFolder:
    """One folder, with 256 below it. Several processes may write into it at once."""

    root: Path

    def put(self, content: bytes) -> str:
        """Keeps the bytes; their SHA-256 in hexadecimal digits, which is their name. Raises `Transient`: disk full.

        A file that is there under this name with other bytes in it (a disk that forgets) is replaced.
        """
        name = hashlib.sha256(content).hexdigest()
        place = self._place(name)
        try:
            _make_folder(place.parent)
            if not _holds(place, content):
                _write(place, content)
            # Also when another wrote it: its own call may not have come as far as this yet.
            _sync_folder(place.parent)
        except OSError as error:
            raise Transient(f"a file cannot be kept: {error.strerror or error}", code="files_away") from error
        return name

    def get(self, name: str) -> bytes | None:
        """None when there is no such file (any more), or its bytes are not what they were. Raises `Transient`."""
        if not _NAME.fullmatch(name):
            return None
        try:
            content = self._place(name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Transient(f"a file cannot be read: {error.strerror or error}", code="files_away") from error
        return content if hashlib.sha256(content).hexdigest() == name else None

    def has(self, name: str) -> bool:
        """Whether there is such a file; its bytes are not looked at."""
        return bool(_NAME.fullmatch(name)) and self._place(name).is_file()

    def remove(self, name: str) -> None:
        """Nothing happens when it is gone."""
        if _NAME.fullmatch(name):
            self._place(name).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        """Of the whole files, in no order."""
        for path in self.root.glob("??/*"):
            if _NAME.fullmatch(path.name):
                yield path.name

    def _place(self, name: str) -> Path:
        return self.root / name[:2] / name


def _holds(place: Path, content: bytes) -> bool:
    try:
        return place.stat().st_size == len(content) and place.read_bytes() == content
    except FileNotFoundError:
        return False


def _write(place: Path, content: bytes) -> None:
    part = place.with_name(f".{place.name}.{secrets.token_hex(6)}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OURS_ONLY), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(place)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def _make_folder(folder: Path) -> None:
    """With those above it; a new one's name is on the disk before anything is in it."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir()
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
