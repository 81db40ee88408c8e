"""Text messages by Kannel's sendsms interface: one GET a message, answered 202 when the gateway took it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from services.notifier.compose import Letter, Sms
from services.notifier.delivery import FAILED, PENDING, SENT, UNCERTAIN, Delivery, Outcome
from shared.observability.masking import mask
from shared.reply_marks import report_signature

_TRY_LATER = (429, 503)  # the gateway says of itself that it did not take the message
_ANSWER_SIGNS = 300
_ALL_REPORTS = "31"  # delivered 1, failed 2, buffered 4, accepted by the network 8, refused by it 16


@dataclass(frozen=True)
class ReportAddress:
    """Where the gateway reports what became of a message. `base` is intake's address as the gateway reaches it."""

    base: str
    keys: Sequence[str]

    def of(self, delivery_id: str) -> str:
        """With Kannel's own marks for the kind of report and the network's answer in it."""
        named = f"delivery={quote(delivery_id)}&sign={report_signature(self.keys, delivery_id)}"
        return f"{self.base.rstrip('/')}/sms/kannel/report?{named}&type=%d&answer=%A"


@dataclass(frozen=True)
class SmsGateway:
    """`url` is the gateway's address with what it wants for a login (`?username=…&password=…`).

    With `reports` the gateway is asked to tell what became of each message; one that is no Kannel ignores that.
    """

    url: str
    reports: ReportAddress | None = None
    connect_timeout_seconds: float = 5.0
    answer_timeout_seconds: float = 20.0
    via: str = "sms_gateway"
    repeatable: bool = False

    def send(self, delivery: Delivery, letter: Letter, at: datetime) -> Outcome:
        assert isinstance(letter, Sms)
        fields = {"from": letter.sender, "to": letter.to, "text": letter.text, "charset": "UTF-8", "coding": "0"}
        if self.reports is not None:
            fields |= {"dlr-mask": _ALL_REPORTS, "dlr-url": self.reports.of(delivery.delivery_id)}
        timeout = (self.connect_timeout_seconds, self.answer_timeout_seconds)
        try:
            response = requests.get(self.url, params=fields, timeout=timeout, allow_redirects=False)
        except requests.RequestException as error:
            return _without_answer(error)
        return _answered(response.status_code, response.text)


def _answered(status: int, text: str) -> Outcome:
    shown = mask(f"{status} {' '.join(text.split())}"[:_ANSWER_SIGNS])
    if 200 <= status < 300:
        return Outcome(SENT, "accepted", shown)
    if status in _TRY_LATER:
        return Outcome(PENDING, f"refused_{status}", shown, away=True)
    if status < 500:
        return Outcome(FAILED, f"refused_{status}", shown)
    return Outcome(UNCERTAIN, f"answered_{status}", shown)


def _without_answer(error: requests.RequestException) -> Outcome:
    """Only a connection that never came about is sure not to have carried the message."""
    name = type(error).__name__
    if isinstance(error, requests.ConnectTimeout) or _never_connected(error):
        return Outcome(PENDING, "gateway_away", name, away=True)
    return Outcome(UNCERTAIN, "no_answer", name, away=True)


def _never_connected(error: requests.RequestException) -> bool:
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
