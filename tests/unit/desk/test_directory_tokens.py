"""Tokens of agencies: recognised while they are valid, by nobody else's, and never stored."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from services.desk.directory.tokens import (
    MOST_TOKENS,
    SCOPES,
    By,
    Holder,
    Token,
    add_token,
    holder_of,
    is_well_formed,
    new_token,
    recognise,
    revoke_token,
    tokens_of,
)
from services.desk.tables import agency_tokens
from shared.errors import Refused
from tests.unit.desk.world import World

BY = By("operator", "operator")


def made(world: World, name: str = "SIM", agency: str = "DLH", days: int | None = 30) -> tuple[Token, str]:
    return add_token(world.database, world.clock, BY, agency, name, ["cases:read", "photos:read"], days)


def looked_up(world: World, token: str) -> Holder | None:
    with world.database.read() as connection:
        return holder_of(connection, token, world.clock.now())


def test_a_token_is_recognised_until_it_expires(world: World) -> None:
    token, secret = made(world)
    expected = Holder("DLH", token.token_id, frozenset({"cases:read", "photos:read"}))
    assert looked_up(world, secret) == expected
    world.clock.advance(timedelta(days=30).total_seconds() - 60)
    assert looked_up(world, secret) == expected
    world.clock.advance(61)
    assert looked_up(world, secret) is None
    assert recognise(world.database, secret, world.clock.now()) is None


def test_a_revoked_token_is_worth_nothing_at_once(world: World) -> None:
    token, secret = made(world, days=None)
    assert revoke_token(world.database, world.clock, BY, "DISHUB", token.token_id) is None, "another agency's"
    assert looked_up(world, secret) is not None
    for _ in range(2):
        revoked = revoke_token(world.database, world.clock, BY, "DLH", token.token_id)
        assert revoked is not None
    assert looked_up(world, secret) is None
    assert len(world.audited("agency.token.revoke")) == 1


def test_the_token_itself_is_stored_nowhere(world: World) -> None:
    token, secret = made(world)
    with world.database.read() as connection:
        row = connection.execute(select(*agency_tokens.c)).mappings().one()
    assert secret not in str(dict(row))
    assert secret not in str([dict(one) for one in world.audited("agency.token.add")])
    assert (row["shown"], token.shown) == (secret[:12], secret[:12])


def test_its_use_is_written_down_once_a_minute_at_most(world: World) -> None:
    token, secret = made(world)

    def last_used() -> object:
        with world.database.read() as connection:
            return tokens_of(connection, "DLH")[0].last_used_at

    assert looked_up(world, secret) is not None
    assert last_used() is None, "a look writes nothing"
    recognise(world.database, secret, world.clock.now())
    first = last_used()
    assert first is not None
    world.clock.advance(30)
    with world.database.write() as tx:
        assert holder_of(tx, secret, world.clock.now()) == looked_up(world, secret)
    assert last_used() == first
    world.clock.advance(31)
    with world.database.write() as tx:
        holder_of(tx, secret, world.clock.now())
    assert last_used() != first
    assert token.last_used_at is None


def test_what_cannot_be_taken_is_told_at_its_field(world: World) -> None:
    made(world)
    wishes = {
        "name": ("SIM", SCOPES[:1], 1), "scopes": ("B", ["cases:delete"], 1), "days": ("C", SCOPES, 0),
    }  # fmt: skip
    for field, (name, scopes, days) in wishes.items():
        with pytest.raises(Refused) as caught:
            add_token(world.database, world.clock, BY, "DLH", name, scopes, days)
        assert set(caught.value.fields) == {field}
    with pytest.raises(Refused) as unknown:
        made(world, agency="NOWHERE")
    assert unknown.value.code == "no_such_agency"
    for number in range(MOST_TOKENS - 1):
        made(world, f"sistem {number}")
    with pytest.raises(Refused, match="belum dibuat"):
        made(world, "satu lagi")


@settings(max_examples=100, deadline=None)
@given(st.integers(4, 49), st.sampled_from("0aZ9_- é"))
def test_one_wrong_sign_is_seen_without_asking_anybody(place: int, sign: str) -> None:
    token = new_token()
    assert is_well_formed(token)
    wrong = token[:place] + sign + token[place + 1 :]
    assert is_well_formed(wrong) == (wrong == token)


def test_what_is_no_token_is_nobodys(world: World) -> None:
    for token in ("", "tgp_", "tgp_" + "a" * 46, "x" * 10_000, "tgp_" + "\0" * 46, new_token() + "a", new_token()):
        assert looked_up(world, token) is None, token
