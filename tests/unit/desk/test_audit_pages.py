"""The auditor's page: the rows of all services in one list, each with its seal, and the same as a file."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from services.desk.auditing.chain import AuditKeys
from services.desk.auditing.heads import DailyHeads, opening_of
from services.desk.auditing.reading import places_of, written
from services.desk.auditing.sealer import Sealer
from services.desk.auditing.wording import ACTS
from services.desk.cases.timeline import record
from services.desk.tables import audit, audit_seals
from shared.contracts.audit import AuditHead
from shared.web.internal_audit import OwnAudit
from tests.unit.desk.facts import ticket
from tests.unit.desk.world import LOGINS, PACK, Visitor, World, open_world

SERVICES_FOLDER = Path(__file__).parents[3] / "services"
TICKET = ticket(1)
TYPED = TICKET.lower().replace("-", "")


@pytest.fixture
def auditor(world: World) -> Iterator[Visitor]:
    return world.logged_in(LOGINS["auditor"])


def sealer(world: World) -> Sealer:
    sources = {"desk": OwnAudit(world.database, audit), **world.audits}
    return Sealer(world.database, world.clock, AuditKeys(["k" * 40]), sources)


def act(world: World, act: str, subject: str, **more: str) -> None:
    with world.database.write() as tx:
        record(tx, at=world.clock.now(), actor="koordinator", role="coordinator", act=act, subject=subject, **more)  # type: ignore[arg-type]


def saved(visitor: Visitor, query: str = "") -> list[dict[str, str]]:
    answer = visitor.get(f"/audit.csv{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def test_rows_of_all_services_stand_in_one_list_the_newest_first(world: World, auditor: Visitor) -> None:
    act(world, "case.assign", TICKET)
    world.audits["router"].act("x.router")
    world.audits["notifier"].act("x.notifier")
    assert [(row["service"], row["act"]) for row in saved(auditor)][:3] == [
        ("notifier", "x.notifier"), ("router", "x.router"), ("desk", "case.assign"),
    ]  # fmt: skip
    page = auditor.get("/audit").text
    assert page.index("x.notifier") < page.index("x.router") < page.index(TICKET)


def test_each_row_says_whether_it_is_sealed(world: World, auditor: Visitor) -> None:
    assert "Menunggu segel" in auditor.get("/audit").text
    act(world, "case.assign", TICKET)
    act(world, "case.close", "CMH-0000-000B")
    sealer(world).round()
    assert {row["state"] for row in saved(auditor)} == {"sealed"}
    with world.database.write() as tx:
        tx.execute(update(audit).where(audit.c.act == "case.close").values(reason="lain"))
    states = {row["act"]: row["state"] for row in saved(auditor)}
    assert (states["case.assign"], states["case.close"]) == ("sealed", "altered")
    assert "Berubah sesudah disegel" in auditor.get("/audit").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?who=operator", ["r2", "r1"]), ("?act=r1", ["r1"]), (f"?q={TYPED}", ["case.assign"]),
        ("?service=router", ["r2", "r1"]), ("?service=router&q=DLH", ["r2"]), ("?who=nobody", []),
        ("?from=2199-01-01", []), ("?to=2001-01-01", []), ("?from=kemarin&act=r1", ["r1"]),
    ],
)  # fmt: skip
def test_the_list_is_narrowed(world: World, auditor: Visitor, query: str, found: list[str]) -> None:
    act(world, "case.assign", TICKET)
    world.audits["router"].act("r1")
    world.audits["router"].act("r2", subject="DLH")
    assert [row["act"] for row in saved(auditor, query)] == found


def test_pages_show_every_row_once(world: World, auditor: Visitor) -> None:
    for number in range(130):
        world.audits["router" if number % 3 else "intake"].act(f"x{number}")
    seen, address = [], "/audit?who=operator"
    for _ in range(5):
        page = auditor.get(address).text
        seen += [part.split("<")[0] for part in page.split("<td>x")[1:]]
        if 'rel="next"' not in page:
            break
        address = page.split('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert sorted(seen, key=int) == [str(number) for number in range(130)]


def test_a_service_that_is_away_is_named_and_no_file_pretends_to_be_whole(world: World, auditor: Visitor) -> None:
    act(world, "case.assign", TICKET)
    world.audits["intake"].away = True
    page = auditor.get("/audit").text
    assert "Layanan Penerimaan tidak menjawab sekarang" in page
    assert TICKET in page
    assert auditor.get("/audit.csv").status_code == 503
    assert saved(auditor, "?service=desk")
    sealer(world).round()
    assert "Catatan Penerimaan belum dapat dibaca" in auditor.get("/audit").text


def test_a_reason_that_looks_like_a_formula_is_none_in_the_file(world: World, auditor: Visitor) -> None:
    act(world, "case.assign", TICKET, reason="=1+1")
    assert [row["reason"] for row in saved(auditor, "?act=case.assign")] == ["'=1+1"]


def test_nobody_writes_here(world: World, auditor: Visitor) -> None:
    for path in ("/audit", "/audit.csv"):
        assert auditor.post(path, act="x").status_code == 405
        assert auditor.client.delete(path).status_code in (400, 405)


def test_every_act_of_the_other_services_has_its_words() -> None:
    """As far as they stand in the programs as they are."""
    prefixes = "rules|agency|delivery|api_key|alert|contacts|dead|reconcile|block|quarantine|complaint"
    act_words = re.compile(rf'"((?:{prefixes})\.[a-z_.]+)"')
    folders = [SERVICES_FOLDER / name for name in ("intake", "router", "notifier", "operations", "commands")]
    texts = [path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.py")]
    found = {word for text in texts for word in act_words.findall(text) if not word.endswith((".py", ".md"))}
    assert "rules.activate" in found
    assert sorted(found - set(ACTS)) == []


@given(st.dictionaries(st.sampled_from(["desk", "intake", "router", "notifier"]), st.integers(0, 10**17)))
def test_where_a_page_goes_on_is_read_as_it_was_written(places: dict[str, int]) -> None:
    assert places_of(written(places)) == places


@given(st.text(max_size=40))
def test_whatever_an_address_says_is_read(text: str) -> None:
    assert all(isinstance(seq, int) for seq in places_of(text).values())


def at(world: World, local: datetime) -> None:
    world.clock.advance((local - world.clock.now()).total_seconds())


def test_the_head_is_said_once_a_day_when_the_offices_open(world: World) -> None:
    first = opening_of(world.clock.now().date() + timedelta(days=3), PACK.calendar)
    at(world, first - timedelta(minutes=5))
    sealing, heads = sealer(world), DailyHeads(world.service.spine, PACK.calendar)
    heads.note()
    before = len(world.said(AuditHead.TYPE))
    act(world, "case.assign", TICKET)
    sealing.round()
    heads.note()
    assert len(world.said(AuditHead.TYPE)) == before
    at(world, first + timedelta(seconds=1))
    assert heads.note()
    assert not heads.note()
    assert not DailyHeads(world.service.spine, PACK.calendar).note(), "another desk, or the same one after a start"
    said = world.said(AuditHead.TYPE)[-1]
    with world.database.read() as connection:
        last = connection.execute(audit_seals.select().order_by(audit_seals.c.n.desc())).mappings().first()
    assert last is not None
    assert (said.count, said.mac, said.late, said.away) == (last["n"], last["mac"], 0, [])
    at(world, first + timedelta(days=1, hours=1))
    assert heads.note()
    assert world.said(AuditHead.TYPE)[-1].added == 0


def test_a_head_is_made_on_days_without_office_hours_too() -> None:
    sunday = date(2026, 11, 29)
    assert opening_of(sunday, PACK.calendar) == datetime(2026, 11, 29, 1, tzinfo=UTC)


def test_the_desk_seals_by_itself_where_it_has_a_key(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    with open_world(url, tmp_path, environment={"TANGGAP_AUDIT_KEYS": "k" * 40}) as world:
        assert "desk-sealer" in [worker.name for worker in world.service.workers]
        assert not [one for one in world.service.warnings() if "TANGGAP_AUDIT_KEYS" in one]
    with open_world(url, tmp_path) as world:
        assert "desk-sealer" not in [worker.name for worker in world.service.workers]
        assert [one for one in world.service.warnings() if "TANGGAP_AUDIT_KEYS" in one]
