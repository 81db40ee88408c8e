"""The short form of the notifier's long proof: twelve agencies misbehave while notifiers are killed."""

from pathlib import Path

import pytest

from tests.chaos.agencies.ground import agency_ground
from tests.chaos.agencies.proof import prove
from tests.chaos.agencies.receipts import Moods


def test_every_case_reaches_its_agency_once_or_says_why_not(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with agency_ground(tmp_path, seed=7) as ground:
        proof = prove(ground, cases=240, kills=6, seconds=30)
    print(proof.report())
    assert proof.good, proof.report()
    assert sum(proof.strikes.values()) > 20


@pytest.mark.parametrize("seed", [1, 2])
def test_moods_are_drawn_from_their_seed_until_calm(seed: int) -> None:
    one, other = Moods(seed, ("a", "b")), Moods(seed, ("a", "b"))
    drawn = [one.draw() for _ in range(100)]
    assert drawn == [other.draw() for _ in range(100)]
    assert 0 < sum(mood != "" for mood in drawn) < 60
    one.calm()
    assert {one.draw() for _ in range(100)} == {""}
