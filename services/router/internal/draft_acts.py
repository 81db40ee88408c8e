"""What people do with drafts of the rules, each act answered with the draft's new revision and state."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from services.router.internal.bodies import MOST_FILES, read_number, read_string, read_text
from services.router.proposing.approval import approve
from services.router.proposing.draft import Draft
from services.router.proposing.insertion import Wish
from services.router.proposing.proposals import Proposals, Who
from shared.errors import Refused
from shared.web.internal import json_object

_MOST_REVISION = 1_000_000


def offer_acts(blueprint: Blueprint, proposals: Proposals) -> None:
    _offer_writing(blueprint, proposals)
    _offer_settling(blueprint, proposals)


def _offer_writing(blueprint: Blueprint, proposals: Proposals) -> None:
    @blueprint.post("/drafts/<draft_id>/save")
    def save(draft_id: str) -> dict[str, Any]:
        """`text` null takes the file out."""
        body = json_object()
        text = None if "text" in body and body["text"] is None else read_string(body, "text")
        return _told(proposals.save(draft_id, _who(body), _revision(body), read_text(body, "file", 200), text))

    @blueprint.post("/drafts/<draft_id>/phrase")
    def add_phrase(draft_id: str) -> dict[str, Any]:
        body = json_object()
        wish = Wish(
            read_string(body, "agency"), read_string(body, "phrase"), read_number(body, "weight", -100, 100),
            rule=read_string(body, "rule"), kelurahan=_place(proposals, body, "kelurahan"),
            kecamatan=_place(proposals, body, "kecamatan"),
        )  # fmt: skip
        draft, inserted = proposals.add_phrase(draft_id, _who(body), _revision(body), wish)
        where = {name: getattr(inserted, name) for name in ("file", "line", "rule", "was")}
        return _told(draft) | where

    @blueprint.post("/drafts/<draft_id>/rebase")
    def bring_up_to_date(draft_id: str) -> dict[str, Any]:
        body = json_object()
        settled = body.get("settled", {})
        good = isinstance(settled, dict) and len(settled) <= MOST_FILES
        if not good or not all(text is None or isinstance(text, str) for text in settled.values()):
            raise Refused("settled: texts (or null) by file name are needed", code="invalid_fields")
        content = read_text(body, "active_content", 64)
        return _told(proposals.bring_up_to_date(draft_id, _who(body), _revision(body), content, settled))


def _offer_settling(blueprint: Blueprint, proposals: Proposals) -> None:
    @blueprint.post("/drafts/<draft_id>/propose")
    def propose(draft_id: str) -> dict[str, Any]:
        body = json_object()
        return _told(proposals.propose(draft_id, _who(body), _revision(body), read_string(body, "reason")))

    @blueprint.post("/drafts/<draft_id>/refuse")
    def refuse(draft_id: str) -> dict[str, Any]:
        body = json_object()
        return _told(proposals.refuse(draft_id, _who(body), _revision(body), read_string(body, "reason")))

    @blueprint.post("/drafts/<draft_id>/approve")
    def approve_draft(draft_id: str) -> dict[str, Any]:
        body = json_object()
        content, remark = read_text(body, "content", 64), read_string(body, "reason")
        return _told(approve(proposals, draft_id, _who(body), content, remark))

    @blueprint.post("/drafts/<draft_id>/take-back")
    def take_back(draft_id: str) -> dict[str, Any]:
        body = json_object()
        return _told(proposals.take_back(draft_id, _who(body), _revision(body)))

    @blueprint.post("/drafts/<draft_id>/discard")
    def discard(draft_id: str) -> dict[str, Any]:
        body = json_object()
        return _told(proposals.discard(draft_id, _who(body), _revision(body)))


def _who(body: dict[str, Any]) -> Who:
    return Who(read_text(body, "actor", 100), read_text(body, "role", 30))


def _revision(body: dict[str, Any]) -> int:
    return read_number(body, "revision", 1, _MOST_REVISION)


def _place(proposals: Proposals, body: dict[str, Any], kind: str) -> str:
    """A place of this city by its name; empty: none is meant."""
    name = read_string(body, kind)
    areas = proposals.versions.pack.areas
    known = {part.name for area in areas for part in area.kelurahan}
    if kind == "kecamatan":
        known = {area.kecamatan for area in areas}
    if name and name not in known:
        raise Refused(f"{kind}: there is no {name[:80]}", code="unknown_place")
    return name


def _told(draft: Draft) -> dict[str, Any]:
    known = draft.heading
    return {
        "draft_id": known.draft_id, "revision": known.revision, "state": known.state, "content": known.content,
        "ruleset": known.ruleset,
    }  # fmt: skip
