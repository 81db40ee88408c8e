"""Settings: all problems at once, secrets from files, and a true .env.example."""

import re
from pathlib import Path

import pytest

from shared.config import VARIABLES, CommonSettings, Environment
from shared.errors import ConfigError

ROOT = Path(__file__).parents[3]
SECRETS = {"TANGGAP_CONTENT_KEYS": "c" * 32, "TANGGAP_SERVICE_TOKEN": "t" * 32}


def test_every_problem_is_reported_together() -> None:
    env = Environment({"TANGGAP_MODE": "prod", "TANGGAP_TRUSTED_PROXIES": "many", "TANGGAP_CONTENT_KEYS": "short"})
    CommonSettings.from_environment(env)
    with pytest.raises(ConfigError) as caught:
        env.check()
    for name in ("TANGGAP_MODE", "TANGGAP_TRUSTED_PROXIES", "TANGGAP_CONTENT_KEYS", "TANGGAP_SERVICE_TOKEN"):
        assert name in caught.value.message


def test_a_secret_comes_from_its_file(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("f" * 40 + "\n")
    env = Environment({**SECRETS, "TANGGAP_SERVICE_TOKEN": "", "TANGGAP_SERVICE_TOKEN_FILE": str(secret)})
    settings = CommonSettings.from_environment(env)
    env.check()
    assert settings.service_token == "f" * 40


def test_a_secret_file_that_is_missing_is_a_problem_with_its_name() -> None:
    env = Environment({"TANGGAP_SERVICE_TOKEN_FILE": "/nonexistent/token"})
    env.key("TANGGAP_SERVICE_TOKEN")
    with pytest.raises(ConfigError, match="TANGGAP_SERVICE_TOKEN_FILE"):
        env.check()


def test_the_example_lists_every_variable_and_no_other() -> None:
    text = (ROOT / ".env.example").read_text()
    listed = re.findall(r"^#?\s?(TANGGAP_[A-Z0-9_]+)=", text, re.MULTILINE)
    assert sorted(listed) == sorted(variable.name for variable in VARIABLES)


def test_every_variable_that_the_code_reads_is_in_the_catalogue() -> None:
    names = {variable.name for variable in VARIABLES}
    read = set()
    for folder in ("services", "shared"):
        for path in (ROOT / folder).rglob("*.py"):
            read |= set(re.findall(r"\"(TANGGAP_[A-Z0-9_]+?)(?:_FILE)?\"", path.read_text()))
    read -= {"TANGGAP_DEMO_LOGINS", "TANGGAP_CAPTURED", "TANGGAP_"}
    assert read <= names, sorted(read - names)
