"""In which language a page speaks: asked for by `?lang=`, kept in a cookie, else what the browser asks for.

The sources are Indonesian; each folder in a service's `translations/` is one more language. Programs (API, SMS,
Open311) are always answered in the first language.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from flask import Flask, Response, current_app, g, has_request_context, request
from flask_babel import Babel, get_locale, gettext, refresh

from shared.sentences import Sentence, translated
from shared.web.errors import is_for_machines

FIRST = "id"
COOKIE = "tanggap_language"
ASKED = "lang"
_COOKIE_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True)
class Language:
    code: str
    name: str


def available(folder: Path) -> tuple[Language, ...]:
    """The first language, then every folder that holds a compiled catalogue, each by its own name for itself."""
    codes = sorted(found.parent.parent.name for found in folder.glob("*/LC_MESSAGES/messages.mo"))
    return tuple(Language(code, _own_name(code)) for code in (FIRST, *(one for one in codes if one != FIRST)))


def _own_name(code: str) -> str:
    name = Locale.parse(code).get_display_name(code) or code
    return name[:1].upper() + name[1:]


@dataclass(frozen=True)
class Languages:
    """`translations` is the folder of catalogues, `known` what is in it (`available`)."""

    zone: ZoneInfo
    known: tuple[Language, ...]
    translations: Path

    def install(self, app: Flask) -> None:
        """Chooses a language for each request; filters and names for the templates."""
        app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(self.translations)
        Babel(app, default_locale=FIRST, locale_selector=self.choose)
        app.jinja_env.filters.update(said=say, local_time=self.local_time, local_date=self.local_date)
        app.context_processor(self._names)
        app.after_request(self._remember)

    def choose(self) -> str:
        if not has_request_context() or is_for_machines(request.path):
            return FIRST
        codes = [language.code for language in self.known]
        for wanted in (g.get("language"), request.args.get(ASKED), request.cookies.get(COOKIE)):
            if wanted in codes:
                return str(wanted)
        return str(request.accept_languages.best_match(codes) or FIRST)

    def local_time(self, moment: datetime) -> str:
        """For instance `24 November 2026 pukul 13.05 WIB`."""
        local = moment.astimezone(self.zone)
        time = dates.format_time(local, format="short", locale=_locale()).replace("\u202f", "\u00a0")
        said = gettext("%(date)s pukul %(time)s %(zone)s", date=self.local_date(moment), time=time, zone=local.tzname())
        return str(said)

    def local_date(self, moment: datetime) -> str:
        day: date = moment.astimezone(self.zone).date()
        return dates.format_date(day, format="long", locale=_locale())

    def _names(self) -> dict[str, object]:
        return {"language": str(_locale()), "languages": self.known, "here_in": here_in}

    def _remember(self, response: Response) -> Response:
        """Only a language that was asked for: no cookie for who never touched the switch."""
        asked = g.get("language") or request.args.get(ASKED)
        if asked in {language.code for language in self.known} and not is_for_machines(request.path):
            secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
            response.set_cookie(
                COOKIE, str(asked), max_age=_COOKIE_SECONDS, samesite="Lax", httponly=True, secure=secure
            )
        return response


def speak(code: str) -> None:
    """From here on this request is answered in that language, if it is known."""
    g.language = code
    refresh()


def spoken() -> str:
    """The language of this request, as facts carry it."""
    return str(_locale().language)


def say(text: str) -> str:
    """A sentence in the language of whoever reads this page; what no catalogue knows stays as it is."""
    return translated(text, _gettext, _number)


def is_translated(text: str) -> bool:
    """Whether it can be said in the reader's language: for marking what stays Indonesian."""
    return str(_locale()) == FIRST or isinstance(text, Sentence) or _gettext(text) != text


def here_in(code: str) -> str:
    """The address of this page in another language."""
    query = [(name, value) for name, value in request.args.items(multi=True) if name != ASKED]
    return f"{request.path}?{urlencode([*query, (ASKED, code)])}"


_gettext: Callable[[str], str] = gettext


def _locale() -> Locale:
    return get_locale() or Locale.parse(FIRST)


def _number(number: int) -> str:
    return numbers.format_decimal(number, locale=_locale())
