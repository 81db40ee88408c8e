"""An agency's own address on the web: one signed POST a message, as Standard Webhooks has it.

https://github.com/standard-webhooks/standard-webhooks: the receiver knows by the signature that it is us, by the time
that it is no old copy, and by the id, which is the delivery's, that it had the message before.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

from services.notifier.channels.guarded_http import GuardedHttp, RefusedAddress
from services.notifier.channels.http_calls import Answer, NoAnswer
from services.notifier.delivery import FAILED, PENDING, SENT, Delivery
from services.notifier.way_out import Away, Outcome
from services.notifier.writing.letters import Document, Letter
from shared.errors import Rejected
from shared.observability.masking import mask

CONTENT_TYPE = "application/cloudevents+json"
SECRET_PREFIX = "whsec_"  # noqa: S105 - what secrets begin with, not one
_GONE = 410
_AGAIN = (408, 409, 425, 429)
_BUSY = (429, 503)
_ANSWER_SIGNS = 300
_LONGEST_WISH_SECONDS = 86_400.0


class Secrets(Protocol):
    def signing(self, agency: str) -> Sequence[str]:
        """All that sign now, the newest first. Empty when the agency has none."""
        ...


@dataclass(frozen=True)
class Webhook:
    http: GuardedHttp
    secrets: Secrets
    via: str = "webhook"
    repeatable: bool = True

    def send(self, delivery: Delivery, letter: Letter, at: datetime) -> Outcome:
        assert isinstance(letter, Document)
        try:
            secrets = self.secrets.signing(letter.agency)
        except Rejected as problem:  # sealed by a key that this service no longer has
            return Outcome(PENDING, "secret_unreadable", problem.code, away=Away.LANE)
        if not secrets:
            return Outcome(FAILED, "no_secret")
        headers = signed_headers(secrets, delivery.delivery_id, at, letter.content)
        headers |= {"Content-Type": CONTENT_TYPE, "Idempotency-Key": delivery.delivery_id}
        try:
            answer = self.http.post(letter.to, letter.content, headers)
        except RefusedAddress as refused:
            return Outcome(FAILED, "refused_address", refused.reason)
        except NoAnswer as problem:
            return Outcome(PENDING, problem.reason, problem.about, away=Away.LANE)
        return _answered(answer, at)

    def close(self) -> None:
        self.http.close()


def signed_headers(secrets: Sequence[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """One signature for each secret, so that a receiver may know the old one or the new one while they change."""
    timestamp = str(int(at.timestamp()))
    signed = message_id.encode() + b"." + timestamp.encode() + b"." + body
    signatures = " ".join(f"v1,{_signature(secret, signed)}" for secret in secrets)
    return {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": signatures}


def _signature(secret: str, signed: bytes) -> str:
    """Raises `ValueError` for what is no secret."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("a webhook's secret is not in base64") from error
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode("ascii")


def _answered(answer: Answer, at: datetime) -> Outcome:
    status = answer.status
    shown = mask(f"{status} {' '.join(answer.text[: 4 * _ANSWER_SIGNS].split())}".strip()[:_ANSWER_SIGNS])
    if 200 <= status < 300:
        return Outcome(SENT, "accepted", shown)
    if 300 <= status < 400:
        return Outcome(FAILED, "redirected", shown)
    if status == _GONE:
        return Outcome(FAILED, "gone", shown)
    if status in _AGAIN or status >= 500 or status < 200:
        away = Away.LANE if status in _BUSY else Away.NOTHING
        wish = retry_after(answer.headers.get("Retry-After", ""), at)
        return Outcome(PENDING, f"answered_{status}", shown, away=away, retry_after_seconds=wish)
    return Outcome(FAILED, f"refused_{status}", shown)


def retry_after(written: str, now: datetime) -> float | None:
    """The seconds of a `Retry-After`, which has a number of them or a date; None for anything else."""
    written = written.strip()
    if written.isascii() and written.isdigit() and len(written) < 10:
        return min(float(written), _LONGEST_WISH_SECONDS)
    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, IndexError, TypeError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - now).total_seconds()), _LONGEST_WISH_SECONDS)
