"""The broker under test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.brokers import IMPLEMENTATIONS, MemorySetup, RabbitSetup, Setup


@pytest.fixture(params=IMPLEMENTATIONS)
def setup(request: pytest.FixtureRequest) -> Iterator[Setup]:
    if request.param == "memory":
        opened: Setup = MemorySetup()
    else:
        vhost = request.getfixturevalue("rabbit_vhost")
        opened = RabbitSetup(vhost.url, vhost.node)
    yield opened
    opened.close()
