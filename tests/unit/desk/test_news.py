"""New cases are told to pages that lie open: to whom they concern, and to no more at once than there is room for."""

import json
import threading
from collections.abc import Iterator

import pytest

from services.desk.inbox.news import IN_TRIAGE, INBOX, MOST_STREAMS, News, keys_now
from services.desk.people.person import Person
from services.desk.views.news import told
from tests.support.eventually import eventually
from tests.unit.desk.facts import routed, ticket, unrouted
from tests.unit.desk.world import World

OFFICER = Person("petugas.dishub", "Petugas", "officer", "DISHUB")
COORDINATOR = Person("koordinator", "Koordinator", "coordinator")


@pytest.fixture
def news(world: World) -> Iterator[News]:
    made = News(world.database, every_seconds=0.02, most=2)
    yield made
    eventually(lambda: not made.watching, 10)


def keys(event: str) -> list[str]:
    found: list[str] = json.loads(event.split("data: ")[1])["keys"]
    return found


def next_news(events: Iterator[str]) -> list[str]:
    return keys(next(event for event in events if event.startswith("event: news")))


def test_each_hears_of_what_concerns_him_as_soon_as_it_is_there(world: World, news: News) -> None:
    world.hear(routed(1), unrouted(2))
    seats = [news.enter("a"), news.enter("b")]
    try:
        mine, waiting = (
            told(news, seat, person, place, lambda: True, heartbeat_seconds=0.05)
            for seat, person, place in zip(seats, (OFFICER, COORDINATOR), (INBOX, IN_TRIAGE), strict=True)
        )
        assert next_news(mine) == [f"{ticket(1)}.1"]
        assert next_news(waiting) == [f"{ticket(2)}.0"]
        world.hear(routed(3), routed(4, agency="DLH"), routed(5, identity="confidential"))
        assert next_news(mine) == [f"{ticket(3)}.1", f"{ticket(1)}.1"]
        assert next(waiting) == ": \n\n", "nothing new there: a sign of life"
        assert news.enter("c") is None, "no more at once"
        seats.append(news.enter("a"))
        assert list(mine) == [], "the same tab went on to another page"
    finally:
        for seat in seats:
            news.leave(seat)
    again = news.enter("c")
    assert again is not None, "there is room again"
    news.leave(again)


def test_it_ends_by_itself_and_when_somebody_is_logged_out(world: World, news: News) -> None:
    seat = news.enter("a")
    assert seat is not None
    try:
        ended = list(told(news, seat, OFFICER, INBOX, lambda: True, seconds=0.2, heartbeat_seconds=0.05))
        assert ended[0].startswith("retry:")
        assert len(ended) > 2
        out = list(told(news, seat, OFFICER, INBOX, lambda: False, heartbeat_seconds=0.05))
        assert out[-1].startswith("event: ended")
    finally:
        news.leave(seat)


def test_a_database_that_is_away_for_a_moment_is_asked_again(world: World, news: News) -> None:
    seat = news.enter("a")
    assert seat is not None
    try:
        version, rows = news.wait(seat, 0, 10)
        assert (version, rows) == (1, ())
        assert news.wait(seat, version, 0.05) == (1, ())
        threading.Thread(target=world.hear, args=(routed(1),)).start()
        assert len(news.wait(seat, version, 10)[1] or ()) == 1
    finally:
        news.leave(seat)


def test_the_page_brings_what_is_known_and_asks_for_the_rest(world: World) -> None:
    world.hear(routed(1), routed(2, agency="DLH"), unrouted(3))
    visitor = world.logged_in("petugas.dishub")
    assert f'data-keys="{ticket(1)}.1"' in visitor.get("/cases").text
    assert visitor.get("/cases/news.json?place=triage").json == {"keys": [f"{ticket(1)}.1"]}
    with world.database.read() as connection:
        assert keys_now(connection, COORDINATOR, IN_TRIAGE) == [f"{ticket(3)}.0"]
        assert len(keys_now(connection, COORDINATOR, INBOX)) == 3
    assert visitor.get("/cases/stream").status_code == 406, "who opens it as a page keeps no thread"


def test_streams_over_http_are_few_and_give_their_place_back(world: World) -> None:
    world.hear(routed(1))
    visitor = world.logged_in("petugas.dishub")
    ask = {"Accept": "text/event-stream"}
    streams = [visitor.client.get("/cases/stream", headers=ask) for _ in range(MOST_STREAMS + 1)]
    assert [one.status_code for one in streams] == [200] * MOST_STREAMS + [204]
    assert streams[-1].headers["Retry-After"] == "30"
    assert streams[0].headers["Cache-Control"] == "no-store"
    assert b"retry" in next(iter(streams[0].response))
    for one in streams:
        one.close()
    again = visitor.client.get("/cases/stream", headers=ask)
    assert again.status_code == 200
    again.close()


def test_a_page_that_lies_open_keeps_no_session_alive(world: World) -> None:
    visitor = world.logged_in("petugas.dishub")
    for _ in range(4):
        world.clock.advance(9 * 60)
        answer = visitor.get("/cases/news.json")
    assert answer.status_code == 303, "half an hour without a person"
    other = world.logged_in("petugas.dishub")
    for _ in range(4):
        world.clock.advance(9 * 60)
        assert other.get("/cases").status_code == 200
