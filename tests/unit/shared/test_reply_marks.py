"""What an answer to our mail carries back, and that nobody else can make it."""

import string

from hypothesis import given
from hypothesis import strategies as st

from shared.ids import new_id, new_ticket
from shared.reply_marks import AGENCY, CITIZEN, Mark, ReplyMarks, is_report_signature, report_signature

OLD, NEW = "old-" + "o" * 40, "new-" + "n" * 40
MARKS = ReplyMarks([NEW, OLD])
tickets = st.builds(new_ticket, st.sampled_from(["CMH", "BDG"]))
parties = st.sampled_from([CITIZEN, AGENCY])


@given(tickets, parties)
def test_a_mark_comes_back_whatever_case_the_program_writes(ticket: str, party: str) -> None:
    mark = Mark(ticket, party, new_id())
    message_id = MARKS.message_id(mark, "cimahi.example")
    assert MARKS.read_message_id(message_id) == MARKS.read_message_id(message_id.upper()) == mark
    address = MARKS.address("lapor@cimahi.example", mark)
    assert len(address.partition("@")[0]) <= 64  # RFC 5321, 4.5.3.1.1
    assert MARKS.read_address(address) == MARKS.read_address(address.upper()) == Mark(ticket, party)


def test_a_key_of_before_still_verifies_and_a_foreign_one_does_not() -> None:
    mark = Mark("CMH-0000-000A", CITIZEN, new_id())
    before = ReplyMarks([OLD])
    assert MARKS.read_message_id(before.message_id(mark, "x.example")) == mark
    assert MARKS.read_address(before.address("l@x.example", mark)) == Mark(mark.ticket, mark.party)
    foreign = ReplyMarks(["f" * 40])
    assert MARKS.read_message_id(foreign.message_id(mark, "x.example")) is None
    assert MARKS.read_address(foreign.address("l@x.example", mark)) is None


@given(tickets, st.integers(0, 200), st.sampled_from(string.ascii_lowercase + string.digits + "-.@+"))
def test_a_changed_mark_is_none(ticket: str, place: int, sign: str) -> None:
    mark = Mark(ticket, CITIZEN, new_id())
    for right, read in (
        (MARKS.message_id(mark, "x.example"), MARKS.read_message_id),
        (MARKS.address("lapor@x.example", mark), MARKS.read_address),
    ):
        at = place % len(right)
        changed = right[:at] + sign + right[at + 1 :]
        found = read(changed)
        assert found is None or (found.ticket, found.party) == (mark.ticket, mark.party)
        if found is not None:  # only what is not signed was changed: the domain, or the name before the tag
            assert changed == right or at > right.index("@") or at < right.find("+") or right[at] in "<>"


@given(st.text(max_size=300))
def test_anything_else_is_none(text: str) -> None:
    assert MARKS.read_message_id(text) is None
    assert MARKS.read_address(text) is None


def test_a_report_is_believed_only_with_the_signature_of_its_delivery() -> None:
    signature = report_signature([NEW, OLD], "d1")
    assert is_report_signature([NEW, OLD], "d1", signature.upper())
    assert is_report_signature([NEW, OLD], "d1", report_signature([OLD], "d1"))
    assert not is_report_signature([NEW, OLD], "d2", signature)
    assert not is_report_signature([NEW, OLD], "d1", "")
    assert not is_report_signature([NEW, OLD], "d1", "ünïcode")
