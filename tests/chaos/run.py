"""The long proof: `make chaos`.

Citizens complain by all channels while faults are drawn from a seed. At the end everything is counted from databases
and notices. Exit code 1 when anything was lost or happened twice. The seed is printed; `--seed` draws the same faults.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tests.chaos.on_compose import compose_ground
from tests.chaos.on_processes import process_ground
from tests.chaos.proof import Ground, prove

GROUNDS: dict[str, Callable[[Path], AbstractContextManager[Ground]]] = {
    "processes": process_ground,
    "compose": compose_ground,
}
SIZES = {"processes": (2000, 60, 180.0), "compose": (500, 15, 150.0)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--on", choices=GROUNDS, default="processes")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--complaints", type=int, help="2000 on processes, 500 on compose")
    parser.add_argument("--faults", type=int, help="at least so many: 60 on processes, 15 on compose")
    parser.add_argument("--seconds", type=float, help="over which the complaints are spread")
    options = parser.parse_args()
    complaints, faults, seconds = SIZES[options.on]
    print(f"on {options.on}, seed {options.seed}", flush=True)
    random.seed(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with GROUNDS[options.on](Path(folder)) as ground:
            proof = prove(
                ground,
                seed=options.seed,
                complaints=options.complaints or complaints,
                faults=options.faults or faults,
                seconds=options.seconds or seconds,
            )
    print(proof.report())
    return 0 if proof.good else 1


if __name__ == "__main__":
    sys.exit(main())
