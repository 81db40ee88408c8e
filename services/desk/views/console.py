"""The operator's page. It asks nobody: the desk's worker has asked already."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, render_template
from markupsafe import Markup

from services.desk.console import helping, wording
from services.desk.console.console import Console
from services.desk.console.picture import Picture
from services.desk.desk import Desk
from services.desk.people.person import Act
from services.desk.views.access import me, needs
from shared.vitals.sign import Sign
from shared.web.languages import tongue

QUEUED = ("intake", "router", "notifier", "desk")
MACHINES = (*QUEUED, "mail")


def console_views(desk: Desk) -> Blueprint:
    blueprint = Blueprint("console", __name__)

    def fragment() -> str:
        return desk.console.shown((me().role, tongue()), partial(_rendered, desk.console))

    @blueprint.get("/console")
    @needs(Act.SEE_CONSOLE)
    def show() -> Any:
        return render_template("console.html", fragment=Markup(fragment()))  # noqa: S704 - made by a template

    @blueprint.get("/console/now.json")
    @needs(Act.SEE_CONSOLE)
    def now() -> Any:
        """The part that changes, for the page that lies open."""
        return {"html": fragment()}

    return blueprint


def _rendered(console: Console, picture: Picture) -> str:
    def command(sign: Sign) -> str:
        return helping.command(sign, stack=console.stack)

    return render_template(
        "console_now.html", picture=picture, words=wording, helping=helping.helping, command=command,
        runbook=console.runbook, queued=_roles(picture, QUEUED), machines=_roles(picture, MACHINES),
    )  # fmt: skip


def _roles(picture: Picture, roles: tuple[str, ...]) -> list[str]:
    """Those of which something is known."""
    known = {one.role for one in picture.placed if one.sign.name != "service"}
    return [role for role in roles if role in known]
