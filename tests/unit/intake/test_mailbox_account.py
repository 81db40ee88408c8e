import pytest

from services.intake.config import IntakeSettings
from services.intake.mail.mailbox_account import MailboxAccount, read_account
from shared.errors import ConfigError

KEYS = {
    "TANGGAP_CONTENT_KEYS": "c" * 40, "TANGGAP_CONTACT_KEYS": "k" * 40, "TANGGAP_CONTACT_PEPPER": "p" * 40,
    "TANGGAP_SESSION_KEY": "s" * 40, "TANGGAP_SERVICE_TOKEN": "t" * 40,
}  # fmt: skip


@pytest.mark.parametrize(
    ("url", "account"),
    [
        ("imaps://siti:rahasia@mail.example.org/INBOX", MailboxAccount("mail.example.org", 993, "siti", "rahasia")),
        ("imaps://a%40b:p%2Fq%40@mail.example.org:1993", MailboxAccount("mail.example.org", 1993, "a@b", "p/q@")),
        (
            "imap://u:sandi@127.0.0.1/Lapor%20warga",
            MailboxAccount("127.0.0.1", 143, "u", "sandi", "Lapor warga", encrypted=False),
        ),
    ],
)
def test_a_mailbox_is_one_url(url: str, account: MailboxAccount) -> None:
    assert read_account(url) == account
    assert account.password not in repr(account)


@pytest.mark.parametrize(
    "url", ["pop3://u:rahasia@h/INBOX", "imaps://h/INBOX", "imaps://rahasia@h", "imaps://u:rahasia@h:port", "rahasia"]
)
def test_what_is_no_mailbox_is_told_without_its_password(url: str) -> None:
    with pytest.raises(ConfigError, match="imaps://USER:PASSWORD@HOST") as told:
        read_account(url)
    assert "rahasia" not in str(told.value)


def test_a_malformed_mailbox_keeps_the_process_from_starting() -> None:
    with pytest.raises(ConfigError, match="TANGGAP_IMAP_URL") as told:
        IntakeSettings.from_env({**KEYS, "TANGGAP_IMAP_URL": "imaps://u:rahasia@h:port"})
    assert "rahasia" not in str(told.value)
    assert "rahasia" not in repr(IntakeSettings.from_env({**KEYS, "TANGGAP_IMAP_URL": "imaps://u:rahasia@h/INBOX"}))
