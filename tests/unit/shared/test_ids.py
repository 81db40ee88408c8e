"""Tickets survive dictation: every wrong sign and every swap of neighbours is noticed."""

from hypothesis import given
from hypothesis import strategies as st

from shared.ids import ALPHABET, new_id, new_ticket, new_tracking_code, read_ticket, read_tracking_code

tickets = st.builds(lambda _: new_ticket("CMH"), st.integers())


@given(tickets)
def test_a_ticket_is_read_as_people_write_it(ticket: str) -> None:
    bare = ticket.removeprefix("CMH-")
    for typed in (ticket, ticket.lower(), bare, bare.replace("-", ""), f" {ticket.replace('-', ' ')} ", ticket + "\n"):
        assert read_ticket(typed, "CMH") == ticket
    assert read_ticket(bare.replace("0", "O").replace("1", "I"), "CMH") == ticket


@given(tickets, st.integers(0, 7), st.sampled_from(ALPHABET))
def test_one_wrong_sign_is_noticed(ticket: str, position: int, sign: str) -> None:
    signs = list(ticket.removeprefix("CMH-").replace("-", ""))
    changed = signs[position] != sign
    signs[position] = sign
    assert (read_ticket("".join(signs), "CMH") is None) is changed


@given(tickets, st.integers(0, 6))
def test_swapped_neighbours_are_noticed(ticket: str, position: int) -> None:
    signs = list(ticket.removeprefix("CMH-").replace("-", ""))
    changed = signs[position] != signs[position + 1]
    signs[position], signs[position + 1] = signs[position + 1], signs[position]
    assert (read_ticket("".join(signs), "CMH") is None) is changed


@given(st.text(max_size=40))
def test_reading_never_raises(text: str) -> None:
    read_ticket(text, "CMH")
    read_tracking_code(text)


def test_tickets_cannot_be_counted() -> None:
    made = [new_ticket("CMH") for _ in range(2000)]
    assert len(set(made)) == 2000
    assert made != sorted(made)


def test_ids_ascend_in_time_and_are_version_7() -> None:
    made = [new_id() for _ in range(100)]
    assert len(set(made)) == 100
    assert all(one[14] == "7" and one[19] in "89ab" for one in made)
    assert made[0][:13] <= made[-1][:13]


def test_a_tracking_code_is_read_as_people_write_it() -> None:
    code = new_tracking_code()
    assert read_tracking_code(f" {code.lower().replace('-', '')} ") == code
    assert len({new_tracking_code() for _ in range(1000)}) == 1000
