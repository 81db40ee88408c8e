"""`make fuzz`: the harnesses share the time, one after the other. Exit code 1 when anything was found.

What was found lies in `build/fuzz/HARNESS/found`, each input with the error it caused. `--keep` puts what the corpus
has grown by, minimised, beside the tests; a mistake that was mended goes there by hand, as `failed-WHAT-WAS-WRONG`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.harness import Harness, name_of
from tests.fuzz.registry import NAMES, harness

ROOT = Path(__file__).parents[2]
WORK = ROOT / "build" / "fuzz"
HEAVY = {"photo_heif": 0.5, "wordings": 0.5, "mail_read": 1.5, "mail_taken": 1.5}
"""Shares of the time that are not 1."""
_SIZE = re.compile(r"cov: (\d+) ft: (\d+) corp: (\d+)")
_GRACE_SECONDS = 300


@dataclass
class Run:
    """What one harness did. `coverage` counts edges at the beginning and at the end."""

    name: str
    seconds: float = 0
    processor_seconds: float = 0
    executions: int = 0
    coverage: tuple[int, int] = (0, 0)
    corpus: tuple[int, int] = (0, 0)
    found: dict[str, str] = field(default_factory=dict)
    broke_off: str = ""

    @property
    def clean(self) -> bool:
        return not self.found and not self.broke_off

    def line(self) -> str:
        grown = f"{self.corpus[0]:>6} →{self.corpus[1]:>6}"
        edges = f"{self.coverage[0]:>6} →{self.coverage[1]:>6}" if self.coverage[1] else " not measured"
        told = "" if self.clean else f"  {len(self.found)} found {self.broke_off}"
        times = f"{self.seconds:>8.0f}{self.processor_seconds:>10.0f}"
        return f"{self.name:16}{times}{self.executions:>10}{grown:>16}{edges:>16}{told}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("harness", nargs="*", help=f"one of {', '.join(NAMES)}; all without any")
    parser.add_argument("--minutes", type=float, default=3, help="in all (3)")
    parser.add_argument("--engine", choices=("atheris", "blind"), default=_usual_engine())
    parser.add_argument("--keep", action="store_true", help="put what is new in the corpora into tests/fuzz/corpus")
    options = parser.parse_args()
    chosen = options.harness or NAMES
    shares = [HEAVY.get(name, 1.0) for name in chosen]
    print(f"engine {options.engine}, {options.minutes:g} minutes", flush=True)
    print(f"{'harness':16}{'seconds':>8}{'processor':>10}{'inputs':>10}{'corpus':>16}{'edges':>16}", flush=True)
    runs = []
    for name, share in zip(chosen, shares, strict=True):
        runs.append(fuzz(harness(name), options.minutes * 60 * share / sum(shares), options.engine))
        print(runs[-1].line(), flush=True)
        if options.keep:
            corpus = str(WORK / name / "corpus")
            subprocess.run([sys.executable, "-m", "tests.fuzz.keeping", name, corpus], cwd=ROOT, check=True)
    _tell(runs)
    return 0 if all(run.clean for run in runs) else 1


def fuzz(wanted: Harness, seconds: float, engine: str) -> Run:
    """One harness for that long, in a process of its own, which may die of what it reads."""
    folder, run = WORK / wanted.name, Run(wanted.name)
    for name in ("corpus", "found"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for data in [*wanted.seeds(), *(path.read_bytes() for path in wanted.kept())]:
        (folder / "corpus" / name_of(data)).write_bytes(data)
    (folder / "progress.json").unlink(missing_ok=True)
    before = _files(folder / "corpus")
    command = [sys.executable, "-m", "tests.fuzz.child", wanted.name, str(seconds), str(folder), engine]
    began = time.monotonic()
    with (folder / "log.txt").open("w") as log:
        try:
            code = subprocess.run(
                command, cwd=ROOT, stdout=log, stderr=log, timeout=seconds + _GRACE_SECONDS
            ).returncode
        except subprocess.TimeoutExpired:
            code = -1
    run.seconds = time.monotonic() - began
    run.corpus = (before, _files(folder / "corpus"))
    _read_log(run, folder)
    if code:
        run.broke_off = f"the process ended with {code}: {folder / 'log.txt'}"
    return run


def _read_log(run: Run, folder: Path) -> None:
    sizes = _SIZE.findall((folder / "log.txt").read_text(errors="replace"))
    if sizes:
        run.coverage = (int(sizes[0][0]), int(sizes[-1][0]))
    if (folder / "progress.json").exists():
        progress = json.loads((folder / "progress.json").read_text())
        run.executions, run.found = progress["executions"], progress["mistakes"]
        run.processor_seconds = progress["processor_seconds"]


def _tell(runs: list[Run]) -> None:
    total = sum(run.executions for run in runs)
    minutes, processor = (sum(getattr(run, name) for run in runs) / 60 for name in ("seconds", "processor_seconds"))
    print(f"{total} inputs in {minutes:.1f} minutes, {processor:.1f} of them on a processor")
    for run in runs:
        for place, name in run.found.items():
            print(f"{run.name}: {place}\n    {WORK / run.name / 'found' / name}")
        if run.broke_off:
            print(f"{run.name}: {run.broke_off}")
    if all(run.clean for run in runs):
        print("nothing found")


def _files(folder: Path) -> int:
    return sum(1 for _ in folder.iterdir())


def _usual_engine() -> str:
    return "atheris" if importlib.util.find_spec("atheris") else "blind"


if __name__ == "__main__":
    sys.exit(main())
