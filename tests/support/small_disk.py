"""A small disk of its own under a folder, which can be filled to the last byte and emptied again. Linux, root only."""

import atexit
import os
import subprocess
from pathlib import Path
from typing import Self

from tests.support.missing import NotInstalled

_FILLER = ".filler"
_PIECE = 1_000_000
_mounted: set[Path] = set()


class SmallDisk:
    """Use it by `with`; what lies on it is gone afterwards. Its folder is made if it is not there."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        self._megabytes = megabytes

    def __enter__(self) -> Self:
        """Raises NotInstalled where this user may not mount anything."""
        self.folder.mkdir(parents=True, exist_ok=True)
        options = f"size={self._megabytes}m,mode=0777"
        command = ["mount", "-t", "tmpfs", "-o", options, "tanggap-test", str(self.folder)]
        try:
            done = subprocess.run(command, capture_output=True, text=True)
        except OSError as error:
            raise NotInstalled(f"no disk can be mounted: {error}") from error
        if done.returncode:
            raise NotInstalled(f"no disk can be mounted (only root may): {done.stderr.strip()}")
        _mounted.add(self.folder)
        return self

    def __exit__(self, *_: object) -> None:
        _unmount(self.folder)

    def fill(self) -> None:
        """Until nothing more can be written."""
        file = os.open(self.folder / _FILLER, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        size = _PIECE
        try:
            while size:
                try:
                    os.write(file, bytes(size))
                except OSError:
                    size //= 10
        finally:
            os.close(file)

    def empty(self) -> None:
        """Of the filler only; no-op without one."""
        (self.folder / _FILLER).unlink(missing_ok=True)


def _unmount(folder: Path) -> None:
    if folder in _mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True)
        _mounted.discard(folder)


@atexit.register
def _unmount_all() -> None:
    for folder in list(_mounted):
        _unmount(folder)
