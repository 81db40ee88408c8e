"""The operator's page: what it says when all is well, when something is not, and to whom it says nothing."""

import re
from datetime import timedelta

import pytest

from services.desk.console.helping import HELP, command, helping
from services.desk.console.picture import picture
from services.desk.console.wording import detail, span
from services.desk.tables import vitals
from shared.thresholds import OK, PROBLEM, WARNING
from shared.vitals.board import Seen
from shared.vitals.sign import Sign
from shared.vitals.table import Process, keep
from shared.vitals.worker import product_version
from tests.support.faults import FAULTS, Fault
from tests.unit.desk.facts import RECEIVED, routed
from tests.unit.desk.fake_vitals import FakeVitals
from tests.unit.desk.world import World

WELL, LOOKED_AT = "Semua berjalan baik", "dilihat"


def page(world: World, *, language: str = "id") -> str:
    """After two rounds: the first one writes the rows that the second one reads."""
    world.publish_all()
    world.look()
    world.look()
    answer = world.logged_in("operator").get(f"/console?lang={language}")
    assert answer.status_code == 200
    return answer.text


def verdict(text: str) -> str:
    found = re.search(r'<h2 id="verdict">(.*?)</h2>', text, re.DOTALL)
    assert found
    return " ".join(found[1].split())


def replaced(signs: list[Sign], new: Sign) -> list[Sign]:
    return [new if sign.key == new.key else sign for sign in signs]


def test_all_is_well(world: World) -> None:
    text = page(world)
    assert verdict(text) == WELL
    assert "row trouble" not in text
    for words in ("Penerimaan", "21 hari ini", "tidak ada yang menunggu", "60% bebas", "intake.do-something.v1"):
        assert words in text
    assert verdict(page(world, language="en")) == "All is well"


def test_before_anybody_has_looked_nothing_is_called_well(world: World) -> None:
    text = world.logged_in("operator").get("/console").text
    assert verdict(text) == "Keadaan belum diketahui seluruhnya"


def test_what_is_wrong_is_told_with_since_when_and_what_to_do(world: World) -> None:
    router = world.vitals["router"]
    router.signs = replaced(router.signs, Sign("dead", WARNING, 2, "messages", since=RECEIVED))
    world.vitals["notifier"].away = True
    text = page(world)
    assert verdict(text) == "1 hal rusak, 1 perlu perhatian"
    for words in (
        "Layanan berhenti: Pengiriman", "Ada pesan yang tidak dapat diolah", "2 pesan", "24 Nov 2026",
        "tanggap dead list", "docs/operations.md#dead-letters", "docs/operations.md#service-down", 'href="/dead"',
    ):  # fmt: skip
        assert words in text
    assert text.index("Layanan berhenti") < text.index("Ada pesan yang tidak"), "what is broken comes first"


def test_what_several_see_is_one_thing(world: World) -> None:
    for name in ("intake", "router"):
        world.vitals[name].signs = replaced(world.vitals[name].signs, Sign("broker", PROBLEM, 0.0))
    assert verdict(page(world)) == "1 hal rusak"


def test_a_process_beside_a_service_is_seen_through_it(world: World) -> None:
    now = world.clock.now()
    refused = Sign("mailbox", PROBLEM, 0.0, "", {"problem": "mailbox_login"})
    world.vitals["intake"].others = [Process("m:1", "mail", product_version(), now, now, signs=(refused,))]
    text = page(world)
    assert verdict(text) == "1 hal rusak"
    assert "server surel menolak nama atau sandi kita" in text


def test_another_version_is_told(world: World) -> None:
    world.vitals["router"].version = "0.0.9"
    text = page(world)
    assert verdict(text) == "1 hal perlu perhatian"
    assert "Tidak semua proses memakai versi yang sama" in text


def test_a_page_that_is_old_says_so(world: World) -> None:
    page(world)
    world.clock.advance(40)
    assert "Halaman ini tidak diperbarui lagi" in world.logged_in("operator").get("/console").text


def test_what_commands_left_is_shown_and_a_backup_grows_old(world: World) -> None:
    now = world.clock.now()
    with world.database.write() as tx:
        for sign in (Sign("reconcile", OK, 0, "differences"), Sign("backup", OK, 0.0, "seconds")):
            keep(tx, vitals, Process(sign.name, sign.name, "1", now, now, signs=(sign,)))
    text = page(world)
    assert verdict(text) == WELL
    assert "0 selisih pada pemeriksaan terakhir" in text
    world.clock.advance(timedelta(days=3).total_seconds())
    assert "Cadangan terakhir sudah lama" in page(world)


def test_deadlines_are_counted(world: World) -> None:
    world.hear(routed(1))
    world.clock.advance(timedelta(days=60).total_seconds())
    assert "1 lewat, 0 jatuh tempo" in page(world)


def test_the_page_renews_itself_without_keeping_a_session_alive(world: World) -> None:
    world.look()
    visitor = world.logged_in("operator")
    assert "console.js" in visitor.get("/console").text
    told = visitor.get("/console/now.json").get_json()["html"]
    assert LOOKED_AT in told
    assert "<html" not in told
    world.clock.advance(25 * 60)
    assert visitor.get("/console/now.json").status_code == 200
    world.clock.advance(48 * 3600)
    assert visitor.get("/console/now.json").status_code == 303


def test_an_operator_begins_there(world: World) -> None:
    assert world.logged_in("operator").get("/").headers["Location"] == "/console"


def test_it_asks_nobody_and_no_large_table(world: World) -> None:
    """However many cases there are, the page costs the same: it is put together from memory."""
    world.look()
    visitor = world.logged_in("operator")
    asked = [source.asked for source in world.vitals.values()]
    visitor.get("/console")
    assert [source.asked for source in world.vitals.values()] == asked


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.sign)
def test_each_fault_has_its_help(fault: Fault) -> None:
    assert fault.sign in HELP
    assert helping(fault.sign).anchor == fault.anchor


def test_commands_are_those_of_the_stack_where_it_is_one() -> None:
    assert command(Sign("dead", WARNING), stack=False) == "tanggap dead list"
    assert command(Sign("dead", WARNING), stack=True) == "docker compose run --rm operator dead list"
    assert command(Sign("service", PROBLEM, about="router"), stack=True) == "docker compose restart router"
    assert command(Sign("disk", PROBLEM, about="/data"), stack=False) == "df -h /data"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 detik"), (59.9, "59 detik"), (60, "1 menit"), (7200, "2 jam"), (172_800, "2 hari")]
)
def test_a_span_is_short(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("sign", "words"),
    [
        (Sign("database", PROBLEM, 10.0), "tidak menjawab"),
        (Sign("relay", OK, 3.0, facts={"waiting": 12}), "12 menunggu, yang tertua 3 detik"),
        (Sign("inbox", OK, 0.0, facts={"queue a trying": 1, "queue b retrying": 4}),
         "1 diolah, 4 akan dicoba lagi, terlambat 0 detik"),
        (Sign("clock", PROBLEM, 90.0, facts={"against": "database"}), "berbeda 1 menit dari jam basis data"),
        (Sign("certificate", PROBLEM, -5.0), "sudah berakhir"),
        (Sign("certificate", WARNING, 864_000.0), "berlaku 10 hari lagi"),
        (Sign("certificate", PROBLEM, facts={"problem": "No such file"}), "No such file"),
        (Sign("gateway", PROBLEM, 0.0, facts={"problem": "refused_403"}), "tujuan menolak, kode 403"),
    ],
)  # fmt: skip
def test_a_sign_says_what_it_knows(sign: Sign, words: str) -> None:
    assert detail(sign) == words


def test_of_one_service_the_gravest_word_counts(world: World) -> None:
    fake = FakeVitals("intake", world.clock)
    own = Process("d", "desk", "1", world.clock.now(), world.clock.now(),
                  signs=(Sign("service", OK, 1.0, about="intake"),))  # fmt: skip
    fake.signs.append(Sign("service", PROBLEM, 0.0, about="intake"))
    found = picture(Seen(own), {"intake": fake.ask().seen}, world.clock.now()).named("service")
    assert [(one.role, one.sign.state) for one in found] == [("intake", PROBLEM)]
