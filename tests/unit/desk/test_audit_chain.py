"""The chain of seals: what a seal covers, and what it says about rows that come late."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desk.auditing.chain import SLACK, AuditKeys, Head, Seal, continued, goes_back, is_late
from shared.audit import row_digest
from shared.audit_reading import Digest

AT = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
KEYS = AuditKeys(["k" * 40])
texts = st.text(max_size=20)
rows = st.fixed_dictionaries(
    {
        "seq": st.integers(1, 2**62), "at": st.datetimes(timezones=st.just(UTC)), "actor": texts, "role": texts,
        "act": texts, "subject": texts, "reason": texts,
        "details": st.dictionaries(texts, st.none() | st.integers() | texts | st.lists(texts, max_size=3), max_size=4),
    }
)  # fmt: skip


@given(rows, rows)
def test_two_rows_have_the_same_digest_only_if_they_are_the_same(
    one: dict[str, object], other: dict[str, object]
) -> None:
    assert (row_digest(one) == row_digest(other)) == (one == other)


@given(rows, st.integers(-12, 12))
def test_neither_the_order_of_details_nor_the_time_zone_matters(row: dict[str, object], hours: int) -> None:
    at, details = row["at"], row["details"]
    assert isinstance(at, datetime)
    assert isinstance(details, dict)
    if not datetime(2, 1, 1, tzinfo=UTC) < at < datetime(9998, 1, 1, tzinfo=UTC):
        at = AT
    turned = {name: details[name] for name in reversed(list(details))}
    elsewhere = {**row, "at": at.astimezone(timezone(timedelta(hours=hours))), "details": turned}
    assert row_digest(elsewhere) == row_digest({**row, "at": at})


def sealed(count: int = 3, seen_until: datetime | None = None) -> list[Seal]:
    found = [Digest(10 + number, AT, f"{number:064x}") for number in range(count)]
    return continued(KEYS, Head(), "router", found, seen_until, AT)


def test_seals_are_numbered_from_one_and_each_covers_the_one_before() -> None:
    made = sealed()
    assert [(one.n, one.seq, one.late) for one in made] == [(1, 10, False), (2, 11, False), (3, 12, False)]
    before = Head().mac
    for seal in made:
        assert KEYS.mac(before, seal) == seal.mac
        before = seal.mac
    again = continued(KEYS, Head(1, made[0].mac), "router", [Digest(11, AT, f"{1:064x}")], None, AT)
    assert again == [made[1]], "it goes on from the head alone"


@pytest.mark.parametrize(
    "change",
    [
        {"n": 9}, {"service": "desk"}, {"seq": 99}, {"digest": "f" * 64}, {"late": True}, {"seen_until": AT},
        {"sealed_at": AT + timedelta(microseconds=1)},
    ],
)  # fmt: skip
def test_a_seal_covers_every_one_of_its_fields(change: dict[str, object]) -> None:
    first, second, _ = sealed()
    assert KEYS.mac(first.mac, replace(second, **change)) != second.mac  # type: ignore[arg-type]
    assert KEYS.mac("0" * 64, second) != second.mac


def test_an_older_key_checks_and_the_newest_seals() -> None:
    (old,) = sealed(1)
    both = AuditKeys(["n" * 40, "k" * 40])
    assert both.mac(Head().mac, old) == old.mac
    (new,) = continued(both, Head(1, old.mac), "router", [Digest(11, AT, "0" * 64)], None, AT)
    assert new.key_id != old.key_id
    assert not KEYS.knows(new.key_id)
    assert both.knows(new.key_id)
    with pytest.raises(KeyError):
        KEYS.mac(old.mac, new)


def test_a_row_is_late_when_it_says_that_it_is_older_than_what_had_been_seen() -> None:
    seen = AT - timedelta(minutes=1)
    assert not is_late(seen - SLACK, seen, AT)
    assert is_late(seen - SLACK - timedelta(seconds=1), seen, AT)
    assert not is_late(AT - timedelta(days=300), None, AT), "nothing had been seen before the first time"
    assert is_late(AT + SLACK + timedelta(seconds=1), None, AT), "of the future"


def test_what_had_been_seen_never_becomes_less() -> None:
    (seal,) = sealed(1, AT)
    assert not goes_back({}, seal)
    assert not goes_back({"router": AT}, seal)
    assert not goes_back({"desk": AT + timedelta(1)}, seal)
    assert goes_back({"router": AT + timedelta(microseconds=1)}, seal)
    assert goes_back({"router": AT}, replace(seal, seen_until=None))
