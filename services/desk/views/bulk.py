"""One act on the cases that were chosen in a list, and a page that says of each what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, render_template, request

from services.desk.cases.machine import ACKNOWLEDGED, ARCHIVING, ASSIGNED, CLOSING, RETURNED
from services.desk.desk import Desk
from services.desk.inbox.bulk import KINDS, Chosen, End, Result, act_on, read_chosen
from services.desk.people.person import Act, Person, may
from services.desk.views.access import me, needs
from services.desk.views.display import choices
from services.desk.views.forms import typed
from shared.contracts.fields import ARCHIVE_REASONS
from shared.errors import Refused
from shared.sentences import sentence

LABELS = {
    ASSIGNED: sentence("Serahkan ke instansi"), ARCHIVING: sentence("Arsipkan"),
    RETURNED: sentence("Kembalikan ke koordinator"), ACKNOWLEDGED: sentence("Tandai sudah dibaca"),
    CLOSING: sentence("Tutup yang sudah dijawab"),
}  # fmt: skip
TOLD = {
    End.DONE: sentence("Selesai dikerjakan"),
    End.ALREADY_DONE: sentence("Sudah dikerjakan sebelumnya; tidak ada yang dikirim dua kali"),
    End.CHANGED: sentence("Berubah sejak Anda melihatnya; tidak dikerjakan"),
    End.REFUSED: sentence("Tidak dapat dikerjakan"),
    End.NOT_YOURS: sentence("Tidak ada (lagi) di kotak masuk Anda"),
    End.AWAY: sentence("Basis data sedang sibuk; belum dikerjakan. Kirim lagi sebentar lagi"),
}
_FIELDS = ("reason", "agency", "why", "suggested")


def offered_to(person: Person) -> tuple[tuple[str, str], ...]:
    """The acts that this person may do with many cases, with their names."""
    return tuple((name, LABELS[name]) for name, kind in KINDS.items() if may(person, kind.permission))


def bulk_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("bulk", __name__)

    @blueprint.post("/cases/bulk")
    @needs(Act.SEE_CASES)
    def act() -> Any:
        kind = KINDS.get(typed("act", 20))
        if kind is None or not may(me(), kind.permission):
            abort(403 if kind else 400)
        said = {name: typed(name, 1000) for name in _FIELDS}
        try:
            chosen = read_chosen(request.form.getlist("chosen"), desk.pack.city.ticket_prefix)
        except Refused as error:
            return _page(desk, kind.name, refused=error.message), error.status
        results = list(act_on(desk.register, me(), kind, chosen, said))
        return _page(desk, kind.name, results=results, undo=kind.undo, said=said, left=_left(results, chosen))

    return blueprint


def _left(results: Sequence[Result], chosen: Sequence[Chosen]) -> list[tuple[str, int]]:
    """What may be sent again, with what was typed, when it has been put right."""
    revisions = {one.ticket: one.revision for one in chosen}
    return [(one.ticket, revisions[one.ticket]) for one in results if one.end in (End.REFUSED, End.AWAY)]


def _page(desk: Desk, act: str, *, results: Sequence[Result] = (), **more: Any) -> str:
    from_triage = typed("back", 10) == "triage" and may(me(), Act.SEE_TRIAGE)
    return render_template("bulk.html", **{
        "act": act, "label": LABELS[act], "told": TOLD, "results": results, "undo": "", "left": [], "said": {},
        "back": "triage.waiting" if from_triage else "listing.cases", "refused": "",
        "done": sum(one.end in (End.DONE, End.ALREADY_DONE) for one in results),
        "agencies": choices(desk, desk.spine.clock.now()), "archive_reasons": ARCHIVE_REASONS, **more,
    })  # fmt: skip
