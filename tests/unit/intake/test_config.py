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
