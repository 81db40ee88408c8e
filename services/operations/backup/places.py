"""Files and folders that take the place of others, all or none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from services.operations.backup.archive import BackupError, sync_folder


class Exchange:
    """New things are made under hidden names beside those they will replace; `done` exchanges them."""

    def __init__(self) -> None:
        self._places: list[Path] = []

    def new(self, place: Path) -> Path:
        """Where to make what will be at `place`."""
        self._places.append(place)
        fresh = _hidden(place, "restoring")
        _remove(fresh)
        fresh.parent.mkdir(parents=True, exist_ok=True)
        return fresh

    def done(self) -> None:
        """Raises `OSError`; then what was there is there."""
        moved: list[tuple[Path, Path]] = []
        try:
            for place in self._places:
                _give_to_owner_of(place.parent, _hidden(place, "restoring"))
                old = _hidden(place, "replaced")
                _remove(old)
                if place.exists():
                    place.rename(old)
                    moved.append((old, place))
                _hidden(place, "restoring").rename(place)
                moved.append((place, _hidden(place, "restoring")))
        except OSError:
            for now, before in reversed(moved):
                now.rename(before)
            raise
        for folder in {place.parent for place in self._places}:
            sync_folder(folder)
        for place in self._places:
            _remove(_hidden(place, "replaced"))

    def clear(self) -> None:
        """Also what a database keeps beside its file while it is open."""
        for place in self._places:
            for left in place.parent.glob(f"{_hidden(place, 'restoring').name}*"):
                with suppress(OSError):
                    _remove(left)


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


def _hidden(place: Path, why: str) -> Path:
    return place.with_name(f".{place.name}.{why}")


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
