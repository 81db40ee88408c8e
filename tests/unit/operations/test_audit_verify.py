"""What the sealer seals, and what `tanggap audit verify` finds when somebody was at the databases."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, update

from services.desk.auditing.chain import AuditKeys
from services.desk.auditing.repository import DayHead, add_head
from services.desk.auditing.sealer import BATCH
from services.operations.audit_chain import Mailed
from services.operations.checks_seals import check_seals
from services.operations.installation import Installation
from tests.unit.operations.auditing import KEY, SEALING, SEALS, Sealing

SERVICES = ("desk", "intake", "notifier", "router")


@pytest.fixture
def sealing(installation: Installation) -> Sealing:
    """Three rows a service, sealed two minutes ago, and looked after since."""
    made = Sealing(installation)
    made.seal()
    for service in SERVICES:
        made.act(service, count=3)
    made.seal()
    made.later(minutes=2)
    return made


def test_every_row_of_every_service_is_sealed_once(sealing: Sealing) -> None:
    seals = sealing.rows(SEALS)
    assert [one["n"] for one in seals] == list(range(1, 13))
    assert sorted((one["service"], one["seq"]) for one in seals) == [(s, n) for s in SERVICES for n in (1, 2, 3)]
    found = sealing.verify(mailed=sealing.mailed())
    assert found.clean
    assert (found.rows, found.seals, found.waiting) == (12, 12, 0)


def test_what_is_not_sealed_yet_waits_and_is_no_finding(sealing: Sealing) -> None:
    sealing.act("router")
    found = sealing.verify()
    assert found.clean
    assert found.waiting == 1
    sealing.clock.advance(2 * 3600)
    assert sealing.found() == {"waiting_long": 1}
    sealing.seal()
    assert sealing.found() == {}, "the sealer was away; nobody has done anything wrong"


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "x"}, {"actor": "orang.lain"}, {"role": "head"}, {"act": "case.close"}, {"subject": "CMH-1"},
        {"details": {"agency": "DLH", "before": None}},
    ],
)  # fmt: skip
def test_an_altered_row_is_found(sealing: Sealing, change: dict[str, object]) -> None:
    audit = sealing.audit("router")
    sealing.tamper("router", update(audit).where(audit.c.seq == 2).values(change))
    found = sealing.verify()
    assert [(one.kind, one.service, one.seq) for one in found.shown] == [("altered", "router", 2)]


def test_a_microsecond_is_an_alteration(sealing: Sealing) -> None:
    audit = sealing.audit("desk")
    at = sealing.rows(audit)[0]["at"] + timedelta(microseconds=1)
    sealing.tamper("desk", update(audit).where(audit.c.seq == 1).values(at=at))
    assert sealing.found() == {"altered": 1}


def test_a_removed_row_is_found_wherever_it_stood(sealing: Sealing) -> None:
    for service, seq in (("desk", 1), ("intake", 2), ("notifier", 3)):
        audit = sealing.audit(service)
        sealing.tamper(service, delete(audit).where(audit.c.seq == seq))
    found = sealing.verify()
    assert sorted((one.kind, one.service, one.seq) for one in found.shown) == [
        ("removed", "desk", 1), ("removed", "intake", 2), ("removed", "notifier", 3),
    ]  # fmt: skip


def test_all_rows_of_a_service_removed(sealing: Sealing) -> None:
    sealing.tamper("desk", delete(sealing.audit("desk")))
    assert sealing.found() == {"removed": 3}


def test_a_row_inserted_into_an_old_gap_is_found(sealing: Sealing) -> None:
    audit = sealing.audit("router")
    row = dict(sealing.rows(audit, "router")[0])
    sealing.act("router", count=1)
    sealing.tamper("router", update(audit).where(audit.c.seq == 4).values(seq=40))  # as if 36 acts had been rolled back
    sealing.seal()
    sealing.later(hours=2)
    sealing.act("router")
    sealing.later(hours=2)
    sealing.tamper("router", insert(audit).values({**row, "seq": 20}))
    sealing.later(minutes=5)
    assert sealing.found() == {"inserted": 1}


def test_a_row_inserted_at_the_end_with_an_old_time_is_sealed_as_late_and_found(sealing: Sealing) -> None:
    sealing.act("intake", at=sealing.clock.now() - timedelta(hours=1))
    sealing.later(minutes=1)
    assert sealing.found() == {"late": 1}
    sealing.act("intake", at=sealing.clock.now() + timedelta(days=1))
    sealing.later(minutes=1)
    assert sealing.found() == {"late": 2}
    assert sealing.found(since=sealing.clock.now()) == {}


def test_lateness_cannot_be_hidden_by_setting_the_sealer_back(sealing: Sealing) -> None:
    sealing.tamper("desk", update(SEALING).values(seen_until=None))
    sealing.act("intake", at=sealing.clock.now() - timedelta(hours=1))
    sealing.seal()
    assert sealing.found() == {"chain_broken": 1}


def test_a_cut_off_tail_is_found_by_the_mailed_head(sealing: Sealing) -> None:
    mailed = sealing.mailed()
    sealing.tamper("desk", delete(SEALS).where(SEALS.c.n > 9))
    for service in SERVICES:
        audit = sealing.audit(service)
        kept = [one["seq"] for one in sealing.rows(SEALS) if one["service"] == service]
        sealing.tamper(service, delete(audit).where(audit.c.seq.not_in(kept)))
    assert sealing.found() == {}, "the databases alone do not tell"
    assert sealing.found(mailed=mailed) == {"cut_off": 1}


def test_a_cut_off_tail_is_found_by_the_heads_that_the_desk_noted(sealing: Sealing) -> None:
    last = sealing.mailed()
    with sealing.database("desk").write() as tx:
        add_head(tx, DayHead(sealing.clock.now().date(), last.count, last.mac, sealing.clock.now()))
    assert sealing.found() == {}
    removed = [one for one in sealing.rows(SEALS) if one["n"] > 10]
    sealing.tamper("desk", delete(SEALS).where(SEALS.c.n > 10))
    for one in removed:
        audit = sealing.audit(one["service"])
        sealing.tamper(one["service"], delete(audit).where(audit.c.seq == one["seq"]))
    assert sealing.found() == {"cut_off": 1}
    sealing.act("desk", count=3)
    sealing.seal()
    assert sealing.found() == {"cut_off": 1}, "others in their place do not fit"


def test_a_chain_made_anew_is_found_by_the_mailed_head_even_with_the_key(sealing: Sealing) -> None:
    mailed = sealing.mailed()
    sealing.clock.advance(60)
    sealing.tamper("desk", delete(SEALS), delete(SEALING))
    sealing.sealer = sealing.another_sealer()
    sealing.seal()
    assert sealing.found() == {}
    assert sealing.found(mailed=mailed) == {"cut_off": 1}


def test_seals_changed_to_fit_an_altered_row_are_found(sealing: Sealing) -> None:
    audit = sealing.audit("router")
    sealing.tamper("router", update(audit).where(audit.c.seq == 2).values(reason="x"))
    (fitting,) = [one for one in sealing.sources["router"].digests(1, 1)]
    mine = SEALS.c.service == "router", SEALS.c.seq == 2
    sealing.tamper("desk", update(SEALS).where(*mine).values(digest=fitting.digest))
    assert sealing.found() == {"chain_broken": 1}


def test_a_row_removed_with_its_seal_is_found(sealing: Sealing) -> None:
    sealing.tamper("router", delete(sealing.audit("router")).where(sealing.audit("router").c.seq == 2))
    sealing.tamper("desk", delete(SEALS).where(SEALS.c.service == "router", SEALS.c.seq == 2))
    assert sealing.found() == {"chain_broken": 1}


def test_a_seal_made_with_another_key_is_found(sealing: Sealing) -> None:
    sealing.act("desk")
    sealing.clock.advance(120)
    sealing.another_sealer(AuditKeys(["forged" * 10])).round()
    assert sealing.found() == {"key_missing": 1}


def test_keys_are_changed_without_a_break(sealing: Sealing) -> None:
    sealing.keys = AuditKeys(["new-" + "n" * 40, KEY])
    sealing.clock.advance(120)
    sealing.sealer = sealing.another_sealer()
    sealing.act("desk")
    sealing.seal()
    assert len({one["key_id"] for one in sealing.rows(SEALS)}) == 2
    assert sealing.found() == {}


def test_a_row_committed_below_a_sealed_one_is_sealed_when_it_appears(sealing: Sealing) -> None:
    audit = sealing.audit("router")
    sealing.act("router", count=2)
    hidden = dict(sealing.rows(audit, "router")[3])
    sealing.tamper("router", delete(audit).where(audit.c.seq == 4))
    sealing.seal()
    sealing.tamper("router", insert(audit).values(hidden))
    sealing.later(minutes=2)
    assert [one["seq"] for one in sealing.rows(SEALS) if one["service"] == "router"] == [1, 2, 3, 5, 4]
    assert sealing.found() == {}


def test_one_service_that_is_away_does_not_keep_the_others(sealing: Sealing) -> None:
    sealing.sources["router"].away = True
    for service in SERVICES:
        sealing.act(service)
    sealing.seal()
    assert sealing.verify().waiting == 1
    (row,) = [one for one in sealing.rows(SEALING) if one["service"] == "router"]
    assert row["problem"] == "service_away"
    sealing.sources["router"].away = False
    sealing.later(hours=3)
    assert sealing.verify().waiting == 0
    assert sealing.found() == {}
    (row,) = [one for one in sealing.rows(SEALING) if one["service"] == "router"]
    assert row["problem"] == ""


def test_only_one_desk_seals_at_a_time_and_another_takes_over(sealing: Sealing) -> None:
    other = sealing.another_sealer()
    sealing.act("desk")
    assert other.round() is False
    assert sealing.verify().waiting == 1, "the first one has the turn"
    sealing.clock.advance(90)
    other.round()
    assert sealing.verify().waiting == 0
    sealing.act("desk")
    sealing.seal()
    assert sealing.verify().waiting == 1
    sealing.clock.advance(90)
    sealing.seal()
    assert sealing.verify().clean
    assert sealing.verify().waiting == 0


def test_many_rows_that_were_there_before_the_first_seal(installation: Installation) -> None:
    sealing = Sealing(installation)
    old = sealing.clock.now() - timedelta(days=400)
    sealing.act("desk", count=3 * BATCH + 1, at=old)
    sealing.act("router", at=old)
    sealing.seal()
    found = sealing.verify()
    assert found.clean
    assert found.seals == 3 * BATCH + 2


def test_nothing_at_all(installation: Installation) -> None:
    sealing = Sealing(installation)
    assert sealing.found(mailed=Mailed(0, "0" * 64)) == {}
    sealing.seal()
    assert sealing.found() == {}


def test_the_doctor_says_whether_rows_are_sealed_as_they_come(installation: Installation) -> None:
    sealing = Sealing(installation)

    def said() -> str:
        (finding,) = check_seals(installation.location, sealing.clock)
        return f"{finding.state}: {finding.saw}"

    assert said() == "warning: no audit row is sealed"
    sealing.act("desk")
    sealing.sources["router"].away = True
    sealing.seal()
    assert said() == "ok: 1 row sealed", "it has only just begun"
    sealing.later(minutes=20)
    assert said() == "ok: 1 row sealed"
    with sealing.database("desk").write() as tx:
        day = DayHead(sealing.clock.now().date(), 1, "0" * 64, sealing.clock.now())
        add_head(tx, day)
    assert said() == "ok: 1 row sealed", "a head of this moment: the router may be about to start"
    sealing.later(minutes=16)
    assert said() == "warning: rows of router are not sealed as they come"
    sealing.sources["router"].away = False
    sealing.later(minutes=1)
    assert said() == "ok: 1 row sealed"
    sealing.clock.advance(16 * 60)
    assert said().startswith("warning: rows of intake, router, notifier, desk are not")
