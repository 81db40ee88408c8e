import pytest

from services.intake.config import IntakeSettings
from shared.errors import ConfigError
from tests.unit.intake.building import KEY

GOOD = {
    "TANGGAP_CONTENT_KEYS": KEY,
    "TANGGAP_SERVICE_TOKEN": KEY,
    "TANGGAP_CONTACT_KEYS": f"{KEY},{KEY[::-1]}",
    "TANGGAP_CONTACT_PEPPER": KEY,
    "TANGGAP_SESSION_KEY": KEY,
}


def test_defaults_and_what_was_set() -> None:
    settings = IntakeSettings.from_env({**GOOD, "TANGGAP_MAIL_ADDRESSES": "Lapor@Kota.id, aduan@kota.id"})
    assert (settings.port, settings.smtp_port, settings.receipts_per_day) == (8000, 8025, 20)
    assert settings.mail_addresses == ("lapor@kota.id", "aduan@kota.id")
    assert settings.mail_from == "tanggap@cimahi.example"
    assert settings.database_url.endswith("intake.db")


def test_all_problems_are_named_together() -> None:
    with pytest.raises(ConfigError) as caught:
        IntakeSettings.from_env({"TANGGAP_INTAKE_PORT": "x"})
    for name in ("TANGGAP_INTAKE_PORT", "TANGGAP_CONTACT_KEYS", "TANGGAP_CONTACT_PEPPER", "TANGGAP_SESSION_KEY"):
        assert name in caught.value.message


def test_keys_of_open311_are_none_or_long() -> None:
    assert IntakeSettings.from_env(GOOD).open311_keys == ()
    given = {**GOOD, "TANGGAP_OPEN311_KEYS": "satu-kunci-panjang, dua-kunci-panjang"}
    assert IntakeSettings.from_env(given).open311_keys == ("satu-kunci-panjang", "dua-kunci-panjang")
    with pytest.raises(ConfigError, match="TANGGAP_OPEN311_KEYS"):
        IntakeSettings.from_env({**GOOD, "TANGGAP_OPEN311_KEYS": "satu-kunci-panjang,pendek"})
