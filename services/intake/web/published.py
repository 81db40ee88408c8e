"""What is public, for everybody to read: the list, and one published complaint. No form, no session, no script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, render_template, request

from services.intake import repository_published, wording
from services.intake.repository_published import Filter, Published
from services.intake.web.kept import kept
from services.intake.web.pages import Pages
from shared.public_cases import CLOSED, OPEN, public_place, public_state
from shared.public_numbers import read_public_number
from shared.storage.database import Database
from shared.web.languages import say

_SECONDS = 60
"""How long others may keep a page: so much longer something that was taken back may be seen."""


@dataclass(frozen=True)
class PublishedViews:
    database: Database
    pages: Pages

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("published", __name__)
        blueprint.add_url_rule("/published", "every", self.every, methods=["GET"])
        blueprint.add_url_rule("/published/<number>", "one", self.one, methods=["GET"])
        blueprint.add_app_template_filter(lambda state: say(public_state(state)), "public_state")
        return blueprint

    def every(self) -> Any:
        """Filters that nothing fits, or that make no sense, show an empty list or count as not given."""
        services = self.pages.pack.services
        asked = {
            name: request.args.get(name, "")[:100].replace("\0", "") for name in ("status", "kelurahan", "service")
        }
        status = asked["status"] if asked["status"] in (OPEN, CLOSED) else ""
        wanted = Filter(
            statuses=(status,) if status else (),
            services=(asked["service"],) if asked["service"] else (),
            kelurahan=asked["kelurahan"],
        )
        after = request.args.get("after", "")[:60]
        with self.database.read() as connection:
            page = repository_published.newest(connection, wanted, after=after)
            kelurahan = repository_published.values_of(connection, "kelurahan")
            codes = repository_published.values_of(connection, "service_code")
        names = {code: found.name for code in codes if (found := services.service(code)) is not None}
        chosen = {"status": status, "kelurahan": asked["kelurahan"], "service": asked["service"]}
        return kept(
            render_template(
                "published.html", page=page, chosen=chosen, kelurahan=kelurahan, services=names, after=after,
                title_of=self._title, place_of=_place, address=_address, **self.pages.common(),
            ),
            _SECONDS,
        )  # fmt: skip

    def one(self, number: str) -> Any:
        """404 alike for a number that never was, and for what is not public."""
        known = read_public_number(number)
        with self.database.read() as connection:
            found = repository_published.one(connection, known) if known else None
        if found is None or known is None:
            abort(404)
        if number != known:  # as somebody typed it
            return redirect(f"/published/{known}", 301)
        paragraphs = {"summary": _paragraphs(found.summary), "answer": _paragraphs(found.answer)}
        return kept(
            render_template(
                "published_one.html", one=found, title=self._title(found), place=_place(found), paragraphs=paragraphs,
                **self.pages.common(),
            ),
            _SECONDS,
        )  # fmt: skip

    def _title(self, one: Published) -> str:
        service = self.pages.pack.services.service(one.service_code)
        return service.name if service else say(wording.KINDS.get(one.kind, one.kind))


def _place(one: Published) -> str:
    return public_place(one.kelurahan, one.kecamatan)


def _paragraphs(text: str) -> list[str]:
    return [part for part in text.split("\n\n") if part.strip()]


def _address(chosen: dict[str, str], **changes: str) -> str:
    """The list with these filters; what is empty is left out."""
    query = {name: value for name, value in {**chosen, **changes}.items() if value}
    return f"/published?{urlencode(query)}" if query else "/published"
