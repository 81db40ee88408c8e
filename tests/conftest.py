"""Fixtures for real servers and a real browser: started once per session (and per xdist worker), when first asked for.

What is not installed skips its tests on somebody's own machine and fails them where `CI` is set.
"""

import contextlib
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import structlog
from flask import Flask
from jinja2 import FileSystemBytecodeCache

from tests.support.missing import NotInstalled, skip_or_fail
from tests.support.postgres import PostgresServer
from tests.support.rabbitmq import RabbitNode

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_numbers = itertools.count(1)

# What a test logs is read only when it fails. Left alone, structlog would print the local variables of every frame of
# an exception, which takes seconds.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


def pytest_configure(config: pytest.Config) -> None:
    """Templates are compiled once, not by each of the thousand sites that tests build: a fifth of their time."""
    cache = getattr(config, "cache", None)  # not there with `-p no:cacheprovider`
    folder = cache.mkdir("templates") if cache else None
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": FileSystemBytecodeCache(folder and str(folder))}


@dataclass(frozen=True)
class Vhost:
    """A virtual host of one test; `url` is the administrator's."""

    name: str
    url: str
    node: RabbitNode


@pytest.fixture(scope="session")
def rabbit_node() -> Iterator[RabbitNode]:
    """A RabbitMQ shared by the session's tests: have a `rabbit_vhost` of it rather than its `/`."""
    try:
        node = RabbitNode()
    except NotInstalled as problem:
        skip_or_fail(problem)
    with node:
        yield node


@pytest.fixture
def rabbit_vhost(rabbit_node: RabbitNode) -> Iterator[Vhost]:
    """A fresh one on a healthy node, whatever the test before did to it; deleted afterwards."""
    rabbit_node.heal()
    name = _fresh_name()
    yield Vhost(name, rabbit_node.create_vhost(name), rabbit_node)
    rabbit_node.heal()
    rabbit_node.delete_vhost(name)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL shared by the session's tests: have a `postgres_database` of it."""
    try:
        server = PostgresServer()
    except NotInstalled as problem:
        skip_or_fail(problem)
    with server:
        yield server


@pytest.fixture
def postgres_database(postgres_server: PostgresServer) -> Iterator[str]:
    """The superuser's URL of a fresh database; afterwards it goes, and with it every role the test created."""
    postgres_server.heal()
    before = postgres_server.roles()
    name = _fresh_name()
    yield postgres_server.create_database(name)
    postgres_server.heal()
    postgres_server.drop_database(name)
    postgres_server.drop_roles(postgres_server.roles() - before)


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    """A headless browser shared by the session's tests: have a `new_context()` each."""
    from tests.support.browser import chromium_browser

    with contextlib.ExitStack() as open_things:
        try:
            browser = open_things.enter_context(chromium_browser())
        except NotInstalled as problem:
            skip_or_fail(problem)
        yield browser


def _fresh_name() -> str:
    return f"test_{os.getpid()}_{next(_numbers)}"
