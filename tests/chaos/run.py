"""The long proof: `make chaos` and `make soak`.

Citizens complain by all channels and people work at the desk while faults are drawn from a seed. At the end everything
is counted from databases and what arrived. Exit code 1 when anything was lost or happened twice. The seed is printed;
`--seed` draws the same faults. With `--hours` one system is kept at it for so long.
"""

import argparse
import random
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tests.chaos.on_compose import compose_ground
from tests.chaos.on_processes import process_ground
from tests.chaos.proof import Ground, Proof, prove

GROUNDS: dict[str, Callable[[Path, int], AbstractContextManager[Ground]]] = {
    "processes": process_ground,
    "compose": compose_ground,
}
SOAK_PER_SECOND = 3
SIZES = {"processes": (10_000, 200, 900.0), "compose": (2_000, 40, 600.0)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--on", choices=GROUNDS, default="processes")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--complaints", type=int, help="10000 on processes, 2000 on compose")
    parser.add_argument("--faults", type=int, help="at least so many: 200 on processes, 40 on compose")
    parser.add_argument("--seconds", type=float, help="over which the complaints are spread")
    parser.add_argument("--hours", type=float, help="for so long, with three complaints a second")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whoever ends it early leaves nothing running or mounted
    complaints, faults, seconds = SIZES[options.on]
    if options.hours:
        seconds = options.hours * 3600
        complaints = int(seconds * SOAK_PER_SECOND)
    size = options.complaints or complaints, options.faults or faults, options.seconds or seconds
    print(f"on {options.on}, seed {options.seed}", flush=True)
    proof = _run(options.on, options.seed, *size)
    print(proof.report())
    return 0 if proof.good else 1


def _run(on: str, seed: int, complaints: int, faults: int, seconds: float) -> Proof:
    random.seed(seed)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with GROUNDS[on](Path(folder), seed) as ground:
            return prove(
                ground, seed=seed, complaints=complaints, faults=faults, seconds=seconds, whole=True, tell=_tell
            )


def _tell(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
