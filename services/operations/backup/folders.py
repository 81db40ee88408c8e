"""Folders as parts of an archive: packed while they grow, unpacked without trusting a name."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from services.operations.backup.archive import BackupError

KEPT = ("captured", "attachments")
"""Folders of the data folder that belong to the data. Databases have a way of their own; secrets never go in."""

_LEVEL = 3


def pack_folder(folder: Path, into: Path) -> int:
    """The number of files. What vanishes meanwhile is left out, and what is not yet whole (its name begins with a dot).

    Raises `OSError`.
    """
    count = 0
    with tarfile.open(into, "w:gz", compresslevel=_LEVEL, format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            if path.is_symlink() or not path.is_file() or any(part.startswith(".") for part in name.parts):
                continue
            try:
                content = path.read_bytes()
                modified = path.stat().st_mtime
            except FileNotFoundError:
                continue
            _add(tar, name.as_posix(), content, modified)
            count += 1
    return count


def unpack_folder(file: IO[bytes], into: Path) -> int:
    """Raises `BackupError` for a name that leads out of the folder, or anything but a file."""
    count = 0
    try:
        with tarfile.open(fileobj=file, mode="r|gz") as tar:
            for member in tar:
                target = into / _inside(member)
                target.parent.mkdir(parents=True, exist_ok=True)
                source = tar.extractfile(member)
                assert source is not None
                with target.open("xb") as written:
                    shutil.copyfileobj(source, written)
                count += 1
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise BackupError(f"a folder in the archive cannot be unpacked: {error}") from error
    return count


def fingerprint(folder: Path) -> str:
    """The same for folders with the same files."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _add(tar: tarfile.TarFile, name: str, content: bytes, modified: float) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = len(content), 0o600, int(modified)
    tar.addfile(entry, io.BytesIO(content))


def _inside(member: tarfile.TarInfo) -> PurePosixPath:
    name = PurePosixPath(member.name)
    if not member.isreg() or name.is_absolute() or not name.parts or ".." in name.parts:
        raise BackupError(f"the archive has an entry {member.name[:80]!r} that leads out of its folder")
    return name
