"""Working folders for servers that run as another user than the tests."""

import os
import shutil
import stat
import tempfile
from pathlib import Path

from tests.support import crash_guard

EVERYBODY_ENTERS = stat.S_IXOTH


def open_folder(prefix: str) -> Path:
    """A new empty folder that every user may enter, with parents that every user may enter.

    pytest's own `tmp_path` and a plain `mkdtemp` are closed to others, which servers that drop root report in their own
    obscure words. Remove it with `remove_folder`; it also goes when the test run is killed.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=_base()))
    folder.chmod(0o755)
    crash_guard.watch_folder(folder)
    return folder


def remove_folder(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    crash_guard.forget_folder(folder)


def _base() -> str:
    for base in (tempfile.gettempdir(), "/tmp", "/var/tmp"):
        path = Path(base).resolve()
        if os.access(path, os.W_OK) and all(part.stat().st_mode & EVERYBODY_ENTERS for part in (path, *path.parents)):
            return str(path)
    raise RuntimeError(f"no temporary folder that every user may enter: {tempfile.gettempdir()}, /tmp, /var/tmp")
