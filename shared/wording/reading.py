"""Reading the wording of a pack, and filling it in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, StrictUndefined, TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment

from shared.citypack import PackError
from shared.errors import TanggapError
from shared.gsm import has_likeness, segments, to_gsm
from shared.marked_yaml import Problem, read_section
from shared.wording.checking import check_templates
from shared.wording.parts import FILES, HTML, LAYOUT, MESSAGES, SHARED, SMS, SUBJECT, TEXT, Part
from shared.wording.phrases import PHRASES, Phrases, read_phrases

MOST_SIGNS: Mapping[str, int] = {SUBJECT: 1_000, SMS: 2_000, TEXT: 1_000_000, HTML: 2_000_000}
"""What a part may grow to when it is filled in."""

MOST_SEGMENTS = 2
"""Of a text message, in the alphabet that the language needs."""

_FRAME = SHARED[LAYOUT].may
_COUNTS = frozenset({"attachments", "photos", "assignment"})


class WordingTooLong(TanggapError):
    """A message grew beyond all bounds when it was filled in."""

    code = "wording_too_long"


_BY_SMS = tuple(message for message, parts in MESSAGES.items() if SMS in parts)


@dataclass(frozen=True)
class Wording:
    """How one language says everything. Safe to use by several threads."""

    language: str
    phrases: Phrases
    _plain: SandboxedEnvironment = field(repr=False)
    _html: SandboxedEnvironment = field(repr=False)

    def render(self, message: str, part: str, fields: Mapping[str, Any]) -> str:
        """Raises `KeyError` for an unknown part, `WordingTooLong`, and jinja2's `UndefinedError` when a used field is
        not given."""
        may = MESSAGES[message][part].may | (_FRAME if part == HTML else frozenset())
        environment = self._html if part == HTML else self._plain
        given = {name: value for name, value in fields.items() if name in may}
        template = environment.get_template(f"{message}.{part}")
        pieces, signs = [], 0
        for piece in template.root_render_func(template.new_context(given)):  # `generate` costs a fifth more
            signs += len(piece)
            if signs > MOST_SIGNS[part]:
                raise WordingTooLong(f"{message}.{part} grew beyond {MOST_SIGNS[part]} signs")
            pieces.append(piece)
        return "".join(pieces).strip("\n")

    @cached_property
    def fits_gsm(self) -> bool:
        """Whether its text messages can be read in the GSM alphabet: else they are sent in UCS-2, which holds less."""
        return all(has_likeness(text) for text in self._sms_words())

    def _sms_words(self) -> Iterable[str]:
        for message in _BY_SMS:
            source = self._plain.loader.get_source(self._plain, f"{message}.{SMS}")[0] if self._plain.loader else ""
            yield from (data.data for data in self._plain.parse(source).find_all(nodes.TemplateData))
        yield from (*self.phrases.kinds.values(), self.phrases.moment, *self.phrases.months, *self.phrases.weekdays)


@dataclass(frozen=True)
class Wordings:
    """Every language of a city; its own is the first."""

    by_language: Mapping[str, Wording]

    def of(self, language: str) -> Wording:
        """In the city's own language where there is no wording in this one, or none is said."""
        return self.by_language.get(language) or next(iter(self.by_language.values()))


def load_wordings(directory: Path, languages: Iterable[str]) -> Wordings:
    """Reads `wording/`, the city's own language first. Raises `PackError` naming every problem of every language."""
    read = {language: _read(directory / language, f"{language}/") for language in languages}
    problems = list(dict.fromkeys(problem for _, found in read.values() for problem in found))
    if problems:
        raise PackError(tuple(problems))
    return Wordings({language: wording for language, (wording, _) in read.items()})


def load_wording(directory: Path) -> Wording:
    """Reads `wording/<language>`. Raises `PackError` naming every problem of every file."""
    wording, problems = _read(directory)
    if problems:
        raise PackError(tuple(problems))
    return wording


def wording_problems(directory: Path, language: str) -> list[Problem]:
    """What is wrong with one language, by file below `wording/`, and line."""
    return _read(directory / language, f"{language}/")[1]


def _read(directory: Path, prefix: str = "") -> tuple[Wording, list[Problem]]:
    problems: list[Problem] = []
    sources = {name: _contents(directory, name, problems) for name in FILES}
    sources |= {name: _contents(_holder(directory, name), name, problems) for name in SHARED}
    phrases = read_phrases(read_section(PHRASES, _contents(directory, PHRASES, problems) or "", problems))
    readable = {name: source for name, source in sources.items() if source is not None}
    plain, html = _environment(readable, escape=False), _environment(readable, escape=True)
    problems += check_templates(plain, readable)
    problems += _strangers(directory)
    wording = Wording(directory.name, phrases, plain, html)
    if not problems:
        problems += _trial(wording)
    named = [Problem(_shown(directory, prefix, one.file), one.line, one.what, one.instead) for one in problems]
    return wording, sorted(named, key=lambda one: (one.file, one.line))


def _holder(directory: Path, name: str) -> Path:
    """What all mails share lies beside the languages; a language may have its own."""
    return directory if (directory / name).exists() else directory.parent


def _shown(directory: Path, prefix: str, name: str) -> str:
    """The file's name below `wording/`."""
    return name if name in SHARED and _holder(directory, name) != directory else prefix + name


def _contents(directory: Path, name: str, problems: list[Problem]) -> str | None:
    try:
        return (directory / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problems.append(Problem(name, 0, f"The file cannot be read ({type(error).__name__}).", f"Look in {directory}."))
        return None


def _strangers(directory: Path) -> list[Problem]:
    """Files that nothing reads: most likely a misspelt name."""
    known = {*SHARED, *FILES, PHRASES}
    found = sorted(path.name for path in directory.glob("*") if not path.name.startswith("."))
    return [
        Problem(name, 0, "There is no message of this name.", "Rename it, or remove it.")
        for name in found
        if name not in known
    ]


def _environment(sources: Mapping[str, str], *, escape: bool) -> SandboxedEnvironment:
    """`autoescape` is for HTML only: in plain mails and text messages `&` is to stay `&`."""
    environment = SandboxedEnvironment(
        loader=DictLoader(dict(sources)),
        undefined=StrictUndefined,
        autoescape=escape,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.clear()
    return environment


def _trial(wording: Wording) -> list[Problem]:
    """Each part filled in once with everything and once with as little as can be."""
    problems = []
    for name, part in FILES.items():
        message, _, kind = name.partition(".")
        for fields in (_everything(part), _nothing(part)):
            try:
                wording.render(message, kind, fields)
            except (TemplateError, TanggapError, TypeError, ValueError, RecursionError, SyntaxError) as error:
                problems.append(
                    Problem(name, 0, f"It cannot be filled in: {error}.", "Look at what it does with fields.")
                )
                break
    too_long = [_longest_sms(wording, message) for message in _BY_SMS] if not problems else []
    return [*problems, *(one for one in too_long if one is not None)]


def _longest_sms(wording: Wording, message: str) -> Problem | None:
    """Ticket, code and numbers of usual length have to fit into two text messages, whatever else is shortened."""
    part, long = MESSAGES[message][SMS], "x" * 8
    lists = {name: [_item(attributes)] for name, attributes in part.lists.items()}
    usual = {
        "ticket": "ABC-0000-0000", "tracking_code": "00000-00000", "code": "000000", "link": "", "until": "x" * 20,
        "noticed_at": "x" * 50, "emergency_numbers": [{"number": "112", "label": ""}] * 5,
    }  # fmt: skip
    text = " ".join(wording.render(message, SMS, {**dict.fromkeys(part.may, long), **lists, **usual}).split())
    count = segments(to_gsm(text) if wording.fits_gsm else text)
    if count <= MOST_SEGMENTS:
        return None
    what = f"It takes {count} text messages even without its link."
    return Problem(f"{message}.{SMS}", 1, what, f"Shorten it: {MOST_SEGMENTS} is the most.")


def _everything(part: Part) -> dict[str, Any]:
    lists = {name: [_item(attributes)] * 2 for name, attributes in part.lists.items()}
    return {**{name: 1 if name in _COUNTS else "x" for name in part.may | _FRAME}, **lists}


def _nothing(part: Part) -> dict[str, Any]:
    lists: dict[str, Any] = {name: [] for name in part.lists}
    return {**{name: 0 if name in _COUNTS else "" for name in part.may | _FRAME}, **lists}


def _item(attributes: frozenset[str]) -> Any:
    return {name: 1 if name in _COUNTS else "x" for name in attributes} if attributes else "x"
