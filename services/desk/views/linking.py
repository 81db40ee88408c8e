"""Two cases that are one, and one that is two: the pages on which a coordinator looks before doing it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from services.desk.cases import machine
from services.desk.cases.case import Case
from services.desk.cases.coordinator_acts import MOST_PART, Merge, Split
from services.desk.desk import Desk
from services.desk.people.person import Act as Permission
from services.desk.people.person import TextView, text_view
from services.desk.views.access import me, needs
from services.desk.views.case import find_case, seen_case
from services.desk.views.display import choices
from services.desk.views.doing import Manner, do, find_or_lose
from services.desk.views.forms import asked, typed
from services.desk.working.offered import offered
from shared.observability.masking import mask
from shared.sentences import sentence

MERGED = sentence("Laporan digabungkan. Pelapornya mengikuti laporan yang dituju mulai sekarang.")
SPLIT = sentence("Bagian itu menjadi laporan tersendiri; nomornya tampak di sini sesaat lagi.")


def offer_links(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.get("/cases/<ticket>/merge")
    @needs(Permission.COORDINATE)
    def merge(ticket: str) -> Any:
        return _merge_page(desk, find_case(desk, ticket), asked("into", 64))

    @blueprint.post("/cases/<ticket>/merge")
    @needs(Permission.COORDINATE)
    def merge_into(ticket: str) -> Any:
        into, reason = typed("into", 64).strip(), typed("reason", 1000)
        case = find_or_lose(desk, ticket, {"reason": reason})
        target = seen_case(desk, into) if into else None
        act = Merge(target.ticket if target else into, reason)

        def refused(errors: dict[str, str]) -> Any:
            return _merge_page(desk, case, into, errors=errors, reason=reason), 422

        return do(desk, case, act, {"into": into, "reason": reason}, Manner(MERGED, refused=refused))

    @blueprint.get("/cases/<ticket>/split")
    @needs(Permission.COORDINATE)
    def split(ticket: str) -> Any:
        return _split_page(desk, find_case(desk, ticket))

    @blueprint.post("/cases/<ticket>/split")
    @needs(Permission.COORDINATE)
    def split_off(ticket: str) -> Any:
        said = {"part": typed("part", 4 * MOST_PART), "agency": typed("agency", 64)}
        case = find_or_lose(desk, ticket, {"part": said["part"]})
        act = Split(said["part"].replace("\r\n", "\n"), said["agency"])

        def refused(errors: dict[str, str]) -> Any:
            return _split_page(desk, case, errors=errors, said=said), 422

        return do(desk, case, act, said, Manner(SPLIT, refused=refused))


def _merge_page(desk: Desk, case: Case, into: str, **more: Any) -> str:
    target = seen_case(desk, into) if into else None
    return render_template("case_merge.html", **{
        "case": case, "into": into, "target": target, "sides": _sides(case, target),
        "may": _may(desk, case, machine.MERGED), "errors": {}, "reason": "", **more,
    })  # fmt: skip


def _split_page(desk: Desk, case: Case, **more: Any) -> str:
    masked = text_view(me(), case.identity) is not TextView.WHOLE
    text = mask(case.text or "") if masked else case.text or ""
    return render_template("case_split.html", **{
        "case": case, "text": text, "may": _may(desk, case, machine.SPLIT), "agencies": choices(desk, _now(desk)),
        "matters": _matters(case, text), "errors": {}, "most": MOST_PART,
        "said": {"part": asked("part", MOST_PART), "agency": asked("agency", 64)}, **more,
    })  # fmt: skip


def _sides(case: Case, target: Case | None) -> list[tuple[Case, str]]:
    """Both, with their words as this person reads them."""
    both = [case] if target is None else [case, target]
    whole = [text_view(me(), one.identity) is TextView.WHOLE for one in both]
    return [
        (one, one.text or "" if all_of_it else mask(one.text or "")) for one, all_of_it in zip(both, whole, strict=True)
    ]


def _matters(case: Case, text: str) -> list[tuple[str, str]]:
    """The rules' own idea of the parts: (agency, words)."""
    parts = case.decision.get("parts", ())
    if text != case.text:  # masked: the places are those of the whole text
        return []
    return [(str(part["agency"]), text[part["start"] : part["end"]].strip()) for part in parts]


def _may(desk: Desk, case: Case, act: str) -> bool:
    with desk.spine.database.read() as connection:
        return act in offered(connection, me(), case)


def _now(desk: Desk) -> Any:
    return desk.spine.clock.now()
