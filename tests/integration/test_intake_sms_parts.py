"""Long text messages that come in parts: joined in order, once, whatever comes late, twice, alone, or after a crash."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

import pytest

from services.intake import tables
from services.intake.parts import IntakeParts
from services.intake.sms_talk import repository as repository_sms
from services.intake.sms_talk.joining import PartsWorker
from services.intake.sms_talk.message import PartOf, SmsMessage
from services.intake.sms_talk.talk import SmsTalk
from shared.contracts.complaint import ComplaintAdded
from shared.errors import Transient
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.topology import TOPOLOGY
from tests.unit.intake.building import Intake, intake, settings, small_city

PHONE = "+6281200001234"
HEAD = ("lampu jalan padam di sepanjang gang masjid sampai ke depan sekolah dasar, " * 3)[:150].rstrip(" ,") + "xyz"
SHORT_OF_FULL = HEAD[:147]


both = pytest.mark.parametrize("built", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
def built(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Intake]:
    """On SQLite, unless a test asks for `both`."""
    is_sqlite = getattr(request, "param", "sqlite") == "sqlite"
    url = f"sqlite:///{tmp_path}/intake.db" if is_sqlite else request.getfixturevalue("postgres_database")
    with intake(url) as one:
        yield one


def talk_of(built: Intake) -> SmsTalk:
    """Another process on the same database."""
    parts = IntakeParts.of(settings(), built.database, MemoryBroker(TOPOLOGY), built.clock, built.metrics, small_city())
    return parts.sms


@pytest.fixture
def talk(built: Intake) -> SmsTalk:
    return talk_of(built)


_counter = iter(range(10**6))


def message(text: str, part: PartOf | None = None, *, id_: str = "", sender: str = PHONE) -> SmsMessage:
    return SmsMessage("kannel", sender, "1234", text, id_ or f"id-{next(_counter)}", part, None, len(text))


def numbered(text: str, number: int, total: int, reference: str = "42", **more: str) -> SmsMessage:
    return message(text, PartOf(reference, number, total), **more)


def texts(built: Intake) -> list[str]:
    return [row["text"] for row in sorted(built.rows(tables.complaints), key=lambda row: row["received_at"])]


def wait(built: Intake, talk: SmsTalk, seconds: float = 21) -> int:
    built.clock.pass_by(seconds=seconds)
    return talk.joining.run_due()


def test_parts_in_any_order_are_one_complaint_at_once(built: Intake, talk: SmsTalk) -> None:
    outcomes = [
        talk.take(numbered("sejak senin", 3, 3)).outcome,
        talk.take(numbered("lampu padam ", 1, 3)).outcome,
        talk.take(numbered("di Cibeber ", 2, 3)).outcome,
    ]
    assert outcomes == ["waiting", "waiting", "accepted"]
    assert texts(built) == ["lampu padam di Cibeber sejak senin"]
    assert {row["sealed"] for row in built.rows(tables.sms_parts)} == {""}
    assert wait(built, talk) == 0


def test_the_words_of_a_waiting_part_are_sealed(built: Intake, talk: SmsTalk) -> None:
    talk.take(numbered("lampu padam ", 1, 2))
    (row,) = built.rows(tables.sms_parts)
    assert "lampu" not in str(row)
    assert "81200001234" not in str(row)


@both
def test_what_does_not_come_is_marked_and_comes_late(built: Intake, talk: SmsTalk) -> None:
    talk.take(numbered("lampu padam ", 1, 3))
    talk.take(numbered("sejak senin", 3, 3))
    assert wait(built, talk, 19) == 0
    assert wait(built, talk, 2) == 1
    assert texts(built) == ["lampu padam […] sejak senin"]
    (row,) = built.rows(tables.complaints)
    assert row["flags"] == ["parts_missing"]
    built.clock.pass_by(minutes=5)
    late = talk.take(numbered("di Cibeber ", 2, 3))
    assert (late.outcome, late.ticket) == ("late_part", row["ticket"])
    (added,) = [fact for fact in built.said() if isinstance(fact, ComplaintAdded)]
    assert (added.what, added.addition) == ("late_part", "di Cibeber")
    assert len(built.rows(tables.complaints)) == 1


def test_a_reference_that_is_used_again_is_another_message(built: Intake, talk: SmsTalk) -> None:
    for words in ("lampu", "sampah"):
        talk.take(numbered(f"{words} di ", 1, 2))
        assert talk.take(numbered("Cibeber" if words == "lampu" else "Utama", 2, 2)).outcome == "accepted"
        built.clock.pass_by(minutes=2)
    assert texts(built) == ["lampu di Cibeber", "sampah di Utama"]
    built.clock.pass_by(minutes=11)
    talk.take(numbered("pohon", 1, 2))
    built.clock.pass_by(minutes=11)
    talk.joining.run_due()
    assert talk.take(numbered("tumbang", 2, 2)).outcome == "waiting", "too late to belong to it"


def test_the_same_part_twice_is_one(built: Intake, talk: SmsTalk) -> None:
    first = numbered("lampu padam ", 1, 2, id_="a")
    assert [talk.take(first).outcome, talk.take(first).outcome] == ["waiting", "waiting"]
    last = numbered("di Cibeber", 2, 2, id_="b")
    answers = [talk.take(last), talk.take(last)]
    assert {answer.ticket for answer in answers} == {built.rows(tables.complaints)[0]["ticket"]}
    assert texts(built) == ["lampu padam di Cibeber"]


def test_senders_do_not_mix(built: Intake, talk: SmsTalk) -> None:
    talk.take(numbered("lampu padam ", 1, 2))
    talk.take(numbered("di Utama", 2, 2, sender="+6281200009999"))
    assert texts(built) == []
    assert wait(built, talk) == 2


def test_a_long_keyword_in_parts_is_answered(built: Intake, talk: SmsTalk) -> None:
    ticket = talk.take(message("lampu padam di Cibeber")).ticket
    talk.take(numbered(f"TAMBAH {ticket} tepatnya di ", 1, 2))
    answer = talk.take(numbered("depan sekolah", 2, 2))
    assert (answer.outcome, answer.ticket, ticket in answer.reply) == ("added", ticket, True)
    assert [row["text"] for row in built.rows(tables.additions)] == ["tepatnya di depan sekolah"]


def test_a_full_message_waits_for_its_tail(built: Intake, talk: SmsTalk) -> None:
    assert talk.take(message(HEAD)).outcome == "waiting"
    built.clock.pass_by(seconds=5)
    assert talk.take(message("ujung pesannya")).outcome == "accepted"
    assert texts(built) == [f"{HEAD}ujung pesannya"]


def test_a_full_message_without_a_tail_goes_alone_and_its_repetition_changes_nothing(
    built: Intake, talk: SmsTalk
) -> None:
    whole = message(SHORT_OF_FULL, id_="alone")
    talk.take(whole)
    assert talk.take(whole).outcome == "waiting"
    assert wait(built, talk) == 1
    (row,) = built.rows(tables.complaints)
    assert row["text"] == SHORT_OF_FULL
    again = talk.take(whole)
    assert (again.outcome, again.ticket) == ("accepted", row["ticket"])


def test_a_tail_that_comes_late_belongs_to_what_broke_off(built: Intake, talk: SmsTalk) -> None:
    talk.take(message(HEAD))
    wait(built, talk)
    built.clock.pass_by(minutes=3)
    late = talk.take(message("ujung pesannya", id_="tail"))
    assert late.outcome == "late_part"
    assert talk.take(message("ujung pesannya", id_="tail")).outcome == "late_part"
    assert [row["what"] for row in built.rows(tables.additions)] == ["late_part"]
    assert talk.take(message("pohon tumbang di Utama")).outcome == "accepted", "its end was there"


@pytest.mark.parametrize("what", ["ended", "later", "other_complaint", "keyword"])
def test_what_is_no_tail(built: Intake, talk: SmsTalk, what: str) -> None:
    talk.take(message(SHORT_OF_FULL + "." if what == "ended" else SHORT_OF_FULL))
    wait(built, talk)
    if what == "other_complaint":
        with built.database.write() as tx:  # by another way, with the same number
            newer = built.clock.now() + timedelta(seconds=5)
            tx.execute(tables.complaints.update().values(received_at=newer, complaint_id="another"))
            tx.execute(tables.contacts.update().values(complaint_id="another"))
    if what == "later":
        built.clock.pass_by(minutes=11)
    next_one = talk.take(message("STATUS" if what == "keyword" else "pohon tumbang di Utama"))
    assert next_one.outcome == ("status" if what == "keyword" else "accepted")


def test_a_keyword_goes_at_once_and_its_tail_follows(built: Intake, talk: SmsTalk) -> None:
    ticket = talk.take(message("lampu padam di Cibeber")).ticket
    words = f"TAMBAH {ticket} " + HEAD
    assert talk.take(message(words[:153])).outcome == "added"
    assert talk.take(message("ujungnya")).outcome == "late_part"
    assert [row["what"] for row in built.rows(tables.additions)] == ["addition", "late_part"]


@both
def test_a_crash_after_putting_together_is_made_good(built: Intake) -> None:
    """The message is heard by whoever looks next, once."""
    first = talk_of(built)
    first.take(numbered("lampu padam ", 1, 2))
    object.__setattr__(first.joining, "hearing", _Dying())
    with pytest.raises(Transient):
        first.take(numbered("di Cibeber", 2, 2))
    assert texts(built) == []
    restarted = talk_of(built)
    assert restarted.joining.run_due() == 0, "somebody may still be at it"
    assert wait(built, restarted, 61) == 1
    assert wait(built, restarted, 61) == 0
    assert texts(built) == ["lampu padam di Cibeber"]


def test_one_message_that_cannot_be_heard_does_not_keep_the_others(built: Intake, talk: SmsTalk) -> None:
    talk.take(numbered("lampu padam ", 1, 2))
    with built.database.write() as tx:
        tx.execute(tables.sms_parts.update().values(sealed="not sealed by us"))
    talk.take(numbered("sampah menumpuk", 1, 2, sender="+6281200009999"))
    wait(built, talk)
    assert texts(built) == ["sampah menumpuk […]"]


@both
def test_two_processes_join_once(built: Intake) -> None:
    """Both take parts and both look for what is due, at the same moment and again and again."""
    talks = [talk_of(built), talk_of(built)]
    start = threading.Barrier(2)

    def work(talk: SmsTalk, offset: int) -> None:
        start.wait()
        for number in range(10):
            talk.take(numbered(f"bagian {offset}.{number} ", 1 + offset, 2, reference=str(number)))
            talk.joining.run_due()

    threads = [threading.Thread(target=work, args=(talk, offset)) for offset, talk in enumerate(talks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _ in range(2):
        wait(built, talks[0])
    assert sorted(texts(built)) == sorted(f"bagian 0.{number} bagian 1.{number}" for number in range(10))


@both
def test_parts_are_put_together_by_one_process_only(built: Intake, talk: SmsTalk) -> None:
    for number in (1, 2):
        talk.take(numbered(f"bagian {number} ", number, 3))
    keys = [row["part_key"] for row in built.rows(tables.sms_parts)]
    later = built.clock.now() + timedelta(minutes=1)
    with built.database.write() as tx:
        assert repository_sms.close_parts(tx, keys[:1], "m1", later)
    with built.database.write() as tx:
        assert not repository_sms.close_parts(tx, keys, "m2", later)


def test_the_gateways_own_header_of_parts(built: Intake) -> None:
    for number, words in ((2, "di Cibeber"), (1, "lampu padam ")):
        query = urlencode({"from": PHONE, "to": "1234", "text": words, "id": f"k{number}", "reply": "1"})
        header = quote_from_bytes(bytes((5, 0, 3, 42, 2, number)))
        answer = built.client.get(f"/sms/kannel?{query}&udh={header}")
        assert (answer.status_code, answer.text) == (200, "")
    assert texts(built) == ["lampu padam di Cibeber"]
    assert "X-Tanggap-Ticket" in answer.headers


def test_the_worker_steps_and_stops(built: Intake, talk: SmsTalk) -> None:
    talk.take(numbered("lampu padam ", 1, 2))
    built.clock.pass_by(seconds=21)
    worker = PartsWorker(talk.joining, built.service.spine.bells)
    worker.step()
    assert texts(built) == ["lampu padam […]"]
    worker.wake()
    worker.step()
    worker.close()


class _Dying:
    """Hears nothing any more."""

    def look_around(self, heard: object) -> object:
        raise Transient("the process was killed here")


def test_parts_doubled_by_the_network_under_other_ids(built: Intake, talk: SmsTalk) -> None:
    sent_at = built.clock.now()
    for id_ in ("a", "b"):
        first = SmsMessage("kannel", PHONE, "1234", "lampu padam ", id_, PartOf("42", 1, 2), sent_at, 9)
        assert talk.take(first).outcome == "waiting"
        talk.take(message(HEAD, id_=f"full-{id_}"))
    assert len(built.rows(tables.sms_parts)) == 2
    wait(built, talk)
    assert sorted(texts(built)) == sorted([HEAD, "lampu padam […]"])
