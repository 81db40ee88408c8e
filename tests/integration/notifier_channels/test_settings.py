"""Which gateway for text messages is chosen, and what must be set for it."""

import pytest

from services.notifier.config import NotifierSettings
from shared.errors import ConfigError

SECRETS = {"TANGGAP_CONTENT_KEYS": "c" * 40, "TANGGAP_SERVICE_TOKEN": "t" * 40}
URL = {"TANGGAP_SMS_GATEWAY_URL": "https://gateway.example/messages"}


def test_kannel_unless_another_is_named() -> None:
    assert NotifierSettings.from_env(SECRETS).sms_gateway == "kannel"
    with pytest.raises(ConfigError, match=r"TANGGAP_SMS_GATEWAY: 'smpp' is not one of kannel, json"):
        NotifierSettings.from_env({**SECRETS, "TANGGAP_SMS_GATEWAY": "smpp"})


@pytest.mark.parametrize("key", ["", "short"])
def test_one_that_takes_json_needs_a_key(key: str) -> None:
    given = {**SECRETS, "TANGGAP_SMS_GATEWAY": "json", "TANGGAP_SMS_GATEWAY_KEY": key}
    assert NotifierSettings.from_env(given).sms_gateway == "json", "while there is no gateway there is nothing to sign"
    with pytest.raises(ConfigError, match="TANGGAP_SMS_GATEWAY_KEY"):
        NotifierSettings.from_env({**given, **URL})
    settings = NotifierSettings.from_env({**given, **URL, "TANGGAP_SMS_GATEWAY_KEY": "n" * 32})
    assert settings.sms_gateway_key not in repr(settings)
