"""What happens to a test whose real server or browser is not installed."""

import os
from typing import NoReturn

import pytest


class NotInstalled(Exception):
    """A program that tests need was not found; the text says what to install."""


def skip_or_fail(problem: NotInstalled) -> NoReturn:
    """Skip on somebody's own machine; fail where `CI` is set, since there a skipped test is a test nobody runs."""
    text = f"{problem} (`make test-deps` does it)"
    if os.environ.get("CI"):
        pytest.fail(text, pytrace=False)
    pytest.skip(text)
