"""The notifier's long proof: `python -m tests.chaos.agencies.run`.

2,000 cases go to twelve agencies that misbehave, while notifiers are killed. Exit code 1 when anything was lost or
happened twice. The seed is printed; `--seed` draws the same faults of the receivers.
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.chaos.agencies.ground import agency_ground
from tests.chaos.agencies.proof import prove


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=150)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        with agency_ground(folder, options.seed) as ground:
            proof = prove(ground, cases=options.cases, kills=options.kills, seconds=options.seconds)
    print(proof.report())
    return 0 if proof.good else 1


if __name__ == "__main__":
    sys.exit(main())
