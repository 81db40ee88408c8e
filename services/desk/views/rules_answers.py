"""What all pages of the rules share: the router that does not answer, what it refuses, and what was typed."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, TypeVar

from flask import abort, render_template, request

from services.desk.cases.case import storable
from services.desk.rules.wording import say_no
from shared.errors import Refused, Transient
from shared.observability.logs import get_logger

log = get_logger("desk")
DRAFT_ID = "<string(length=36):draft_id>"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOST_KEPT = 1_900_000
View = TypeVar("View", bound=Callable[..., Any])


def asks_router(view: View) -> View:
    """A view whose router may be away: then the page says so, and keeps what was typed for another try.

    Acts may be said again without harm, so the same form is simply sent once more.
    """

    @functools.wraps(view)
    def answered(*arguments: Any, **named: Any) -> Any:
        try:
            return view(*arguments, **named)
        except Transient as error:
            log.warning("rules_not_reached", code=error.code)
            return render_template("rules_away.html", kept=kept_form()), 503
        except Refused as error:
            if error.status == 404 and error.code in ("unknown_draft", "unknown_ruleset"):
                abort(404)
            raise

    return answered  # type: ignore[return-value]


def kept_form() -> list[tuple[str, str]]:
    """The fields of the form that was sent, to be sent again."""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    return fields if sum(len(value) for _, value in fields) < _MOST_KEPT else []


def sentence_of(error: Refused) -> str:
    return say_no(error.code, error.message)


def read_revision() -> int:
    revision = request.form.get("revision", "")
    if not (revision.isascii() and revision.isdigit() and len(revision) < 8):
        abort(400)
    return int(revision)


def read_draft_id(value: str) -> str:
    if not _ID.fullmatch(value):
        abort(400)
    return value


def read_file_text(name: str) -> str:
    """A file from a text area: with the line ends of files, however long: the router says when it is too long."""
    return request.form.get(name, "").replace("\r\n", "\n").replace("\r", "\n")


def read_phrase() -> dict[str, Any]:
    """The form *Tambah frasa*: `target` is `AGENCY/rule`, `where` is empty, `kelurahan:NAME` or `kecamatan:NAME`."""
    agency, _, rule = storable(request.form.get("target", ""))[:160].partition("/")
    kind, _, place = storable(request.form.get("where", ""))[:120].partition(":")
    weight = request.form.get("weight", "")
    return {
        "agency": agency,
        "rule": rule,
        "phrase": storable(request.form.get("phrase", ""))[:400],
        "weight": int(weight) if weight.isascii() and weight.isdigit() and len(weight) < 4 else 0,
        **({kind: place} if kind in ("kelurahan", "kecamatan") and place else {}),
    }
