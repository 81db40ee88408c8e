from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from services.intake.fingerprint import SameMessage, same_message
from services.intake.submission import Submission
from shared.contracts.fields import Place
from shared.sealing import ContactHasher
from tests.unit.intake.building import submission

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
HASHER = ContactHasher("p" * 40)


def same(given: Submission, now: datetime = NOW) -> SameMessage | None:
    return same_message(given, HASHER, now=now, zone=ZoneInfo("Asia/Jakarta"))


def test_with_an_id_the_day_does_not_matter() -> None:
    message = submission(provider_id="7", sender="+62812")
    assert same(message) == same(message, datetime(2027, 1, 1, tzinfo=UTC))


def test_another_account_or_id_is_another_message() -> None:
    message = submission(provider_id="7")
    keys = [same(m) for m in (message, replace(message, account="x"), replace(message, provider_id="8"))]
    assert len({found.key for found in keys if found}) == 3


def test_another_content_under_the_same_id_has_the_same_key_and_another_fingerprint() -> None:
    one, two = same(submission("a", provider_id="7")), same(submission("b", provider_id="7"))
    assert one is not None
    assert two is not None
    assert one.key == two.key
    assert one.fingerprint != two.fingerprint
    assert one.other_key != two.other_key
    assert same(submission("a", provider_id="7", place=Place(detail="x"))) != one


def test_without_an_id_the_local_day_counts() -> None:
    message = submission(sender="+62812")
    evening, midnight = datetime(2026, 11, 24, 16, 59, tzinfo=UTC), datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    assert same(message) == same(message, evening)
    assert same(message) != same(message, midnight)
    assert same(replace(message, sent_at=NOW), midnight) == same(replace(message, sent_at=NOW))


def test_two_strangers_who_write_the_same_are_two() -> None:
    assert same(submission("Lampu mati")) is None
