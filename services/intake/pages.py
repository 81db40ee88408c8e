"""What every page of intake shows: the city, its emergency numbers, its places, and times as they are read here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask

from services.intake import wording
from shared.city import CityPack


@dataclass(frozen=True)
class Pages:
    pack: CityPack
    public_url: str

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
        }

    def tracking_url(self, ticket: str, code: str) -> str:
        return f"{self.public_url}/complaints/{ticket}?code={code}"

    def install(self, app: Flask) -> None:
        """Filters for the templates, and the city for pages that are rendered elsewhere (errors)."""
        app.jinja_env.trim_blocks = True
        app.jinja_env.lstrip_blocks = True
        app.jinja_env.filters["local_time"] = self._local_time
        app.jinja_env.filters["status_title"] = lambda status: wording.status_words(status)[0]
        app.jinja_env.filters["status_sentence"] = lambda status: wording.status_words(status)[1]
        app.jinja_env.filters["channel_words"] = wording.channel_words
        app.context_processor(lambda: {"city": self.pack.city})

    def _local_time(self, moment: datetime) -> str:
        return wording.local_time(moment, self.zone)
