"""Sending a row of the table of bad input, and what it is answered, be it by HTTP or by SMTP."""

from __future__ import annotations

import smtplib
import time
from dataclasses import dataclass
from typing import Protocol

import requests

from services.intake.channels.generic_sms import signature
from tests.support.bad_input import Bad

SECONDS = 15
SMS_TOKEN, WEBHOOK_KEY = "sms-token-of-the-tests", "webhook-key-of-the-tests-0123456789"


class Doors(Protocol):
    """Where the running system is reached, and what a gateway of it knows."""

    intake_url: str
    desk_url: str
    smtp_port: int

    def session(self) -> requests.Session: ...


@dataclass(frozen=True)
class Proof:
    """What gateways show: their messages are bad, not they."""

    sms_token: str = SMS_TOKEN
    webhook_key: str = WEBHOOK_KEY


@dataclass(frozen=True)
class Got:
    """`status` is 0 when there was no answer; `words` says why then. Moments are those of `time.monotonic`."""

    bad: Bad
    began: float
    ended: float
    status: int
    words: str = ""
    retry_after: str = ""

    @property
    def right(self) -> bool:
        """As the table says; or told that this was too often, which whoever guesses without end is told."""
        return self.status in (*self.bad.right, 429) and bool(self.words.strip() or self.status == 303)

    @property
    def says_come_again(self) -> bool:
        """By HTTP 503 with a pause and words, by SMTP a code of 400 to 499."""
        if self.bad.channel == "mail":
            return 400 <= self.status < 500
        return self.status == 503 and self.retry_after.isdigit() and len(self.words.strip()) > 20


def send(doors: Doors, bad: Bad, proof: Proof, session: requests.Session | None = None) -> Got:
    """Sends it once; what went wrong on the way is part of what is given back."""
    began = time.monotonic()
    if bad.channel == "mail":
        status, words = _hand_in(doors, bad)
        return Got(bad, began, time.monotonic(), status, words)
    base = doors.desk_url if bad.at_desk else doors.intake_url
    url = f"{base}{bad.path.replace('@@TOKEN@@', proof.sms_token)}"
    headers = {**bad.headers, **(_signed(bad, proof) if bad.signed else {})}
    try:
        with session or doors.session() as asking:
            got = asking.request(
                bad.method, url, data=bad.body, headers=headers, timeout=SECONDS, allow_redirects=False
            )
    except requests.RequestException as error:
        return Got(bad, began, time.monotonic(), 0, type(error).__name__)
    return Got(bad, began, time.monotonic(), got.status_code, got.text[:2000], got.headers.get("Retry-After", ""))


def _signed(bad: Bad, proof: Proof) -> dict[str, str]:
    now = str(int(time.time()))
    return {"X-Tanggap-Timestamp": now, "X-Tanggap-Signature": signature(proof.webhook_key, now, bad.body)}


def _hand_in(doors: Doors, bad: Bad) -> tuple[int, str]:
    try:
        with smtplib.SMTP("127.0.0.1", doors.smtp_port, timeout=SECONDS) as server:
            server.ehlo()
            server.mail("penjahat@example.org")
            status, words = server.rcpt(bad.path)
            if status < 400:
                status, words = server.data(bad.body)
    except smtplib.SMTPResponseException as error:
        said = error.smtp_error
        return (error.smtp_code if error.smtp_code > 0 else 0), str(said)
    except (smtplib.SMTPException, OSError) as error:
        return 0, type(error).__name__
    return status, words.decode("utf-8", "replace")
