"""Text messages through a real Kannel, set up as the product says: out of the phone, through the system, back again."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import kannel as real
from tests.support.eventually import eventually
from tests.support.kannel import Kannel
from tests.support.missing import NotInstalled, skip_or_fail
from tests.support.system import EmbeddedSystem, System

PJU = "pju mati di jalan baros dekat masjid, gelap"


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[System, Kannel]]:
    """The system in one process, and a Kannel, each knowing the other."""
    try:
        real.require()
    except NotInstalled as problem:
        skip_or_fail(problem)
    system = EmbeddedSystem(tmp_path_factory.mktemp("sms"))
    gateway = Kannel(tmp_path_factory.mktemp("kannel"), system.intake_url)
    environment = system.processes["tanggap"].env
    assert environment is not None
    environment |= {
        "TANGGAP_SMS_TOKEN": real.TOKEN,
        "TANGGAP_SMS_GATEWAY_URL": gateway.sendsms_url,
        "TANGGAP_SMS_REPORT_URL": system.intake_url,
    }
    with gateway, system:
        yield system, gateway


@pytest.fixture
def system(joined: tuple[System, Kannel]) -> System:
    return joined[0]


@pytest.fixture
def gateway(joined: tuple[System, Kannel]) -> Kannel:
    return joined[1]


_numbers = iter(range(10**6))


@pytest.fixture
def phone() -> str:
    """A number that nobody used before."""
    return f"+62812{next(_numbers):08}"


def stored(system: System, words: str) -> list[tuple[Any, ...]]:
    return system.rows("intake", f"SELECT ticket, text, flags FROM complaints WHERE text LIKE '%{words}%'")


def complain(gateway: Kannel, phone: str, words: str) -> str:
    """The ticket, from the receipt that came as an SMS."""
    gateway.network.send(phone, words)
    receipt = gateway.network.wait_for(phone, "diterima")
    found = re.search(r"CMH-[0-9A-Z]{4}-[0-9A-Z]{4}", receipt)
    assert found, receipt
    return found.group()


def test_there_and_back(system: System, gateway: Kannel, phone: str) -> None:
    ticket = complain(gateway, phone, PJU)
    receipt = gateway.network.wait_for(phone, ticket)
    assert "112" in receipt
    assert "pju" not in receipt, "nothing of the complaint goes into an SMS"
    state = f"SELECT state, reason FROM deliveries WHERE ticket = '{ticket}' AND message = 'receipt'"
    eventually(lambda: system.rows("notifier", state) == [("delivered", "delivered")], 10,
               describe=lambda: f"{system.rows('notifier', state)}\n{gateway.describe()}")  # fmt: skip
    eventually(
        lambda: system.rows("intake", f"SELECT status FROM complaints WHERE ticket = '{ticket}'") == [("routed",)]
    )
    gateway.network.send(phone, f"STATUS {ticket}")
    assert "Dinas Perhubungan" in gateway.network.wait_for(phone, "Diteruskan")
    gateway.network.send(phone, f"Tambah {ticket.lower()}: tiang nomor 7")
    gateway.network.wait_for(phone, "sudah ditambahkan")
    assert system.rows("intake", "SELECT what, text FROM additions") == [("addition", "tiang nomor 7")]
    assert len(gateway.network.texts_to(phone)) == 3 + receipt.count("\n"), "a complaint itself is not answered twice"


def test_a_stranger_learns_nothing(gateway: Kannel, phone: str) -> None:
    ticket = complain(gateway, phone, "sampah menumpuk di pasar atas")
    stranger = f"+62813{phone[-8:]}"
    gateway.network.send(stranger, f"STATUS {ticket}")
    assert ticket not in gateway.network.wait_for(stranger, "tidak ditemukan")


def test_the_same_sms_twice_is_one_complaint_and_one_receipt(system: System, gateway: Kannel, phone: str) -> None:
    """The network doubles it: Kannel gives each its own id."""
    words = "got mampet di depan puskesmas cimahi tengah"
    ticket = complain(gateway, phone, words)
    gateway.network.send(phone, words)
    gateway.network.send(phone, "status")
    gateway.network.wait_for(phone, f"{ticket}: ")
    assert [row[0] for row in stored(system, "mampet di depan puskesmas")] == [ticket]
    assert len([text for text in gateway.network.texts_to(phone) if "diterima" in text]) == 1


def test_a_long_sms_in_parts_is_one_complaint(system: System, gateway: Kannel, phone: str) -> None:
    parts = ["pohon tumbang menimpa warung ", "di jalan gandawijaya ", "sejak subuh tadi"]
    for number in (1, 3, 2):
        gateway.network.send_part(phone, bytes((5, 0, 3, 42, 3, number)), parts[number - 1])
    gateway.network.wait_for(phone, "diterima")
    assert [row[1] for row in stored(system, "pohon tumbang menimpa")] == ["".join(parts)]


def test_a_part_that_never_comes_is_not_waited_for_long(system: System, gateway: Kannel, phone: str) -> None:
    gateway.network.send_part(phone, bytes((5, 0, 3, 7, 2, 1)), "lampu taman padam ")
    eventually(lambda: system.rows("intake", "SELECT count(*) FROM sms_parts WHERE state = 'waiting'") == [(1,)], 15,
               describe=gateway.describe)  # fmt: skip
    ticket = complain(gateway, phone, f"status {phone[-4:]} tidak ada artinya di sini")  # another SMS is not held up
    assert len(stored(system, "lampu taman")) == 0
    eventually(lambda: stored(system, "lampu taman") != [], 30, every=0.2, describe=gateway.describe)
    assert [row[1:] for row in stored(system, "lampu taman")] == [("lampu taman padam […]", '["parts_missing"]')]
    gateway.network.send_part(phone, bytes((5, 0, 3, 7, 2, 2)), "di alun-alun cimahi")
    added = "SELECT text FROM additions WHERE what = 'late_part'"
    eventually(lambda: system.rows("intake", added) == [("di alun-alun cimahi",)], 10, describe=gateway.describe)
    assert ticket not in stored(system, "lampu taman")[0]


def test_letters_of_all_kinds(system: System, gateway: Kannel, phone: str) -> None:
    words = "jalan berlubang di Cibeber – “parah” 😀 Привет"
    gateway.network.send_ucs2(phone, words)
    gateway.network.wait_for(phone, "diterima")
    assert [row[1] for row in stored(system, "jalan berlubang di Cibeber")] == [words]


def test_too_little_is_asked_back_and_answered(system: System, gateway: Kannel, phone: str) -> None:
    gateway.network.send(phone, "min tlg dong")
    question = gateway.network.wait_for(phone, "balas SMS ini")
    assert "apa masalahnya" in question
    gateway.network.send(phone, "banjir di rt 3 cigugur")
    gateway.network.wait_for(phone, "sudah ditambahkan")
    answered = "SELECT text FROM additions WHERE what = 'answer'"
    assert system.rows("intake", answered) == [("banjir di rt 3 cigugur",)]


def test_who_wants_no_sms_gets_none(system: System, gateway: Kannel, phone: str) -> None:
    gateway.network.send(phone, "STOP")
    gateway.network.wait_for(phone, "MULAI")
    gateway.network.send(phone, "parkir liar di jalan kartini tiap malam")
    ends = "SELECT state, reason FROM deliveries WHERE recipient = 'citizen' AND state = 'skipped'"
    eventually(lambda: system.rows("notifier", ends) == [("skipped", "suppressed")], 10)
    assert len(gateway.network.texts_to(phone)) == 1


def test_while_intake_is_down_nothing_is_lost(system: System, gateway: Kannel) -> None:
    """Also when everything on the gateway's machine is killed meanwhile."""
    number = 30
    system.processes["tanggap"].kill9()
    for one in range(number):
        gateway.network.send(f"+62819{one:08}", f"tiang listrik miring nomor {one} di cibabat")
    eventually(lambda: gateway.waiting() == number, 20, describe=gateway.describe)
    real.settle(4)  # the keeper tries and fails
    gateway.stop()
    gateway.start()
    real.settle(4)
    assert gateway.network.texts_to("+6281900000000") == [], "nothing is said to citizens meanwhile"
    system.start()
    eventually(lambda: len(stored(system, "tiang listrik miring")) == number, 30, describe=gateway.describe)
    for one in range(number):
        gateway.network.wait_for(f"+62819{one:08}", "diterima", 30)
    assert len(stored(system, "tiang listrik miring")) == number, "and nothing is there twice"
    assert gateway.waiting() == 0


def test_a_question_asked_while_intake_is_down_is_answered_later(system: System, gateway: Kannel, phone: str) -> None:
    ticket = complain(gateway, phone, "air pdam keruh di perumahan cihanjuang")
    system.processes["tanggap"].kill9()
    gateway.network.send(phone, "STATUS")
    eventually(lambda: gateway.waiting() == 1, 10, describe=gateway.describe)
    system.start()
    gateway.network.wait_for(phone, f"{ticket}: ", 30)


def test_without_the_keeper_kannel_itself_tries_again(system: System, gateway: Kannel, phone: str) -> None:
    gateway.keeper.kill9()
    gateway.network.send(phone, "kabel menjuntai di depan stasiun cimahi")
    real.settle(3)
    gateway.keeper.start()
    gateway.network.wait_for(phone, "diterima", 30)
    assert len(stored(system, "kabel menjuntai")) == 1
