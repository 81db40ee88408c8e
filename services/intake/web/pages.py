"""What every page of intake shows: the city, its emergency numbers, its places, and the language it speaks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, Response, request, url_for

from services.intake import wording
from shared.city import CityPack
from shared.web.languages import Languages, available, is_translated, say

TRANSLATIONS = Path(__file__).parents[1] / "translations"
_STATIC = Path(__file__).parents[1] / "static"
_YEAR = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Pages:
    pack: CityPack
    public_url: str
    _versions: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.pack.city.timezone)

    def common(self) -> dict[str, Any]:
        return {
            "city": self.pack.city,
            "public_url": self.public_url,
            "areas": self.pack.areas,
            "kinds": wording.KINDS,
            "identities": wording.IDENTITIES,
            "scores": wording.SCORES,
        }

    def tracking_url(self, ticket: str, code: str) -> str:
        return f"{self.public_url}/complaints/{ticket}?code={code}"

    def install(self, app: Flask) -> None:
        """Languages and filters for the templates, and the city for pages that are rendered elsewhere (errors)."""
        app.jinja_env.trim_blocks = True
        app.jinja_env.lstrip_blocks = True
        Languages(self.zone, available(TRANSLATIONS), TRANSLATIONS).install(app)
        app.jinja_env.filters.update(
            status_title=lambda status: say(wording.status_words(status)[0]),
            status_sentence=lambda status: say(wording.status_words(status)[1]),
            channel_words=lambda channel: say(wording.channel_words(channel)),
        )
        app.jinja_env.tests["translated"] = is_translated
        app.context_processor(lambda: {"city": self.pack.city, "asset": self.asset})
        app.after_request(self._let_keep)

    def asset(self, name: str) -> str:
        """The address of a static file, with its version: a browser that has it need not ask again for a year."""
        return url_for("static", filename=name, v=self._version(name))

    def _version(self, name: str) -> str:
        if name not in self._versions:
            self._versions[name] = hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]
        return self._versions[name]

    def _let_keep(self, response: Response) -> Response:
        if request.endpoint == "static" and response.status_code == 200:
            name = (request.view_args or {}).get("filename", "")
            if request.args.get("v") == self._version(name):
                response.headers["Cache-Control"] = _YEAR
        return response
