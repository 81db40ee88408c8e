"""The table of docs/licences.md. `python -m tests.support.licences` writes it anew from the lock and the environment.

What stands there is what each package says of itself (its core metadata); nobody here has read the licences' texts.
"""

from __future__ import annotations

import re
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata

from tests.support.locks import ROOT, RUNTIME, Pinned, read_lock

PAGE = ROOT / "docs/licences.md"
ROW = re.compile(r"^\| `([^`]+)` \| (\S+) \| ([^|]+) \|$", re.MULTILINE)
_HEAD = "| package | locked version | licence |\n|---|---|---|\n"
_TABLE = re.compile(re.escape(_HEAD) + r"(?:\|.*\n)*")
_LONGEST = 40
_SPDX = {
    "Apache 2.0": "Apache-2.0", "Apache Software License": "Apache-2.0", "BSD": "BSD, which one is not said",
    "BSD License": "BSD, which one is not said", "MIT License": "MIT", "ZPL 2.1": "ZPL-2.1",
}  # fmt: skip
IN_THE_WHEELS = {"pillow-heif": "its wheels: GPL-2.0 (x265), LGPL-3.0 (libheif, libde265)"}
"""What a built package brings along under other terms than its own, by its file LICENSES_bundled.txt."""


def licence(said: PackageMetadata) -> str:
    """As an SPDX expression where the package gives one, else in its own short words or by its classifiers."""
    own = (said.get("License-Expression") or said.get("License") or "").strip()
    if not own or len(own) > _LONGEST:
        own = " OR ".join(
            one.rpartition(" :: ")[2] for one in said.get_all("Classifier") or [] if one.startswith("License ::")
        )
    return _SPDX.get(own, own) or "not said"


def row(pinned: Pinned) -> str:
    """Raises `PackageNotFoundError` when it is not installed here."""
    told = "; ".join(filter(None, [licence(metadata(pinned.name)), IN_THE_WHEELS.get(pinned.name)]))
    return f"| `{pinned.name}` | {pinned.version} | {told} |\n"


def written(page: str, rows: list[str]) -> str:
    """The page with these rows in the place of those that stand in it."""
    return _TABLE.sub(lambda _: _HEAD + "".join(rows), page, count=1)


def main() -> None:
    try:
        rows = [row(pinned) for pinned in read_lock(RUNTIME)]
    except PackageNotFoundError as missing:
        raise SystemExit(f"{missing} is locked and not installed: make install-dev") from missing
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), rows), encoding="utf-8")


if __name__ == "__main__":
    main()
