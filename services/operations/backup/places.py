"""Files and folders that take the place of others, all or none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from services.operations.backup.archive import BackupError, sync_folder


def is_mounted(place: Path) -> bool:
    """Also a folder of the same disk that was put there (a volume), which `os.path.ismount` does not notice."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    except OSError:
        return os.path.ismount(place)
    escaped = str(place.resolve()).replace("\\", "\\134").replace(" ", "\\040")
    return escaped in {mount.split(" ")[4] for mount in mounts}


class Exchange:
    """New things are made under hidden names beside those they will replace; `done` exchanges them.

    A folder that is a disk or volume of its own cannot be given another name: there, what is in it is exchanged.
    """

    def __init__(self, is_disk: Callable[[Path], bool] = is_mounted) -> None:
        self._is_disk = is_disk
        self._places: list[Path] = []

    def new(self, place: Path) -> Path:
        """Where to make what will be at `place`."""
        self._places.append(place)
        fresh = self._hidden(place, "restoring")
        _remove(fresh)
        fresh.parent.mkdir(parents=True, exist_ok=True)
        return fresh

    def done(self) -> None:
        """Raises `OSError`; then what was there is there."""
        moved: list[tuple[Path, Path]] = []
        try:
            for place in self._places:
                fresh, old = (self._hidden(place, why) for why in ("restoring", "replaced"))
                _give_to_owner_of(fresh.parent, fresh)
                _remove(old)
                for now, then in self._moves(place, fresh, old):
                    now.rename(then)
                    moved.append((then, now))
        except OSError:
            for now, before in reversed(moved):
                now.rename(before)
            raise
        for folder in {self._hidden(place, "replaced").parent for place in self._places}:
            sync_folder(folder)
        for place in self._places:
            _remove(self._hidden(place, "replaced"))

    def clear(self) -> None:
        """Also what a database keeps beside its file while it is open."""
        for place in self._places:
            fresh = self._hidden(place, "restoring")
            for left in fresh.parent.glob(f"{fresh.name}*"):
                with suppress(OSError):
                    _remove(left)

    def _moves(self, place: Path, fresh: Path, old: Path) -> Iterator[tuple[Path, Path]]:
        """From where to where, one after the other."""
        if not self._is_disk(place):
            if place.exists():
                yield place, old
            yield fresh, place
            return
        old.mkdir()
        for path in sorted(place.iterdir()):
            if path not in (fresh, old) and path.name != "lost+found":
                yield path, old / path.name
        for path in sorted(fresh.iterdir()):
            yield path, place / path.name

    def _hidden(self, place: Path, why: str) -> Path:
        name = f".{place.name}.{why}"
        return place / name if self._is_disk(place) else place.with_name(name)


@contextmanager
def exchange() -> Iterator[Exchange]:
    """Raises `BackupError` for a full disk or a folder that cannot be written; nothing was changed then."""
    made = Exchange()
    try:
        yield made
    except OSError as error:
        where = error.filename or "the data folder"
        raise BackupError(f"{where} cannot be written: {error.strerror or error}. Nothing was changed.") from error
    finally:
        made.clear()


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _give_to_owner_of(folder: Path, fresh: Path) -> None:
    """What root restores belongs to the user whose folder it is."""
    if os.geteuid() != 0:
        return
    owner = folder.stat()
    for path in (fresh, *fresh.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
