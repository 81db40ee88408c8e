"""Known flaws of the locked packages. `python -m tests.support.known_flaws` asks the source of pip-audit (pypi.org).

Ends with 0 when every package was looked up and none has a known flaw, 1 when one has, 2 when any could not be looked
up: pip-audit itself ends with 0 then, which would read as if all were well.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.locks import RUNTIME

_ASK_SECONDS = 10
_WHOLE_SECONDS = 300


def report(said: str, complaint: str = "") -> tuple[int, list[str]]:
    """(code, lines for people) from the JSON that pip-audit printed and, where it printed none, its `complaint`."""
    try:
        packages: list[dict[str, Any]] = json.loads(said)["dependencies"]
    except (ValueError, LookupError, TypeError):
        last = complaint.strip().rpartition("\n")[2] or "no answer"
        return 2, [f"Not looked up: the source cannot be reached, or does not answer in its form ({last[:200]})."]
    flaws = [line for package in packages for line in _flaws(package)]
    unknown = [str(package["name"]) for package in packages if "skip_reason" in package]
    lines = [*flaws, f"{len(packages) - len(unknown)} of {len(packages)} packages looked up, {len(flaws)} known flaws."]
    if unknown:
        lines.append(f"Nothing is known about the other {len(unknown)}, which is not the same as no flaw: the source")
        lines.append(
            f"cannot be reached from here, or is a mirror without this knowledge ({', '.join(unknown[:5])} …)."
        )
    return 1 if flaws else 2 if unknown or not packages else 0, lines


def _flaws(package: dict[str, Any]) -> Iterator[str]:
    for flaw in package.get("vulns", ()):
        mended = ", ".join(flaw.get("fix_versions", ())) or "no version yet"
        yield f"{package['name']} {package['version']}: {flaw['id']}, mended in {mended}"


def main() -> int:
    program = Path(sys.executable).with_name("pip-audit")
    command = [
        str(program), "-r", str(RUNTIME), "--disable-pip", "--format", "json", "--progress-spinner", "off",
        "--timeout", str(_ASK_SECONDS),
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_WHOLE_SECONDS)
        code, lines = report(done.stdout, done.stderr)
    except subprocess.TimeoutExpired:
        code, lines = report("", f"no answer within {_WHOLE_SECONDS} seconds")
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
