"""The agency directory: who is there, one agency, changing it. Its other parts: directory_ways.py, directory_people.py,
directory_tokens.py; what the page of an agency shows: directory_page.py."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from services.desk.desk import Desk
from services.desk.directory.editing import Ending, add, edit
from services.desk.directory.form import ADDRESSED, Filled, filled_of
from services.desk.directory.listing import listed
from services.desk.directory.repository import Entry
from services.desk.directory.ways import ways_of
from services.desk.people.person import Act
from services.desk.views import directory_wording
from services.desk.views.access import me, needs
from services.desk.views.directory_page import content_of, find_entry, form_content, read_revision, zone_of
from services.desk.views.directory_people import add_people
from services.desk.views.directory_tokens import add_tokens
from services.desk.views.directory_ways import add_ways
from services.desk.views.forms import asked, typed
from shared.city_agencies import KINDS, WAYS
from shared.errors import Refused
from shared.sentences import sentence

_LONGEST_ALIASES = 200_000  # what is too long is told, not cut away


def directory_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("directory", __name__)

    @blueprint.get("/agencies")
    @needs(Act.SEE_DIRECTORY)
    def agencies() -> Any:
        sought, kind = asked("q", 200), asked("kind", 10)
        with desk.spine.database.read() as connection:
            rows = listed(
                connection, desk.spine.clock.now(), words=sought.split(), kind=kind if kind in KINDS else ""
            )  # fmt: skip
        return render_template("directory.html", rows=rows, sought=sought, kind=kind, words=directory_wording)

    @blueprint.get("/agencies/<code>")
    @needs(Act.SEE_DIRECTORY)
    def show(code: str) -> Any:
        return render_template("directory_agency.html", **content_of(desk, find_entry(desk, code)))

    _add_editing(blueprint, desk)
    add_ways(blueprint, desk)
    add_people(blueprint, desk)
    add_tokens(blueprint, desk)
    return blueprint


def _add_editing(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.get("/agencies/<code>/edit")
    @needs(Act.EDIT_DIRECTORY)
    def form(code: str) -> Any:
        entry = find_entry(desk, code)
        content = form_content(desk, entry, filled_of(entry, zone_of(desk)))
        return render_template("directory_form.html", **content)

    @blueprint.post("/agencies/<code>/edit")
    @needs(Act.EDIT_DIRECTORY)
    def change(code: str) -> Any:
        return _change(desk, find_entry(desk, code))

    @blueprint.get("/agencies/new")
    @needs(Act.EDIT_DIRECTORY)
    def blank() -> Any:
        return render_template("directory_form.html", **form_content(desk, None, Filled(kind="internal")))

    @blueprint.post("/agencies/new")
    @needs(Act.EDIT_DIRECTORY)
    def create() -> Any:
        return _create(desk)


def _change(desk: Desk, entry: Entry) -> Any:
    filled, revision = _filled(), read_revision()
    try:
        outcome = edit(desk.spine, desk.pack, me(), entry.code, revision, filled)
    except Refused as error:
        content = form_content(desk, entry, filled, errors=error.fields, revision=revision)
        return render_template("directory_form.html", **content), 422
    assert outcome is not None
    if outcome.ending is Ending.CONFLICT:
        content = form_content(desk, outcome.entry, outcome.filled or filled, conflict=True, since=outcome.since)
        return render_template("directory_form.html", **content), 409
    if outcome.ending is Ending.ALREADY_DONE:
        flash(sentence("Tidak ada yang berubah: data %(code)s sudah seperti ini.", code=entry.code))
    else:
        flash(sentence("Perubahan pada %(code)s sudah disimpan.", code=entry.code))
        if ways_of(entry) and not ways_of(outcome.entry):
            flash(
                sentence("Kini tidak ada saluran ke %(code)s: hanya meja kerja yang menerima laporan.", code=entry.code)
            )
    return redirect(url_for("directory.show", code=entry.code), 303)


def _create(desk: Desk) -> Any:
    filled, code, places = _filled(), typed("code", 100).strip().upper(), typed("places", 20)
    try:
        outcome = add(desk.spine, desk.pack, me(), code, places, filled)
    except Refused as error:
        content = form_content(desk, None, filled, errors=error.fields, code=code, places=places)
        return render_template("directory_form.html", **content), 422
    told = outcome.ending is Ending.ALREADY_DONE
    flash(
        sentence("%(code)s sudah Anda tambahkan.", code=code) if told
        else sentence("%(code)s sudah ditambahkan. Aturan dapat menunjuknya setelah aturannya diubah.", code=code)
    )  # fmt: skip
    return redirect(url_for("directory.show", code=outcome.entry.code), 303)


def _filled() -> Filled:
    return Filled(
        name=typed("name", 1000),
        kind=typed("kind", 20),
        aliases=typed("aliases", _LONGEST_ALIASES),
        public_contact=typed("public_contact", 2000),
        **{way: typed(way, 3000) for way in ADDRESSED},
        order={way: typed(f"order_{way}", 5) for way in WAYS if f"order_{way}" in request.form},
        language=typed("language", 8),
        reminders=typed("reminders", 3) == "yes",
        valid_from=typed("valid_from", 20),
        valid_to=typed("valid_to", 20),
        successor=typed("successor", 64),
    )
