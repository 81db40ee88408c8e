"""What was erased leaves the desk, in whatever order it is heard of; the case stays, and so does what was counted."""

import itertools
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from services.desk.app import build_deadlines
from services.desk.cases.acting import Act
from services.desk.cases.agency_acts import Answer, Ask, Close, Note
from services.desk.cases.coordinator_acts import Archive, Refer, Reopen, Split
from services.desk.cases.rebuilding import Rebuilding
from services.desk.erasing import index_words
from services.desk.tables import case_events, case_figures, drafts, figure_sums
from shared.contracts.complaint import ComplaintRated, ErasedPart
from shared.contracts.fields import Place
from shared.errors import Refused
from tests.unit.desk.erased import COORDINATOR, OFFICER, act, erased, kept, publish_all, where
from tests.unit.desk.facts import LATER, added, decision, delivery, followed, reassessed, routed, ticket, unrouted
from tests.unit.desk.figures import KEEPING, count_up
from tests.unit.desk.world import PACK, World

WORD = "kuningan"
PHOTO: Any = {"sha256": "ab" * 32, "media_type": "image/jpeg", "size": 9, "preview": "cd" * 32}
SPOT = Place("Cimahi Tengah", "Baros", f"dekat {WORD}", -6.8841, 107.5412)
DECISION = decision(reasons=[{"rule": "dishub.pju", "phrase": f"lampu {WORD}", "start": 0, "end": 5, "weight": 12}])
TOLD: dict[str, Any] = {"text": f"Lampu {WORD} mati", "place": SPOT, "attachments": [PHOTO]}


def complaint(number: int = 1, **more: Any) -> Any:
    return routed(number, **{**TOLD, "decision": DECISION, **more})


def opinion(number: int = 1, word: str = WORD) -> ComplaintRated:
    return ComplaintRated(
        complaint_id=f"c{number}", ticket=ticket(number), number=1, score=4, words=f"Bagus, {word}", by_channel="web",
        rated_at=LATER,
    )  # fmt: skip


def settled(world: World) -> None:
    """A complaint to which all happened that can leave words at the desk."""
    world.hear(complaint(), added(text=f"Tiang {WORD}", photos=[PHOTO]), delivery())
    act(world, Note(f"Sudah dicek: {WORD}"), OFFICER)
    act(world, Ask(f"Yang {WORD} itu?", world.clock.now() + timedelta(days=10)), OFFICER)
    world.hear(added(count=2, text=f"Ya, {WORD}", what="answer", added_at=world.clock.now() + timedelta(hours=1)))
    act(world, Split(f"Bagian {WORD}", "DLH"))
    act(world, Answer(f"{WORD} sudah diganti", close=True, photos=(PHOTO,)), OFFICER)
    world.hear(opinion(), reassessed())
    with world.database.write() as tx:
        tx.execute(drafts.insert(), {
            "login": "petugas.dishub", "complaint_id": "c1", "kind": "note", "text": WORD, "photos": [PHOTO],
            "revision": 1, "saved_at": world.clock.now(),
        })  # fmt: skip
    publish_all(world)


def test_no_word_photo_or_contact_is_left_anywhere(world: World) -> None:
    settled(world)
    assert where(world, WORD) >= {"case_contents", "case_search", "case_events", "cases", "drafts", "outbox"}
    world.hear(erased())
    for trace in (WORD, PHOTO["sha256"], "contact-1", "107.5412"):
        assert where(world, trace) == set(), trace
    case = world.case()
    assert (case.text, case.state, case.contact_ref, case.latitude) == (None, "closed", None, None)
    assert case.decision["reasons"] == [{**DECISION["reasons"][0], "phrase": ""}]


def test_no_word_is_left_in_the_index_of_the_search(world: World) -> None:
    """Not even in its older pieces; they are merged by a timer, which ends."""
    for number in range(2, 12):
        world.hear(routed(number, text=f"Lampu nomor {number} mati lagi"))
    world.hear(complaint())
    world.hear(erased())
    assert _in_index(world, WORD)
    world.clock.advance(10)
    timers: Any = defaultdict(lambda: lambda *_: None, {index_words.TIMER: index_words.merge})
    runs = itertools.takewhile(bool, (world.service.spine.timers.run_due(world.database, timers) for _ in range(50)))
    assert 2 <= sum(runs) < 50
    assert not _in_index(world, WORD)
    with world.database.read() as connection:
        found = connection.execute(text("SELECT count(*) FROM case_search_fts WHERE case_search_fts MATCH 'nomor'"))
        assert found.scalar_one() == 10


def _in_index(world: World, word: str) -> bool:
    with world.database.read() as connection:
        blocks = connection.execute(text("SELECT block FROM case_search_fts_data"))
        return any(word.encode() in bytes(row.block) for row in blocks)


def test_each_part_goes_alone(world: World) -> None:
    settled(world)
    world.hear(erased(1, "contact"))
    assert where(world, "contact-1") <= {"outbox"}, "what was said stays while the words do"
    assert where(world, WORD) >= {"case_contents", "cases"}
    world.hear(erased(1, "photos"))
    assert "case_contents" not in where(world, PHOTO["sha256"])
    assert world.case().text == TOLD["text"]


def test_the_words_of_a_follower_go_with_the_follower_and_stay_with_the_others(world: World) -> None:
    world.hear(complaint(), followed(text=f"Saya juga {WORD}", attachments=[PHOTO], follower=50))
    world.hear(followed(text="Kami pun begitu", follower=51))
    act(world, Close("Sudah selesai"), OFFICER)
    publish_all(world)
    world.hear(erased())
    assert where(world, WORD) == {"case_contents", "case_search"}, "the follower's own"
    world.hear(erased(50, complaint_id="f50"), followed(text=f"Saya juga {WORD}", attachments=[PHOTO], follower=50))
    assert where(world, WORD) | where(world, PHOTO["sha256"]) == set()
    assert where(world, "Kami pun begitu") == {"case_contents", "case_search"}


def test_the_case_is_made_again_from_its_timeline_as_it_is_stored(world: World) -> None:
    settled(world)
    world.hear(erased())
    count_up(world)
    rebuilding = Rebuilding(world.database, build_deadlines(world.service.spine, PACK), KEEPING)
    (batch,) = rebuilding.compare()
    assert (batch.seen, batch.differences) == (1, ())


def test_what_was_counted_stays_as_it_is(world: World) -> None:
    settled(world)
    world.hear(unrouted(2))
    count_up(world)
    before = {name: kept(world)[name] for name in (case_figures.name, figure_sums.name)}
    world.hear(erased(), erased(2))
    count_up(world)
    with world.database.write() as tx:
        KEEPING.renew(tx, ["c1", "c2"], world.clock.now())
    count_up(world)
    assert {name: kept(world)[name] for name in before} == before


def test_the_timeline_tells_what_was_erased_and_why_once(world: World) -> None:
    settled(world)
    world.hear(erased(1, "contact"), erased(1, "contact", "text", reason="retention"), erased(1, "text"))
    with world.database.read() as connection:
        rows = connection.execute(select(case_events.c.data, case_events.c.seq).where(case_events.c.act == "erased"))
        found = {row.data["part"]: (row.data["reason"], row.seq) for row in rows}
    assert found == {"contact": ("request", 0), "text": ("retention", 0)}


@pytest.mark.parametrize(
    ("wanted", "field"),
    [(Note("x"), "note"), (Reopen("x"), "reason"), (Split("x"), "part"), (Answer("x"), "answer"),
     (Ask("x", LATER), "question")],
)  # fmt: skip
def test_nobody_writes_about_words_that_are_gone(world: World, wanted: Act, field: str) -> None:
    world.hear(complaint())
    act(world, Close("Sudah selesai"), OFFICER)
    world.hear(erased())
    with pytest.raises(Refused) as caught:
        act(world, wanted, COORDINATOR if field in ("part", "reason") else OFFICER)
    assert "dihapus" in caught.value.fields[field]


def test_what_needs_no_words_can_still_be_done(world: World) -> None:
    world.hear(complaint())
    act(world, Archive("spam", ""))
    world.hear(erased())
    act(world, Refer("sp4n", "9165816"))
    assert world.case().external_refs["sp4n"] == "9165816"


def facts(number: int, word: str, photo: Any) -> tuple[Any, ...]:
    """All that is said of a complaint, and of the one with the next number, which its sender had joined."""
    about: dict[str, Any] = {
        "text": f"Lampu {word} mati",
        "place": Place(detail=f"dekat {word}"),
        "attachments": [photo],
    }
    found = decision(reasons=[{"rule": "dishub.pju", "phrase": word, "start": 6, "end": 9, "weight": 12}])
    joined = followed(number + 1, f"Saya juga {word}", follower=number, attachments=[photo])
    return (
        routed(number, decision=found, **about), routed(number, decision=found, revision=4, **about),
        unrouted(number, revision=3, **about), delivery(number), added(number, f"Tiang {word}", photos=[photo]),
        added(number, f"Belum: {word}", count=2, what="not_solved"), reassessed(number), opinion(number, word),
        routed(number + 1), replace(joined, follower_id=f"c{number}"),
    )  # fmt: skip


NUMBERS = itertools.count(100, 2)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.generate],
)  # fmt: skip
@given(
    order=st.permutations(range(10)), at=st.integers(0, 10), again=st.lists(st.integers(0, 10), max_size=5),
    parts=st.sampled_from([("text",), ("contact", "text"), ("contact", "photos"), ("contact", "photos", "text")]),
)  # fmt: skip
def test_in_whatever_order_nothing_of_it_is_left(
    world: World, order: list[int], at: int, again: list[int], parts: tuple[ErasedPart, ...]
) -> None:
    """Each example is about complaints and words of its own, since they share a desk."""
    number = next(NUMBERS)
    word, digest = f"kuningan{number}", f"{number:064x}"
    said = facts(number, word, {**PHOTO, "sha256": digest})
    heard = [said[one] for one in order]
    world.hear(*heard[:at])
    publish_all(world)
    world.hear(erased(number, *parts), *heard[at:], *((*said, erased(number, *parts))[one] for one in again))
    mine = {"text": word, "contact": f"contact-{number}", "photos": digest}
    said_before: set[str] = set() if "text" in parts else {"outbox"}  # references that lead nowhere, for a few days
    assert {part: left for part in parts if (left := where(world, mine[part]) - said_before)} == {}
