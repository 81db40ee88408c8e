"""The secrets of the stack: made once, never changed, and always a set that fits together."""

import json
import os
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from services.__main__ import main
from services.commands.certificate import self_signed
from services.commands.secret_files import DEFINITIONS, Random, missing_secrets
from services.commands.secrets import host_names, write_secrets
from services.composition import OWNERS, settings_for
from shared.errors import ConfigError
from shared.messaging.rabbit_definitions import password_fits

ROOT = Path(__file__).parents[3]
STACK = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture
def random() -> Random:
    numbers = count(1)
    return Random(text=lambda: f"secret-{next(numbers):040}", salts=lambda size: next(numbers).to_bytes(size))


@pytest.fixture
def strict_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


def test_everything_that_the_stack_mounts_is_made(tmp_path: Path) -> None:
    made = write_secrets(tmp_path / "secrets", {})
    assert set(STACK["secrets"]) | {"monitoring_password", "erlang_cookie"} == set(made)
    for name, secret in STACK["secrets"].items():
        assert secret["file"] == f"${{STACK_SECRETS:-./secrets}}/{name}"


def test_a_second_run_makes_nothing(random: Random) -> None:
    first = missing_secrets({}, random)
    assert missing_secrets(first, random) == {}


@pytest.mark.parametrize("lost", sorted(missing_secrets({}, Random(text=lambda: "x" * 40, salts=bytes))))
def test_a_lost_file_is_made_again_so_that_it_fits_the_others(lost: str, random: Random) -> None:
    first = missing_secrets({}, random)
    kept = {name: value for name, value in first.items() if name != lost}
    added = missing_secrets(kept, random)
    assert lost in added
    assert set(added) <= {lost, DEFINITIONS}, "nothing else is changed"
    _assert_fits({**kept, **added})


def test_a_folder_of_an_earlier_version_gets_the_administrator_of_the_broker(random: Random) -> None:
    first = missing_secrets({}, random)
    document = json.loads(first[DEFINITIONS])
    for part, name in (("users", "name"), ("permissions", "user")):
        document[part] = [one for one in document[part] if one[name] != "operations"]
    kept = {**first, DEFINITIONS: json.dumps(document)}
    del kept["admin_management_url"]
    added = missing_secrets(kept, random)
    assert set(added) == {"admin_management_url", DEFINITIONS}
    _assert_fits({**kept, **added})


def test_servers_and_services_are_told_the_same_passwords(random: Random) -> None:
    _assert_fits(missing_secrets({}, random))


def test_no_two_secrets_are_the_same(random: Random) -> None:
    made = missing_secrets({}, random)
    given = {
        "smtp_url",
        "sms_gateway_url",
        "sms_gateway_key",
        "open311_keys",
        "imap_url",
        "postgres_password",
        DEFINITIONS,
    }  # empty, or the same on purpose
    words = [urlsplit(value).password or value for name, value in made.items() if name not in given]
    assert len(set(words)) == len(words) >= 18


@pytest.mark.parametrize("broken", ["no json", "[]", '{"users": [{}]}', '{"users": 1}'])
def test_definitions_that_cannot_be_understood_are_not_overwritten(broken: str, random: Random) -> None:
    with pytest.raises(ConfigError, match=DEFINITIONS):
        missing_secrets({DEFINITIONS: broken}, random)


def test_an_address_without_a_password_is_told_by_its_name(random: Random) -> None:
    with pytest.raises(ConfigError, match="desk_broker_url"):
        missing_secrets({"desk_broker_url": "amqp://rabbitmq"}, random)


def test_files_are_open_in_a_closed_folder_whatever_the_umask(tmp_path: Path, strict_umask: None) -> None:
    folder = tmp_path / "secrets"
    write_secrets(folder, {})
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o444}


def test_the_command_keeps_what_an_operator_wrote(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "smtp_url").write_text("smtp://u:p@mail.example:587\n")
    certificate, key = self_signed(["lapor.example"], datetime.now(UTC))
    (folder / "tls_certificate.pem").write_text(certificate)
    (folder / "tls_key.pem").write_text(key)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = CliRunner().invoke(main, ["secrets", "--folder", str(folder)])
    assert done.exit_code == 0, done.output
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert "kept  smtp_url" in done.output
    assert "made  contact_keys" in done.output
    again = CliRunner().invoke(main, ["secrets", "--folder", str(folder)])
    assert "made" not in again.output


def test_no_secret_is_printed(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["secrets", "--folder", str(tmp_path / "s")])
    for path in (tmp_path / "s").iterdir():
        value = path.read_text().strip()
        assert not value or value not in done.output


@pytest.mark.parametrize("half", ["tls_certificate.pem", "tls_key.pem"])
def test_half_a_certificate_is_a_question_for_the_operator(tmp_path: Path, half: str) -> None:
    (tmp_path / half).write_text("something")
    with pytest.raises(ConfigError, match=half):
        write_secrets(tmp_path, {})


def test_the_certificate_serves_the_names_that_are_told(tmp_path: Path) -> None:
    told = {"TANGGAP_PUBLIC_URL": "https://lapor.example:8443", "STACK_DESK_NAME": "meja.example"}
    assert host_names(told) == ["localhost", "127.0.0.1", "::1", "lapor.example", "meja.example"]
    certificate, key = self_signed(host_names(told), datetime.now(UTC))
    for name, text in (("c.pem", certificate), ("k.pem", key)):
        (tmp_path / name).write_text(text)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tmp_path / "c.pem", tmp_path / "k.pem")
    read = x509.load_pem_x509_certificate(certificate.encode())
    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "lapor.example", "meja.example"]
    assert read.public_key() == load_pem_private_key(key.encode(), None).public_key()


@pytest.mark.parametrize("process", [*OWNERS, "mail"])
def test_a_service_of_the_stack_starts_with_these_files(tmp_path: Path, process: str) -> None:
    """The environment that docker-compose.yml gives it, with the folder of the secrets in the place of its mount."""
    write_secrets(tmp_path, {})
    given = {name: str(value) for name, value in STACK["services"][process]["environment"].items()}
    env = {name: value.replace("/run/secrets", str(tmp_path)) for name, value in given.items() if "${" not in value}
    settings = settings_for(process, env)
    assert settings.common.broker_url.endswith("@rabbitmq:5672/tanggap")
    assert settings.database_url.startswith("postgresql+psycopg://")


def _assert_fits(files: dict[str, str]) -> None:
    assert urlsplit(files["admin_database_url"]).password == files["postgres_password"]
    hashes = {user["name"]: user["password_hash"] for user in json.loads(files[DEFINITIONS])["users"]}
    words = {owner: urlsplit(files[f"{owner}_broker_url"]).password for owner in OWNERS}
    words |= {"migrate": urlsplit(files["admin_broker_url"]).password, "monitoring": files["monitoring_password"]}
    words["operations"] = urlsplit(files["admin_management_url"]).password
    assert set(hashes) == set(words)
    assert all(password_fits(hashes[name], word or "") for name, word in words.items())
    for name in ("content_keys", "contact_keys"):
        assert len(files[name]) >= 32
