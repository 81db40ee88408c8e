"""The counting itself: a proof that overlooks something proves nothing."""

from collections import Counter
from typing import Any

import pytest

from tests.chaos.arrivals import Told, keys_of_mails, wrong
from tests.chaos.audit import Findings
from tests.chaos.load import Ledger
from tests.chaos.officers import ANSWERED, CLOSED, RETURNED, Acts, audit_acts
from tests.chaos.proof import Proof, Record, first_tries
from tests.support.mailbox import Mail

KEY = "01a22177-4958-717f-905f-6675b3af4bef"


def test_what_was_sent_arrived_once_and_what_is_uncertain_at_most_once() -> None:
    assert wrong([_told("sent", 1), _told("uncertain", 0), _told("uncertain", 1), _told("failed", 0)]) == ([], [])
    lost, doubled = wrong([_told("sent", 0), _told("captured", 2), _told("uncertain", 2)])
    assert lost == ["CMH-1111-1111: receipt to citizen (sent) never arrived"]
    assert [one.rpartition("arrived")[2] for one in doubled] == [" 2 times", " 2 times"]


def test_mails_are_counted_by_the_key_that_they_carry() -> None:
    head = b"Subject: x\r\nMessage-ID: <" + KEY.encode() + b".cmh-1111-1111.abc@cimahi.example>\r\n\r\nbody"
    mails = [Mail("a", ("b",), content) for content in (head, head, b"Subject: x\r\n\r\nbody")]
    assert keys_of_mails(mails) == {KEY: 2}


class Timelines:
    """A target that knows only what happened to cases."""

    def __init__(self, at_desk: list[tuple[Any, ...]], seen: list[tuple[Any, ...]]) -> None:
        self._rows = {"desk": at_desk, "intake": seen}

    def rows(self, owner: str, _statement: str) -> list[tuple[Any, ...]]:
        return self._rows[owner]


@pytest.mark.parametrize(
    ("at_desk", "seen", "wrong"),
    [
        ([("A", ANSWERED, 1), ("A", CLOSED, 1)], [("A", "answered.1", 1), ("A", "closed.1", 1)], 0),
        ([("A", ANSWERED, 1)], [("A", "answered.1", 1)], 1),
        ([("A", ANSWERED, 2), ("A", CLOSED, 1)], [("A", "answered.1", 1), ("A", "closed.1", 1)], 2),
        ([("A", ANSWERED, 1), ("A", CLOSED, 1)], [("A", "answered.1", 1)], 1),
        ([("A", ANSWERED, 1), ("A", CLOSED, 1), ("A", RETURNED, 1)], [("A", "answered.1", 1), ("A", "closed.1", 1)], 1),
        ([("A", ANSWERED, 1), ("A", CLOSED, 1), ("B", CLOSED, 7)], [("A", "answered.1", 1), ("A", "closed.1", 1)], 0),
    ],
)
def test_each_act_that_was_acknowledged_is_there_as_often(at_desk: list[Any], seen: list[Any], wrong: int) -> None:
    acts = Acts(done=Counter({("A", ANSWERED): 1, ("A", CLOSED): 1}))
    assert len(audit_acts(Timelines(at_desk, seen), acts)) == wrong  # type: ignore[arg-type]


def test_an_act_without_an_answer_may_have_been_done_or_not() -> None:
    acts = Acts(open=Counter({("A", CLOSED): 1}))
    for times in (0, 1):
        there = [("A", CLOSED, times)] if times else []
        assert audit_acts(Timelines(there, [("A", "closed.1", times)]), acts) == []  # type: ignore[arg-type]


def test_a_proof_is_good_when_nothing_is_wrong() -> None:
    assert _proof().good
    assert "99.90%" in _proof(broker_away=_ledger(taken=999, delayed=1)).report()


@pytest.mark.parametrize(
    "changed",
    [
        {"found": Findings(lost=["one"])},
        {"found": Findings(doubled=["one"])},
        {"found": Findings(dead=[("desk", "crashed")])},
        {"found": Findings(uncertain=3)},
        {"acts": Acts(refused=["one"])},
        {"ledger": Ledger(refused=["one"])},
        {"differences": ["one"]},
        {"clean_seconds": 31.0},
        {"complaints": ["one"]},
        {"record": Record(Counter({"kill desk": 1}), ["freeze desk failed"])},
        {"wanted_kinds": ["freeze", "kill"]},
        {"broker_away": Ledger(tickets={1: "A"}, delays=Counter({"away by_api": 1}))},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_anything_wrong_spoils_a_proof(changed: dict[str, Any]) -> None:
    assert not _proof(**changed).good


def test_who_had_to_try_again_was_not_taken_at_once() -> None:
    assert first_tries(Ledger()) == 1
    assert first_tries(_ledger(taken=3, delayed=1)) == 0.75


def _ledger(taken: int, delayed: int) -> Ledger:
    return Ledger(tickets=dict.fromkeys(range(taken), ""), delays=Counter({"away by_api": delayed}))


def _told(state: str, arrived: int) -> Told:
    return Told(KEY, "CMH-1111-1111", "receipt", "citizen", 0, state, arrived)


def _proof(**changed: Any) -> Proof:
    usual: dict[str, Any] = {
        "seed": 1, "seconds": 1.0, "record": Record(Counter({"kill desk": 1})), "ledger": Ledger(), "acts": Acts(),
        "found": Findings(), "planted": [], "most_uncertain": 2, "differences": [], "clean_seconds": 30.0,
        "broker_away": Ledger(), "wanted_kinds": ["kill"],
    }  # fmt: skip
    return Proof(**{**usual, **changed})
