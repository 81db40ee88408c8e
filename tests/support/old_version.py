"""An earlier version of the product, from this repository's own history: its files, without their past."""

import io
import subprocess
import tarfile
from pathlib import Path

from tests.support.system import OWNERS, ROOT


class NoHistory(Exception):
    """The repository was cloned without its past; the text says how to get it."""


_MIGRATIONS = "services/{}/migrations/versions"


def before_the_newest_migrations() -> str:
    """The newest commit that lacks a migration of every service. Raises `NoHistory`."""
    now = {owner: _migrations("HEAD", owner) for owner in OWNERS}
    changed = _git("rev-list", "--first-parent", "HEAD", "--", *(_MIGRATIONS.format(owner) for owner in OWNERS)).split()
    for commit in changed:
        before = f"{commit}^"
        try:
            known = {owner: _migrations(before, owner) for owner in OWNERS}
        except subprocess.CalledProcessError:  # the first commit of all, or of a clone without its past
            break
        if all(known[owner] and known[owner] < now[owner] for owner in OWNERS):
            return _git("rev-parse", before).strip()
    raise NoHistory("this clone has no earlier version in it: git fetch --unshallow")


def unpack(commit: str, folder: Path) -> Path:
    """Its files in `folder`, as they were."""
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True, timeout=60).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def _migrations(commit: str, owner: str) -> set[str]:
    listed = _git("ls-tree", "--name-only", commit, f"{_MIGRATIONS.format(owner)}/")
    return {line for line in listed.split() if line.endswith(".py")}


def _git(*args: str) -> str:
    done = subprocess.run(["git", *args], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout
