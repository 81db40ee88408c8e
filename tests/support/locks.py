"""What a lock file holds: each package with its version, and the hashes of the files it may come from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNTIME, DEVELOPMENT = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"
_HEAD = re.compile(r"(?P<name>[a-z0-9][a-z0-9.-]*)==(?P<version>\S+)(?: ; (?P<marker>[^\\]+?))? \\")
_HASH = re.compile(r" {4}--hash=sha256:([0-9a-f]{64})(?: \\)?")


@dataclass(frozen=True)
class Pinned:
    """`marker` says on which Python or system it counts; empty: on all."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


def read_lock(path: Path) -> list[Pinned]:
    """Raises `ValueError` for a line that neither pins a version nor gives a hash: nothing may come in beside them."""
    found: list[tuple[re.Match[str], list[str]]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.lstrip().startswith("#"):
            continue
        if head := _HEAD.fullmatch(line):
            found.append((head, []))
        elif (digest := _HASH.fullmatch(line)) and found:
            found[-1][1].append(digest[1])
        else:
            raise ValueError(f"{path.name}: {line}")
    return [Pinned(head["name"], head["version"], head["marker"] or "", tuple(hashes)) for head, hashes in found]


def canonical(name: str) -> str:
    """As locks write it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
