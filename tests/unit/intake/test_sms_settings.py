"""Settings of the SMS gateways."""

import pytest

from services.intake.config import IntakeSettings
from services.notifier.config import NotifierSettings
from shared.errors import ConfigError

SECRETS = {
    "TANGGAP_CONTENT_KEYS": "c" * 40,
    "TANGGAP_CONTACT_KEYS": "k" * 40,
    "TANGGAP_CONTACT_PEPPER": "p" * 40,
    "TANGGAP_SERVICE_TOKEN": "t" * 40,
    "TANGGAP_SESSION_KEY": "s" * 40,
}


def test_the_webhook_is_closed_unless_keys_are_set_and_they_rotate() -> None:
    assert IntakeSettings.from_env(SECRETS).sms_webhook_keys == ()
    given = {**SECRETS, "TANGGAP_SMS_WEBHOOK_KEYS": f"{'n' * 32}, {'o' * 32}", "TANGGAP_SMS_REPLIES_PER_DAY": "5"}
    settings = IntakeSettings.from_env(given)
    assert (settings.sms_webhook_keys, settings.sms_replies_per_day) == (("n" * 32, "o" * 32), 5)
    with pytest.raises(ConfigError, match="TANGGAP_SMS_WEBHOOK_KEYS: a key is shorter"):
        IntakeSettings.from_env({**SECRETS, "TANGGAP_SMS_WEBHOOK_KEYS": "short"})


def test_reports_are_asked_for_only_with_a_usable_address() -> None:
    assert NotifierSettings.from_env(SECRETS).sms_report_url == ""
    given = {**SECRETS, "TANGGAP_SMS_REPORT_URL": "http://intake:8000"}
    assert NotifierSettings.from_env(given).sms_report_url == "http://intake:8000"
    with pytest.raises(ConfigError, match="TANGGAP_SMS_REPORT_URL"):
        NotifierSettings.from_env({**SECRETS, "TANGGAP_SMS_REPORT_URL": "intake"})
