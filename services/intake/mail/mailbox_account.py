"""Which mailbox is polled: its address as one URL. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from shared.errors import ConfigError

_PORTS = {"imaps": 993, "imap": 143}


@dataclass(frozen=True)
class MailboxAccount:
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    encrypted: bool = True

    @property
    def name(self) -> str:
        """Tells mailboxes apart; holds no secret."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"[:100]

    @property
    def is_local(self) -> bool:
        return self.host in ("localhost", "127.0.0.1", "::1")


def read_account(url: str) -> MailboxAccount:
    """From `imaps://USER:PASSWORD@HOST:993/INBOX`; signs such as `@` and `/` in user and password as `%40`, `%2F`.

    Raises `ConfigError`, which does not repeat the URL.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise ConfigError("is no URL: imaps://USER:PASSWORD@HOST:993/INBOX") from None
    if parts.scheme not in _PORTS or not parts.hostname or not parts.username or not parts.password:
        raise ConfigError("must look like imaps://USER:PASSWORD@HOST:993/INBOX")
    return MailboxAccount(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username),
        password=unquote(parts.password),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        encrypted=parts.scheme == "imaps",
    )
