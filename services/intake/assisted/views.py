"""Intake's internal API for the desk's officers: a photo is kept at once, the complaint when all of it is right."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from services.intake.accept import Door
from services.intake.assisted.entering import Assistance, Entered, Outcome, Stored
from services.intake.assisted.reading import Body
from services.intake.channels.web_fields import MOST_PHOTOS, TOO_MANY_PHOTOS, Photos, PhotoTokens
from services.intake.photos.limits import MOST_BYTES
from services.intake.photos.refusals import SENTENCES
from services.intake.text import summary
from services.intake.web.joining import Joining, Offer
from services.intake.web.pages import Pages
from shared.errors import Refused
from shared.web.internal import internal_blueprint, json_object

_PREFIX = "/complaints"


def assisted_blueprint(door: Door, joining: Joining, photos: Photos, pages: Pages, key: str, token: str) -> Blueprint:
    """`key` signs kept photos, so that only what was kept here can be named later."""
    blueprint = internal_blueprint("assisted", token)
    assistance, tokens = Assistance(door, joining), PhotoTokens(key)

    @blueprint.post(f"{_PREFIX}/photos")
    def keep_photo() -> dict[str, Any]:
        """The body is one photo as it came. A token for it, or `Refused` with the sentence for people."""
        request.max_content_length = MOST_BYTES + 1_000  # then it is us who say no
        result = photos.keep([request.get_data(cache=False)])
        if not result.kept:
            code = result.refused[0] if result.refused else "unreadable"
            raise Refused(SENTENCES.get(code, code), code=code)
        (photo,) = result.kept
        return {"token": tokens.give(photo), "sha256": photo.sha256, "size": photo.size}

    @blueprint.post(_PREFIX)
    def enter() -> tuple[dict[str, Any], int]:
        body = Body(json_object())
        kept = tokens.read(body.texts("photos"))
        if len(kept) > MOST_PHOTOS:
            body.complain("photos", TOO_MANY_PHOTOS)
        entered = assistance.enter(body, kept)
        return _answer(entered, pages), 201 if entered.outcome is Outcome.STORED else 200

    return blueprint


def _answer(entered: Entered, pages: Pages) -> dict[str, Any]:
    stored = _complaint(entered.stored, pages) if entered.stored is not None else None
    return {
        "outcome": entered.outcome.value,
        "complaint": stored,
        "offers": [_offer(one) for one in entered.offers],
    }


def _complaint(stored: Stored, pages: Pages) -> dict[str, Any]:
    """Of a complaint that this form did not make only what tells it apart: neither its words nor its code."""
    row, entry = stored.row, stored.entry
    told = {"ticket": row["ticket"], "complaint_id": row["complaint_id"], "received_at": row["received_at"].isoformat()}
    if not stored.code or entry is None:
        return told
    texts = {name: row[name] for name in ("channel", "kind", "identity", "kecamatan", "kelurahan", "detail", "receipt")}
    happened_on = entry["happened_on"]
    return {
        **told,
        **texts,
        "tracking_code": stored.code,
        "status_url": pages.tracking_url(row["ticket"], stored.code),
        "summary": summary(row["text"], 300),
        "name": stored.name,
        "photos": stored.photos,
        "joined": stored.joined,
        "external_refs": dict(row["external_refs"]),
        "entered_by": {name: entry[name] for name in ("login", "name", "role", "agency")},
        "office": entry["office"],
        "happened_on": happened_on.isoformat() if happened_on else "",
        "entered_at": entry["entered_at"].isoformat(),
    }


def _offer(offer: Offer) -> dict[str, Any]:
    """As the citizens' form shows it: nothing of what was written."""
    names = ("token", "agency_name", "kind", "kelurahan", "kecamatan")
    return {name: getattr(offer, name) for name in names} | {"received_at": offer.received_at.isoformat()}
