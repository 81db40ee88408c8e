"""News for pages that lie open: what is new there, without loading the page again.

`/cases/stream` tells it at once, to as many as there are threads for; `/cases/news.json` tells the same to whoever
asks. Both name cases only by keys, and only those that the person sees.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flask import Blueprint, Response, abort, request, session

from services.desk.desk import Desk
from services.desk.inbox.news import INBOX, PLACES, News, Seat, keys_now, keys_of
from services.desk.people.person import Act, Person, may
from services.desk.views.access import SESSION_TOKEN, me, needs
from services.desk.views.forms import asked
from shared.ids import new_id

STREAM_SECONDS = 60.0
"""Then it ends, and the browser asks again: threads come back, and whoever waits gets a turn."""
HEARTBEAT_SECONDS = 5.0
"""How soon it is noticed that nobody is there any more."""
ASK_AGAIN_SECONDS = 30


def news_views(desk: Desk) -> Blueprint:
    blueprint, news = Blueprint("news", __name__), News(desk.spine.database)

    @blueprint.get("/cases/news.json")
    @needs(Act.SEE_CASES)
    def now() -> Any:
        with desk.spine.database.read() as connection:
            return {"keys": keys_now(connection, me(), _place())}

    @blueprint.get("/cases/stream")
    @needs(Act.SEE_CASES)
    def stream() -> Any:
        if "text/event-stream" not in request.accept_mimetypes.values():
            abort(406)  # whoever opens it as a page would wait, and keep a thread from others
        seat = news.enter(f"{me().login} {asked('tab', 40) or new_id()}")
        if seat is None:
            return Response(status=204, headers={"Retry-After": str(ASK_AGAIN_SECONDS)})
        token, person, place = str(session.get(SESSION_TOKEN, "")), me(), _place()
        events = told(news, seat, person, place, lambda: desk.sign_in.who(token, touch=False) == person)
        response = Response(events, mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})
        response.call_on_close(lambda: news.leave(seat))
        return response

    return blueprint


def told(
    news: News, seat: Seat, person: Person, place: str, is_still_in: Callable[[], bool], *,
    seconds: float = STREAM_SECONDS, heartbeat_seconds: float = HEARTBEAT_SECONDS,
) -> Iterator[str]:  # fmt: skip
    """Server-sent events: `news` with the keys whenever they change, `ended` when the person is logged out."""
    until, version, said = time.monotonic() + seconds, 0, None
    yield f"retry: {ASK_AGAIN_SECONDS * 100}\n\n"
    while (left := until - time.monotonic()) > 0:
        version, rows = news.wait(seat, version, min(heartbeat_seconds, left))
        if seat.given_up:
            return
        if not is_still_in():
            yield _event("ended", [])
            return
        keys = None if rows is None else keys_of(rows, person, place)
        if keys is not None and keys != said:
            said = keys
            yield _event("news", keys)
        else:
            yield ": \n\n"


def _event(name: str, keys: Sequence[str]) -> str:
    return f"event: {name}\ndata: {json.dumps({'keys': list(keys)})}\n\n"


def _place() -> str:
    """A list of its own for triage, for those who see it."""
    place = asked("place", 10)
    return place if place in PLACES and may(me(), Act.SEE_TRIAGE) else INBOX
