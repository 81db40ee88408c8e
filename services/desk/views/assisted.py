"""Entering a complaint for a citizen. The answer to the form is the receipt itself, to be printed.

The tracking code stands on that one page and nowhere else: not in an address, a session, a log or the database of the
desk. Loading the page again sends the form again, and intake knows it by its key.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, Response, current_app, make_response, render_template, request
from werkzeug.datastructures import FileStorage

from services.desk.assisted import wording
from services.desk.assisted.entering import is_of_form, note_entry
from services.desk.assisted.entries import Answer, Outcome, Receipt, Similar
from services.desk.assisted.numbers import ticket_with_number
from services.desk.assisted.square_code import draw_square_code
from services.desk.assisted.typed import MOST_PHOTO_BYTES, MOST_PHOTOS, Typed, usual_channel
from services.desk.desk import Desk
from services.desk.people.person import Act
from services.desk.views.access import me, needs
from shared.errors import Refused, Transient
from shared.observability.logs import get_logger

log = get_logger("desk")
COOKIE = "tanggap_entry"
PATH = "/enter"
_YEAR_SECONDS = 365 * 24 * 3600
_MOST_REQUEST_BYTES = MOST_PHOTOS * MOST_PHOTO_BYTES + 5_000_000
_ORDER = (
    "text", "kelurahan", "detail", "channel", "sp4n", "office", "identity", "name", "phone", "email", "kind",
    "received_at", "happened_on", "position", "photos",
)  # fmt: skip


def let_photos_in(app: Flask) -> None:
    """The form may bring photos. Must be asked before anything reads the form, so the application installs it."""
    app.config["SERVER_BODY_BYTES"] = _MOST_REQUEST_BYTES + 1_000_000  # a little more: then it is us who say no

    @app.before_request
    def allow() -> None:
        if request.path == PATH and request.mimetype == "multipart/form-data":
            request.max_content_length = _MOST_REQUEST_BYTES
            request.max_form_parts = 100


def assisted_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("assisted", __name__)

    @blueprint.get(PATH)
    @needs(Act.ENTER)
    def form() -> Any:
        channel, office = _remembered()
        return _form(desk, Typed.new(channel, office or _usual_office(desk)), {}, fresh=True)

    @blueprint.post(PATH)
    @needs(Act.ENTER)
    def enter() -> Any:
        typed = Typed.read(request.form, request.form.getlist("photo"), request.form.getlist("drop_photo"))
        typed, problems = _keep_photos(desk, typed, request.files.getlist("photos"))
        if problems:
            return _form(desk, typed, problems), 503 if problems.get("") else 422
        known = _known_here(desk, typed)
        return (_form(desk, typed, {}, known=known), 409) if known else _enter(desk, typed)

    return blueprint


def _known_here(desk: Desk, typed: Typed) -> str:
    """The ticket of a case with this number of SP4N-LAPOR!, unless it is what this very form became."""
    with desk.spine.database.read() as connection:
        known = ticket_with_number(connection, typed.fields["sp4n"])
        return "" if known is None or is_of_form(connection, known, typed.fields["key"]) else known


def _enter(desk: Desk, typed: Typed) -> Any:
    join, separate = request.form.get("join", "")[:500], "separate" in request.form
    body = typed.body(me(), _zone(desk), join=join, separate=separate)
    try:
        answer = desk.entries.enter(body)
    except Refused as error:
        return _form(desk, typed, error.fields or {"": error.message}), 422
    except Transient as error:
        log.warning("entry_not_possible_now", code=error.code)
        return _form(desk, typed, {"": wording.AWAY}), 503
    if answer.outcome is Outcome.SIMILAR:
        return _form(desk, typed, {}, similar=answer.similar)
    if answer.receipt is None:
        return _form(desk, typed, {}, known=answer.ticket), 409
    return _receipt(desk, typed, answer, answer.receipt)


def _receipt(desk: Desk, typed: Typed, answer: Answer, receipt: Receipt) -> Response:
    try:
        note_entry(desk.spine, me(), receipt, typed.fields["key"])
    except Transient as error:  # it is stored, and intake has noted who entered it: the citizen gets the paper
        log.error("entry_not_noted", code=error.code, ticket=receipt.ticket)
    page = render_template(
        "assisted_receipt.html",
        receipt=receipt,
        outcome=answer.outcome,
        typed=typed.fields if answer.outcome is Outcome.CHANGED else {},
        picture=draw_square_code(receipt.status_url),
        address=receipt.status_url.partition("/complaints/")[0] + "/track",
        told=wording.TOLD.get(receipt.told, ""),
        channels=wording.CHANNELS,
        identities=wording.IDENTITIES,
        utc_offset=_utc_offset(receipt, _zone(desk)),
    )
    response = make_response(page)
    remembered = json.dumps([receipt.channel, receipt.office])
    response.set_cookie(
        COOKIE, remembered, max_age=_YEAR_SECONDS, path=PATH, httponly=True, samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )  # fmt: skip
    return response


def _form(
    desk: Desk,
    typed: Typed,
    errors: dict[str, Any],
    *,
    fresh: bool = False,
    similar: tuple[Similar, ...] = (),
    known: str = "",
) -> str:
    ordered = {name: errors[name] for name in ("", *_ORDER) if name in errors}
    return render_template(
        "assisted.html",
        typed=typed.fields,
        photos=typed.photos,
        rare_open=typed.has_rare or any(name in errors for name in ("kind", *_ORDER[11:])),
        errors={**ordered, **{name: said for name, said in errors.items() if name not in ordered}},
        fresh=fresh,
        similar=similar,
        known=known,
        channels=wording.CHANNELS,
        identities=wording.IDENTITIES,
        areas=desk.pack.areas,
        most_photos=MOST_PHOTOS,
        most_photo_bytes=MOST_PHOTO_BYTES,
        photo_too_large=wording.PHOTO_TOO_LARGE,
        today=desk.spine.clock.now().astimezone(_zone(desk)),
    )


def _keep_photos(desk: Desk, typed: Typed, files: Iterable[FileStorage]) -> tuple[Typed, dict[str, Any]]:
    """With the new ones, kept at once, so that they outlast whatever is wrong with the rest."""
    tokens = list(typed.photos)
    problems: list[str] = []
    for file in files:
        if not file.filename:
            continue
        if len(tokens) >= MOST_PHOTOS:
            problems.append(wording.TOO_MANY_PHOTOS)
            break
        content = file.stream.read(MOST_PHOTO_BYTES + 1)
        try:
            if len(content) > MOST_PHOTO_BYTES:
                raise Refused(wording.PHOTO_TOO_LARGE)
            tokens.append(desk.entries.keep_photo(content))
        except Refused as error:
            problems.append(error.message)
        except Transient as error:
            log.warning("photo_not_kept", code=error.code)
            return _with(typed, tokens), {"": wording.PHOTOS_AWAY}
    told = list(dict.fromkeys(problems))
    return _with(typed, tokens), {"photos": [*told, wording.WITHOUT_PHOTO]} if told else {}


def _with(typed: Typed, tokens: Iterable[str]) -> Typed:
    return Typed(typed.fields, tuple(dict.fromkeys(tokens)))


def _remembered() -> tuple[str, str]:
    """The channel and the place of the last time on this computer; whatever else a cookie holds is as good as none."""
    try:
        channel, office = json.loads(request.cookies.get(COOKIE, ""))
    except (ValueError, TypeError):
        channel, office = "", ""
    return usual_channel(str(channel)), str(office)[:100]


def _usual_office(desk: Desk) -> str:
    agency = desk.pack.agency(me().agency or "")
    place = me().kelurahan or me().kecamatan or ""
    return " ".join(filter(None, (agency.name if agency else "", place)))[:100]


def _utc_offset(receipt: Receipt, zone: ZoneInfo) -> str:
    """As the receipt says it beside the zone's name: `UTC+07:00`."""
    offset = f"{receipt.received_at.astimezone(zone):%z}"
    return f"UTC{offset[:3]}:{offset[3:5]}"


def _zone(desk: Desk) -> ZoneInfo:
    return ZoneInfo(desk.pack.city.timezone)
