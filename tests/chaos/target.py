"""The running system as citizens reach it and as the counters look at it, be it processes or containers."""

from typing import Any, Protocol

import requests


class Target(Protocol):
    """Met by `tests.support.system.System` and by `tests.compose.stack.Stack`."""

    intake_url: str
    desk_url: str
    smtp_port: int
    lmtp_port: int
    """0 where there is none."""

    def session(self) -> requests.Session:
        """Trusts what has to be trusted to reach `intake_url`."""
        ...

    def submit(self, body: str, /, *, key: str, contact: dict[str, str], timeout: float) -> requests.Response: ...

    def send_sms(self, sender: str, body: str, id_: str, /, *, timeout: float = 10) -> requests.Response: ...

    def sms_key(self) -> str:
        """With which gateways sign their text messages."""
        ...

    def demo_password(self) -> str:
        """Of all logins of the demonstration."""
        ...

    def rows(self, owner: str, statement: str, /) -> list[tuple[Any, ...]]:
        """What a query says in one service's database, past the code under test."""
        ...

    def notice_names(self) -> list[str]:
        """File names of all captured notices; they begin with the ticket."""
        ...
