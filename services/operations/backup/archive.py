"""The file: a plain tar of parts with the manifest as the last of them. It appears whole, under its name, or not."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from services.operations.backup import manifest as manifests
from services.operations.backup.manifest import Manifest, Part
from shared.errors import TanggapError

MANIFEST = "manifest.json"
_PART_NAME = re.compile(r"[a-z_]{1,40}(\.[a-z]{1,8}){1,2}")
_STAGING = ".tanggap-backup-"
_STEP = 1024 * 1024
_MOST_MANIFEST_BYTES = 4 * 1024 * 1024


class BackupError(TanggapError):
    """It was not made or not used; the message says why, and what to do."""

    code = "backup"


@contextmanager
def new_archive(path: Path) -> Iterator[ArchiveWriter]:
    """Raises `BackupError` when the folder cannot be used or the disk is full. Leaves nothing behind then."""
    try:
        if path.exists():
            raise BackupError(f"{path} exists already; nothing was written")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _forget_abandoned(path.parent)
        staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=path.parent))
    except OSError as error:
        raise BackupError(
            f"{path.parent} cannot be written by user {os.getuid()} ({error.strerror}); "
            f"give that user the folder: chown {os.getuid()} FOLDER"
        ) from error
    lock = os.open(staging, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield ArchiveWriter(path, staging)
    except OSError as error:
        raise BackupError(f"the backup could not be written to {path.parent}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        os.close(lock)


class ArchiveWriter:
    """Parts are made in `staging`, a folder of our own beside the archive, and gone from there once they are added."""

    def __init__(self, path: Path, staging: Path) -> None:
        self.path = path
        self.staging = staging
        self.parts: list[Part] = []
        self._unfinished = staging / "unfinished.tar"
        handle = os.open(self._unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(handle, "w+b")
        self._tar = tarfile.TarFile(fileobj=self._file, mode="w", format=tarfile.USTAR_FORMAT)

    def add(self, path: Path) -> None:
        with path.open("rb") as file:
            self.parts.append(Part(path.name, path.stat().st_size, _sha256(file)))
            file.seek(0)
            self._add(path.name, file, path.stat().st_size)
        path.unlink()

    def finish(self, content: bytes) -> Manifest:
        """Reads everything back before the archive gets its name."""
        sealed = self.staging / MANIFEST
        sealed.write_bytes(content)
        with sealed.open("rb") as file:
            self._add(MANIFEST, file, len(content))
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        with Archive.open(self._unfinished) as written:
            found = written.verify()
        self._unfinished.rename(self.path)
        sync_folder(self.path.parent)
        return found

    def _add(self, name: str, file: IO[bytes], size: int) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, 0o600
        self._tar.addfile(entry, file)


class Archive:
    """An archive that is there, open for reading."""

    def __init__(self, path: Path, tar: tarfile.TarFile, manifest: Manifest, members: dict[str, tarfile.TarInfo]):
        self.path = path
        self.manifest = manifest
        self._tar = tar
        self._members = members

    @staticmethod
    @contextmanager
    def open(path: Path) -> Iterator[Archive]:
        """Raises `BackupError` unless it has exactly the parts that its manifest names."""
        try:
            with tarfile.open(path, "r:") as tar:
                members = _members(path, tar)
                yield Archive(path, tar, _manifest(path, tar, members), members)
        except FileNotFoundError:
            raise BackupError(f"there is no {path}") from None
        except tarfile.TarError as error:
            raise BackupError(f"{path} is not whole, or no backup: {error}") from error
        except OSError as error:
            raise BackupError(f"{path} cannot be read: {error.strerror or error}") from error

    def verify(self) -> Manifest:
        """Every byte of every part. Raises `BackupError` that names those that were changed."""
        broken = []
        for part in self.manifest.parts:
            with self.part(part.name) as file:
                if _sha256(file) != part.sha256 or self._members[part.name].size != part.bytes:
                    broken.append(part.name)
        if broken:
            raise BackupError(f"{self.path} is damaged: {', '.join(broken)} is not what was written; use another one")
        return self.manifest

    def part(self, name: str) -> IO[bytes]:
        file = self._tar.extractfile(self._members[name])
        assert file is not None
        return file


def keep_last(folder: Path, pattern: str, count: int) -> list[Path]:
    """Removes the oldest archives so that `count` are left; their names begin with the time. Returns the removed."""
    old = sorted(path for path in folder.glob(pattern) if path.is_file())[:-count]
    for path in old:
        path.unlink()
    return old


def _members(path: Path, tar: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    members: dict[str, tarfile.TarInfo] = {}
    for member in tar:
        if not member.isreg() or not _PART_NAME.fullmatch(member.name) or member.name in members:
            raise BackupError(f"{path} is no backup of Tanggap: it has an entry {member.name[:80]!r}")
        members[member.name] = member
    return members


def _manifest(path: Path, tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo]) -> Manifest:
    if MANIFEST not in members or members[MANIFEST].size > _MOST_MANIFEST_BYTES:
        raise BackupError(f"{path} is not whole, or no backup: its manifest, written last, is missing")
    file = tar.extractfile(members[MANIFEST])
    assert file is not None
    try:
        found = manifests.read(file.read())
    except manifests.Unreadable as error:
        raise BackupError(f"the manifest of {path} cannot be read: {error}") from error
    if found.part_names() != set(members) - {MANIFEST}:
        raise BackupError(f"{path} is not whole: its parts are not those of its manifest")
    return found


def _forget_abandoned(folder: Path) -> None:
    """What a backup left that was killed. One that still runs holds its folder."""
    for staging in folder.glob(f"{_STAGING}*"):
        with suppress(OSError):
            handle = os.open(staging, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(staging, ignore_errors=True)
            finally:
                os.close(handle)


def _sha256(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := file.read(_STEP):
        digest.update(block)
    return digest.hexdigest()


def sync_folder(folder: Path) -> None:
    """So that a name that was given outlives a power cut, where the file system can promise that."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
