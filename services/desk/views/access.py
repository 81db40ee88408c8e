"""Before every page: who is there, and may this person do that? A page that does not say what it needs stays shut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, flash, g, redirect, request, session, url_for

from services.desk.api.endpoints import ENDPOINTS as AGENCY_API
from services.desk.deadlines.internal import ENDPOINT as DEADLINES
from services.desk.desk import Desk
from services.desk.people.person import Act, Person, may
from services.desk.people.sign_in import OIDC, Visit
from shared.sentences import sentence

PUBLIC = AGENCY_API | frozenset(
    {
        "static", "healthz", "readyz", "exposition", "login.ask", "login.enter", "login.leave", "login.ask_code",
        "login.check_code", "invitation.forgot", "invitation.ask", "invitation.link", "invitation.choose", "oidc.begin",
        "oidc.back", DEADLINES, "vitals_internal.vitals",
    }
)  # fmt: skip
ENROLLING = frozenset({"account.second_step", "account.begin_second", "account.confirm_second"})
"""What is open to somebody who has to set up a second factor first."""
QUIET = frozenset({"news.stream", "news.now", "console.now"})
"""Asked for by pages that lie open, not by people: they keep no session alive."""
SESSION_TOKEN = "token"  # noqa: S105 - the name of a field
View = TypeVar("View", bound=Callable[..., Any])


def needs(act: Act) -> Callable[[View], View]:
    """Marks a view with what it needs; `guard` asks."""

    def mark(view: View) -> View:
        view.__dict__["needs"] = act
        return view

    return mark


def act_needed(app: Flask, endpoint: str) -> Act | None:
    return getattr(app.view_functions.get(endpoint), "needs", None)


def me() -> Person:
    """The person who is logged in; only behind the guard."""
    person: Person = g.person
    return person


def my_visit() -> Visit:
    """The session of the person who is logged in; only behind the guard."""
    visit: Visit = g.visit
    return visit


def guard(desk: Desk) -> Callable[[], Any]:
    def check() -> Any:
        g.person = g.visit = None
        if request.endpoint is None:  # no such page: the answer is the same for everybody
            return None
        token = session.get(SESSION_TOKEN)
        g.visit = desk.sign_in.visit(str(token), touch=request.endpoint not in QUIET) if token else None
        g.person = g.visit and g.visit.person
        if request.endpoint in PUBLIC:
            return None
        if g.person is None:
            return _to_login(ended=bool(token))
        act = act_needed(current_app, request.endpoint)
        if act is None or not may(g.person, act):
            abort(403)
        return _to_second_factor(desk, g.visit)

    return check


def _to_second_factor(desk: Desk, visit: Visit) -> Any:
    """Leads whoever still lacks what the city requires there; who came by the city's login service proved it there."""
    lacks = desk.sign_in.second.required and not visit.has_second and visit.via != OIDC
    if not lacks or request.endpoint in ENROLLING:
        return None
    return redirect(url_for("account.second_step"), 303)


def _to_login(*, ended: bool) -> Any:
    if ended:
        session.clear()
        flash(sentence("Sesi Anda sudah berakhir. Silakan masuk lagi."))
    back = request.full_path.rstrip("?") if request.method == "GET" and request.path != "/" else None
    return redirect(url_for("login.ask", next=back), 303)
