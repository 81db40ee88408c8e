"""One stack for all tests of this folder: built and started when first asked for, removed with its data at the end."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.compose.engine import engine_or_skip
from tests.compose.stack import Stack

Numbers = Callable[[], int]
"""Gives the number of a test's first complaint: rising, since a ledger leaves out what came before its first."""


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    client = engine_or_skip()
    stack = Stack(client, tmp_path_factory.mktemp("stack"))
    try:
        stack.start()
        yield stack
    finally:
        stack.remove()
        client.close()


@pytest.fixture(scope="session")
def numbers() -> Numbers:
    rising = itertools.count(1_000_000, 10_000)
    return lambda: next(rising)
