"""In which language a page speaks: asked for by `?lang=`, kept in a cookie, else what the browser asks for.

The sources are Indonesian; each folder in a service's `translations/` is one more language. Programs (API, SMS,
Open311) are always answered in the first language.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from babel.support import NullTranslations
from flask import Flask, Response, current_app, g, has_request_context, request
from flask.json.tag import JSONTag, TaggedJSONSerializer
from flask.sessions import SecureCookieSessionInterface
from flask_babel import Babel, get_domain, get_locale, gettext, refresh
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from shared.sentences import Sentence, Within, translated, within
from shared.web.errors import is_for_machines

FIRST = "id"
COOKIE = "tanggap_language"
ASKED = "lang"
_COOKIE_SECONDS = 365 * 24 * 3600
_AS_IT_STANDS = NullTranslations()
"""The catalogue of the first language: a sentence is made in it."""


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
    """`translations` is the folder of catalogues, `known` what is in it (`available`).

    Cookies know no ports, so each service's pages have a `cookie` of their own: what somebody chose on the public
    pages changes nothing at the desk.
    """

    zone: ZoneInfo
    known: tuple[Language, ...]
    translations: Path
    cookie: str = COOKIE

    def install(self, app: Flask) -> None:
        """Chooses a language for each request; filters and names for the templates; sessions that keep sentences.

        A sentence that a template prints, or puts into another one with `_()`, is said in the reader's language.
        `said` is for what comes as plain text (of `errors.py`, of a database), and before another filter.
        """
        app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(self.translations)
        Babel(app, default_locale=FIRST, locale_selector=self.choose)
        app.jinja_env.finalize = _printed
        app.jinja_env.globals["gettext"] = app.jinja_env.globals["_"] = _said_in_template
        app.jinja_env.filters.update(
            said=say, within=within, number=_number, local_time=self.local_time, local_date=self.local_date,
            local_moment=self.local_moment,
        )  # fmt: skip
        app.context_processor(self._names)
        app.after_request(self._remember)
        _keep_sentences(app)

    def choose(self) -> str:
        if not has_request_context() or is_for_machines(request.path):
            return FIRST
        codes = [language.code for language in self.known]
        for wanted in (g.get("language"), request.args.get(ASKED), request.cookies.get(self.cookie)):
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

    def local_moment(self, moment: datetime) -> str:
        """Short, for lists and tables: `24 Nov 2026, 09.15 WIB`; the hours always up to 24."""
        local, tongue = moment.astimezone(self.zone), _tongue()
        day = _day(local.date(), tongue.code)
        return f"{day}, {local.hour:02d}{tongue.time_separator}{local.minute:02d} {local.tzname()}"

    def _names(self) -> dict[str, object]:
        locale = _locale()
        return {
            "language": str(locale),
            "direction": locale.text_direction,
            "languages": self.known,
            "here_in": here_in,
        }

    def _remember(self, response: Response) -> Response:
        """Only a language that was asked for: no cookie for who never touched the switch."""
        asked = g.get("language") or request.args.get(ASKED)
        if asked in {language.code for language in self.known} and not is_for_machines(request.path):
            secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
            response.set_cookie(
                self.cookie, str(asked), max_age=_COOKIE_SECONDS, samesite="Lax", httponly=True, secure=secure
            )
        return response


def speak(code: str) -> None:
    """From here on this request is answered in that language, if it is known."""
    g.language = code
    g.pop("catalogue", None)
    g.pop("tongue", None)
    refresh()


def spoken() -> str:
    """The language of this request, as facts carry it."""
    return str(_locale().language)


def tongue() -> str:
    """The same as catalogues are named; for telling apart what was written in several languages."""
    return _tongue().code


def say(text: str) -> str:
    """A sentence in the language of whoever reads this page; what no catalogue knows stays as it is."""
    catalogue = _catalogue() if has_request_context() else None
    if catalogue is _AS_IT_STANDS:
        return str(text)
    if catalogue is not None and isinstance(text, Sentence) and not text.values:
        return _simple(catalogue, type(text), text.source)
    return translated(text, _gettext, _number)


def is_translated(text: str) -> bool:
    """Whether it can be said in the reader's language: for marking what stays Indonesian."""
    return str(_locale()) == FIRST or isinstance(text, Sentence) or _gettext(text) != text


def here_in(code: str) -> str:
    """The address of this page in another language."""
    query = [(name, value) for name, value in request.args.items(multi=True) if name != ASKED]
    return f"{request.path}?{urlencode([*query, (ASKED, code)])}"


def _gettext(text: str) -> str:
    """A page has hundreds of texts, so the catalogue is looked up once for each request."""
    said: str = _catalogue().ugettext(text) if has_request_context() else gettext(text)
    return said


def _catalogue() -> Any:
    here = vars(g._get_current_object())
    if "catalogue" not in here:
        here["catalogue"] = _AS_IT_STANDS if _tongue().code == FIRST else get_domain().get_translations()
    return here["catalogue"]


@dataclass(frozen=True)
class _Tongue:
    """Of a language, what a page needs hundreds of times and Babel makes anew each time."""

    code: str
    time_separator: str


def _tongue() -> _Tongue:
    """Looked up once for each request."""
    if not has_request_context():
        return _tongue_of(_locale())
    here = vars(g._get_current_object())
    if "tongue" not in here:
        here["tongue"] = _tongue_of(_locale())
    found: _Tongue = here["tongue"]
    return found


def _tongue_of(locale: Locale) -> _Tongue:
    return _Tongue(str(locale), locale.number_symbols["latn"].get("timeSeparator", ":"))


def _locale() -> Locale:
    return get_locale() or Locale.parse(FIRST)


def _number(number: float) -> str:
    """As people write it: 1.234,5 or 1,234.5."""
    return _written(number, _tongue().code)


@lru_cache(maxsize=4096)
def _day(day: date, language: str) -> str:
    return dates.format_date(day, format="d MMM y", locale=language)


@lru_cache(maxsize=4096)
def _written(number: float, language: str) -> str:
    return numbers.format_decimal(number, locale=language)


def _printed(value: object) -> object:
    return say(value) if isinstance(value, Sentence) else value


@pass_context
def _said_in_template(context: Context, source: str, /, **values: object) -> Any:
    """Jinja's `_()`, for sentences among its values too."""
    if not context.eval_ctx.autoescape:
        return _gettext(source) % {name: _printed(value) for name, value in values.items()}
    if not values and has_request_context():
        return _plain(_catalogue(), source)
    shown = {
        name: value if isinstance(value, int | float) else escape(_printed(value)) for name, value in values.items()
    }
    return Markup(_gettext(source) % shown)  # noqa: S704 - catalogues are ours; what is put in is escaped


# Catalogues live as long as the process, and most of what a page says has no values.
@lru_cache(maxsize=8192)
def _plain(catalogue: Any, source: str) -> Markup:
    return Markup(catalogue.ugettext(source) % {})  # noqa: S704 - catalogues are ours


@lru_cache(maxsize=8192)
def _simple(catalogue: Any, kind: type[Sentence], source: str) -> str:
    return kind.shaped(catalogue.ugettext(source))


class _SentenceTag(JSONTag):
    """Sessions carry a sentence (`flash`) with what it was made from: the next page may speak another language."""

    __slots__ = ()
    key = " said"

    def check(self, value: object) -> bool:
        return isinstance(value, Sentence)

    def to_json(self, value: Sentence) -> object:
        return self.serializer.tag([value.source, dict(value.values), isinstance(value, Within)])

    def to_python(self, value: tuple[str, dict[str, str | int], bool]) -> Sentence:
        source, values, is_within = value
        return (Within if is_within else Sentence)(source, values)


def _keep_sentences(app: Flask) -> None:
    if isinstance(app.session_interface, SecureCookieSessionInterface):
        serializer = TaggedJSONSerializer()
        serializer.register(_SentenceTag, index=0)
        app.session_interface.serializer = serializer
