"""Our signatures and the reference library's: each verifies the other's, also while a secret is exchanged."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from services.notifier import tables
from services.notifier.channels.webhook import retry_after, signed_headers
from services.notifier.channels.webhook_secrets import WebhookSecrets
from shared.clock import SystemClock
from shared.errors import Rejected
from shared.sealing import Sealer
from shared.storage.database import Database
from tests.integration.notifier_channels.messages import DELIVERY_ID, document
from tests.support.migrated import migrate

BODY = document("https://hook.test/").content
KEY = "k" * 40


class MovedClock:
    """The system's, moved by hand: the reference library looks at the true time."""

    def __init__(self) -> None:
        self.moved = timedelta(0)

    def now(self) -> datetime:
        return SystemClock().now() + self.moved

    def monotonic_seconds(self) -> float:
        return SystemClock().monotonic_seconds() + self.moved.total_seconds()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/notifier.db")
    migrate(opened.engine, Path(tables.__file__).parent / "migrations")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def secrets(database: Database, clock: MovedClock) -> WebhookSecrets:
    return WebhookSecrets(database, Sealer([KEY]), clock)


def verifies(secret: str, headers: dict[str, str], body: bytes = BODY) -> bool:
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def signed(secrets: WebhookSecrets, agency: str = "DPUPR") -> dict[str, str]:
    return signed_headers(secrets.signing(agency), DELIVERY_ID, datetime.now(UTC), BODY)


def test_the_published_example() -> None:
    """https://github.com/standard-webhooks/standard-webhooks, the specification's own values."""
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signed_headers(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}'
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-timestamp"] == "1614265330"


@given(st.binary(min_size=1, max_size=64), st.text(max_size=200), st.uuids())
def test_the_reference_library_signs_alike(key: bytes, text: str, message_id: object) -> None:
    reference = Webhook(key)
    at = datetime.now(UTC)
    secret = "whsec_" + base64.b64encode(key).decode()
    body = text.encode("utf-8", "replace")
    ours = signed_headers([secret], str(message_id), at, body)
    assert ours["webhook-signature"] == reference.sign(str(message_id), at, body.decode())


def test_a_secret_signs_and_a_changed_message_does_not_pass(secrets: WebhookSecrets) -> None:
    secret = secrets.add("DPUPR")
    headers = signed(secrets)
    assert verifies(secret, headers)
    assert not verifies(secret, headers, BODY + b" ")
    assert not verifies(secret, {**headers, "webhook-id": "other"})
    assert not verifies("whsec_" + "A" * 43 + "=", headers)
    assert secrets.signing("DISHUB") == ()


def test_while_a_secret_is_exchanged_both_pass_and_then_only_the_new_one(
    secrets: WebhookSecrets, clock: MovedClock, database: Database
) -> None:
    old = secrets.add("DPUPR")
    new = secrets.rotate("DPUPR", timedelta(hours=24))
    both = signed(secrets)
    assert len(both["webhook-signature"].split(" ")) == 2
    assert verifies(old, both)
    assert verifies(new, both)
    assert secrets.signing("DPUPR") == (new, old)
    clock.moved = timedelta(hours=24, minutes=1)
    after = signed(secrets)
    assert verifies(new, after)
    assert not verifies(old, after)
    secrets.rotate("DPUPR", timedelta(0))
    with database.read() as connection:
        assert len(connection.execute(select(tables.webhook_secrets)).all()) == 1, "what has run out is removed"


def test_adding_anew_ends_the_others_at_once(secrets: WebhookSecrets) -> None:
    old, new = secrets.add("DPUPR"), secrets.add("DPUPR")
    assert secrets.signing("DPUPR") == (new,)
    assert old != new
    assert secrets.remove("DPUPR") == 1
    assert secrets.signing("DPUPR") == ()
    assert secrets.remove("DPUPR") == 0


def test_the_longer_life_does_not_come_back(secrets: WebhookSecrets, clock: MovedClock) -> None:
    first = secrets.add("DPUPR")
    secrets.rotate("DPUPR", timedelta(hours=1))
    secrets.rotate("DPUPR", timedelta(hours=48))
    assert len(secrets.signing("DPUPR")) == 3
    clock.moved = timedelta(hours=2)
    assert first not in secrets.signing("DPUPR")
    assert len(secrets.signing("DPUPR")) == 2


def test_what_another_process_changes_is_known_within_half_a_minute(database: Database, clock: MovedClock) -> None:
    sender, operator = (WebhookSecrets(database, Sealer([KEY]), clock) for _ in range(2))
    old = operator.add("DPUPR")
    assert sender.signing("DPUPR") == (old,)
    new = operator.add("DPUPR")
    assert sender.signing("DPUPR") == (old,), "still known"
    clock.moved = timedelta(seconds=31)
    assert sender.signing("DPUPR") == (new,)


def test_secrets_lie_sealed_and_follow_the_keys(database: Database, clock: MovedClock) -> None:
    secret = WebhookSecrets(database, Sealer([KEY]), clock).add("DPUPR")
    with database.read() as connection:
        [row] = connection.execute(select(tables.webhook_secrets)).all()
    assert secret not in row.sealed
    assert secret.removeprefix("whsec_") not in row.sealed
    rotated = WebhookSecrets(database, Sealer(["n" * 40, KEY]), clock)
    assert rotated.signing("DPUPR") == (secret,)
    with pytest.raises(Rejected):
        WebhookSecrets(database, Sealer(["n" * 40]), clock).signing("DPUPR")


@given(
    st.text(max_size=40)
    | st.from_regex(r"\A[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{1,5} \d\d:\d\d:\d\d [A-Z+0-9]{3,5}\Z")
)
def test_any_retry_after_is_read(written: str) -> None:
    wish = retry_after(written, datetime(2026, 11, 24, tzinfo=UTC))
    assert wish is None or 0 <= wish <= 86_400
