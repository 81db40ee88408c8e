"""What the fuzzers found once, and what they keep, is read again; and a few inputs that nobody has seen.

The long form is `make fuzz`.
"""

import logging
import random
from collections.abc import Iterator
from itertools import islice

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.building import STRATEGIES
from tests.fuzz.child import mutations
from tests.fuzz.harness import CORPUS, Finding, One, name_of, place_of, require, watched
from tests.fuzz.registry import NAMES, harness

MUTATED = 40
SLOW = {"photo_heif": 1, "wordings": 3, "pack_files": 10, "rules": 15, "desk": 20}
"""Harnesses whose inputs take longer: so many mutations of each, and so many of the kept inputs."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    before = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(wrapper_class=before)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_kept_is_read_without_a_failure(name: str) -> None:
    """All former failures, the kept inputs, and mutations of them, the same in each run."""
    wanted = harness(name)
    kept = [path.read_bytes() for path in wanted.kept() if not path.name.startswith("failed-")]
    former = [path.read_bytes() for path in wanted.kept() if path.name.startswith("failed-")]
    few = SLOW.get(name, MUTATED)
    dice = random.Random(name)
    known = [*wanted.seeds(), *kept]
    with wanted.open() as opened:
        one = watched(opened, wanted.most_seconds)
        for data in [
            *former,
            *dice.sample(kept, min(few, len(kept))),
            *islice(mutations(known, wanted.words, dice), few),
        ]:
            _read(one, data)


@pytest.mark.parametrize("name", sorted(set(STRATEGIES) - {"mail_taken"}))
def test_what_is_nearly_right_is_read_without_a_failure(name: str) -> None:
    with harness(name).open() as opened:

        @given(STRATEGIES[name])
        @settings(
            max_examples=20, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
        )
        def reads(data: bytes) -> None:
            opened(data)

        reads()


def _read(one: One, data: bytes) -> None:
    try:
        one(data)
    except Exception as error:
        raise AssertionError(f"{place_of(error)}: {data[:2000]!r}") from error


def test_the_corpus_is_small_and_belongs_to_harnesses() -> None:
    kept = [path for path in CORPUS.rglob("*") if path.is_file() and path.name != "README.md"]
    assert {path.parent.name for path in kept} <= set(NAMES)
    assert sum(path.stat().st_size for path in kept) < 1_000_000
    assert all(path.name in (name_of(path.read_bytes()), path.name if path.name.startswith("failed-") else "")
               for path in kept)  # fmt: skip


def test_a_mistake_is_seen_and_told_by_where_it_is() -> None:
    def wrong(data: bytes) -> None:
        require(data != b"x", "answered x")

    watched(wrong)(b"y")
    with pytest.raises(Finding, match="answered x") as found:
        watched(wrong)(b"x")
    assert place_of(found.value).startswith("answered x at ")


@given(st.binary(max_size=50), st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_mutations_begin_with_what_is_known(known: bytes, seed: int) -> None:
    first, second = (list(islice(mutations([known], ("WORD",), random.Random(seed)), 5)) for _ in range(2))
    assert first == second
