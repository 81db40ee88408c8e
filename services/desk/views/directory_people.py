"""Who works in an agency, who is away, and who stands in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from services.desk.desk import Desk
from services.desk.directory.days import read_day
from services.desk.directory.leave import absences_of, active_people, end_leave, enter_leave
from services.desk.directory.repository import Entry
from services.desk.directory.staff import (
    ACTS,
    CLOSE,
    NAME,
    OPEN,
    Newcomer,
    add_colleague,
    change_colleague,
    invite_colleague,
)
from services.desk.people.person import Act
from services.desk.views.access import me, needs
from services.desk.views.directory_page import content_of, find_entry, is_of_my_office, may_lead, zone_of
from services.desk.views.forms import typed
from shared.errors import Refused
from shared.sentences import sentence

_FIELDS = {"login": "leave-login", "acting": "leave-acting"}
"""Ids of fields that another form of the page has as well."""


def add_people(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.post("/agencies/<code>/people")
    @needs(Act.EDIT_DIRECTORY)
    def newcomer(code: str) -> Any:
        return _add(desk, find_entry(desk, code))

    @blueprint.post("/agencies/<code>/people/<login>")
    @needs(Act.EDIT_DIRECTORY)
    def colleague(code: str, login: str) -> Any:
        return _change(desk, find_entry(desk, code), login[:64])

    @blueprint.post("/agencies/<code>/people/<login>/invite")
    @needs(Act.EDIT_DIRECTORY)
    def invite(code: str, login: str) -> Any:
        return _invite(desk, find_entry(desk, code), login[:64])

    @blueprint.post("/agencies/<code>/people/<login>/second")
    @needs(Act.EDIT_DIRECTORY)
    def reset_second(code: str, login: str) -> Any:
        return _reset_second(desk, find_entry(desk, code), login[:64])

    @blueprint.post("/agencies/<code>/leave")
    @needs(Act.SEE_DIRECTORY)
    def leave(code: str) -> Any:
        return _enter(desk, _led(desk, code))

    @blueprint.post("/agencies/<code>/leave/<string(length=36):absence_id>/end")
    @needs(Act.SEE_DIRECTORY)
    def end(code: str, absence_id: str) -> Any:
        return _end(desk, _led(desk, code), absence_id)


def _led(desk: Desk, code: str) -> Entry:
    entry = find_entry(desk, code)
    return entry if may_lead(me(), entry) else abort(403)


def _add(desk: Desk, entry: Entry) -> Any:
    """The first password is shown this once, on the answer itself."""
    wish = Newcomer(
        typed("login", 100), typed("name", 400), typed("role", 20), typed("place", 100),
        typed("confidential", 3) == "yes", typed("email", 300),
    )  # fmt: skip
    try:
        added = add_colleague(desk.spine, desk.pack, desk.links, me(), entry.code, wish)
    except Refused as error:
        content = content_of(desk, entry, section="people", errors=error.fields, typed=wish)
        return render_template("directory_agency.html", **content), 422
    if added.invited:
        flash(
            sentence(
                "%(name)s sudah ditambahkan. Tautan untuk memilih sandi dikirim ke surelnya.", name=wish.name.strip()
            )
        )
        return redirect(url_for("directory.show", code=entry.code) + "#people", 303)
    if not added.password:
        flash(sentence("%(name)s sudah ditambahkan. Sandi awalnya hanya ditampilkan sekali.", name=wish.name.strip()))
        return redirect(url_for("directory.show", code=entry.code), 303)
    content = content_of(desk, entry, section="people", password=added.password, newcomer=wish)
    return render_template("directory_agency.html", **content)


def _change(desk: Desk, entry: Entry, login: str) -> Any:
    act = typed("act", 10)
    if act not in ACTS:
        abort(400)
    person = change_colleague(desk.spine, me(), entry.code, login, act)
    if person is None:
        abort(404)
    if act == CLOSE:
        flash(sentence("%(name)s tidak dapat masuk lagi, dan sesinya sudah ditutup.", name=person.name))
    elif act == OPEN:
        flash(sentence("%(name)s dapat masuk lagi dengan sandi yang lama.", name=person.name))
    elif act == NAME:
        flash(sentence("%(name)s kini ditunjuk untuk laporan rahasia.", name=person.name))
    else:
        flash(sentence("%(name)s tidak lagi ditunjuk untuk laporan rahasia.", name=person.name))
    return redirect(url_for("directory.show", code=entry.code) + "#people", 303)


def _invite(desk: Desk, entry: Entry, login: str) -> Any:
    email = typed("email", 300)
    try:
        person = invite_colleague(desk.links, me(), entry.code, login, email)
    except Refused as error:
        return _refused(desk, entry, login, error)
    if person is None:
        abort(404)
    flash(sentence("Tautan untuk memilih sandi dikirim ke surel %(name)s.", name=person.name))
    return redirect(url_for("directory.show", code=entry.code) + "#people", 303)


def _reset_second(desk: Desk, entry: Entry, login: str) -> Any:
    try:
        person = desk.links.reset_second(me(), entry.code, login, typed("reason", 500))
    except Refused as error:
        return _refused(desk, entry, login, error)
    if person is None:
        abort(404)
    flash(sentence("Langkah kedua %(name)s disetel ulang, dan sesinya ditutup.", name=person.name))
    return redirect(url_for("directory.show", code=entry.code) + "#people", 303)


def _refused(desk: Desk, entry: Entry, login: str, error: Refused) -> Any:
    content = content_of(desk, entry, section="person", errors=error.fields, login=login)
    return render_template("directory_agency.html", **content), 422


def _enter(desk: Desk, entry: Entry) -> Any:
    login, acting = typed("login", 64), typed("acting", 64)
    starts, ends = typed("starts", 20), typed("ends", 20)
    with desk.spine.database.read() as connection:
        absent = active_people(connection, entry.code).get(login)
    if absent is not None and not is_of_my_office(me(), absent):
        abort(403)
    try:
        enter_leave(desk.spine, zone_of(desk), me(), entry.code, login, acting, read_day(starts), read_day(ends))
    except Refused as error:
        said = {"login": login, "acting": acting, "starts": starts, "ends": ends}
        errors = {_FIELDS.get(field, field): told for field, told in error.fields.items()}
        content = content_of(desk, entry, section="leave", errors=errors, typed=said)
        return render_template("directory_agency.html", **content), 422
    flash(sentence("Cuti sudah dicatat. Penggantian mulai dan berakhir dengan sendirinya."))
    return redirect(url_for("directory.show", code=entry.code) + "#leave", 303)


def _end(desk: Desk, entry: Entry, absence_id: str) -> Any:
    with desk.spine.database.read() as connection:
        staff = active_people(connection, entry.code)
        known = absences_of(connection, entry.code, since=desk.spine.clock.now())
    absent = next((staff.get(one.login) for one in known if one.absence_id == absence_id), None)
    if absent is not None and not is_of_my_office(me(), absent):
        abort(403)
    if end_leave(desk.spine, me(), entry.code, absence_id) is None:
        abort(404)
    flash(sentence("Cuti ini sudah diakhiri."))
    return redirect(url_for("directory.show", code=entry.code) + "#leave", 303)
