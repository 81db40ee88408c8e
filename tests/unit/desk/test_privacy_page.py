"""How long what people wrote is kept, how much was erased, and who looked at whose contact."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from services.desk.erasing.counting import by_month
from services.desk.erasing.wording import BEGINNINGS, KINDS
from shared.city_retention import KINDS as KEPT
from shared.erasures import mark_erased
from tests.unit.desk.erased import erased
from tests.unit.desk.facts import routed, ticket
from tests.unit.desk.world import LOGINS, PACK, Visitor, World

JAKARTA = ZoneInfo("Asia/Jakarta")


def auditor(world: World) -> Visitor:
    return world.logged_in(LOGINS["auditor"])


def reveal(world: World, login: str, number: int, reason: str) -> None:
    visitor = world.logged_in(login)
    visitor.get(f"/cases/{ticket(number)}")
    assert visitor.post(f"/cases/{ticket(number)}/contact", contact_reason=reason).status_code == 200


def mark(world: World, complaint_id: str, reason: str, at: datetime) -> None:
    with world.database.write() as tx:
        mark_erased(tx, world.service.spine.tables, complaint_id, ["text"], reason=reason, at=at)


def test_every_kind_that_is_kept_has_its_name_and_its_days(world: World) -> None:
    assert tuple(KINDS) == tuple(BEGINNINGS) == KEPT
    page = auditor(world).get("/privacy").text
    for rule in PACK.retention.rules:
        assert str(KINDS[rule.kind]) in page
        assert rule.days is None or f"{rule.days:,}".replace(",", ".") in page
    assert page.count("perlu dipastikan oleh kota") == sum(rule.confirm for rule in PACK.retention.rules)
    assert "Belum ada yang dihapus" in page


def test_what_was_erased_is_counted_by_the_citys_months_and_by_reason(world: World) -> None:
    late, early = datetime(2026, 10, 31, 17, 30, tzinfo=UTC), datetime(2026, 10, 31, 16, 30, tzinfo=UTC)
    mark(world, "a", "request", late)
    mark(world, "b", "retention", early)
    mark(world, "c", "retention", early)
    mark(world, "d", "retention", datetime(2025, 11, 30, 16, tzinfo=UTC))
    now = datetime(2026, 11, 24, 3, tzinfo=UTC)
    with world.database.read() as connection:
        found = by_month(connection, JAKARTA, now)
    assert [(one.month, dict(one.numbers)) for one in found] == [
        ("2026-11", {"request": 1}), ("2026-10", {"retention": 2}),
    ]  # fmt: skip


def test_the_auditor_finds_who_saw_a_contact_by_ticket_and_person(world: World) -> None:
    world.hear(routed(), routed(2, identity="open"), erased(3))
    reveal(world, LOGINS["coordinator"], 1, "perlu bertanya soal tiang")
    reveal(world, LOGINS["officer"], 2, "perlu janji temu")
    visitor = auditor(world)
    page = visitor.get("/privacy").text
    assert page.index("perlu janji temu") < page.index("perlu bertanya soal tiang"), "the newest first"
    by_ticket = visitor.get(f"/privacy?q={ticket(1).lower()}").text
    assert ("soal tiang" in by_ticket, "janji temu" in by_ticket) == (True, False)
    by_person = visitor.get(f"/privacy?who={LOGINS['officer']}").text
    assert ("soal tiang" in by_person, "janji temu" in by_person) == (False, True)
    assert "Tidak ada catatan yang cocok" in visitor.get("/privacy?q=CMH-9999-9999").text
    assert "soal tiang" in visitor.get("/audit?act=contact.reveal").text


def test_a_coordinator_does_not_read_what_colleagues_looked_at(world: World) -> None:
    world.hear(routed())
    reveal(world, LOGINS["coordinator"], 1, "perlu bertanya")
    page = world.logged_in(LOGINS["coordinator"]).get("/privacy").text
    assert ("Masa simpan" in page, "perlu bertanya" in page) == (True, False)
