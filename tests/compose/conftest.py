"""One stack for all tests of this folder: built and started when first asked for, removed with its data at the end."""

from collections.abc import Iterator

import pytest

from tests.compose.engine import engine_or_skip
from tests.compose.stack import Stack


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
