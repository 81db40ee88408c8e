"""The container engine: there, or the stack's tests are skipped on somebody's own machine and fail where CI is set."""

import os
import subprocess
from typing import NoReturn

import docker
import pytest
from docker.errors import DockerException


def engine_or_skip() -> docker.DockerClient:
    """A client of an engine that answers, with Compose v2 beside it."""
    if os.environ.get("TANGGAP_COMPOSE") == "skip":
        pytest.skip("TANGGAP_COMPOSE=skip")
    try:
        client = docker.from_env(timeout=120)
        client.ping()
    except DockerException as error:
        _skip_or_fail(f"no container engine answers ({error})")
    try:
        subprocess.run(["docker", "compose", "version"], check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as error:
        _skip_or_fail(f"`docker compose` (v2) is missing ({error})")
    return client


def _skip_or_fail(problem: str) -> NoReturn:
    text = f"{problem}; TANGGAP_COMPOSE=skip leaves the stack's tests out"
    if os.environ.get("CI"):
        pytest.fail(text, pytrace=False)
    pytest.skip(text)
