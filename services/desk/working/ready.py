"""The city's ready-made texts for one case: which fit, and with its ticket, place, agency and deadline put in. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.desk.cases.case import Case
from shared.city_answers import ARCHIVE, CityAnswers, ReadyText, holes_of

FIRST, ENGLISH = "id", "en"
_BLANK = re.compile(r"\[[^\[\]\n]{1,80}\]")


@dataclass(frozen=True)
class Offered:
    """`key` names it in a form; `text` is as it would be put into the field. `why`: reasons of archiving, sorted."""

    key: str
    title: str
    text: str
    language: str = FIRST
    why: tuple[str, ...] = ()


Values = Mapping[str, str]


def texts_for(answers: CityAnswers, case: Case, use: str, values: Mapping[str, Values]) -> tuple[Offered, ...]:
    """Those that fit, in the order of the pack, each in English beside it where there is one.

    `values` are what is known for the placeholders, by language; a text that needs more is left out. Of the agency's
    own first.
    """
    fitting = [text for text in answers.texts if _fits(text, case, use)]
    fitting.sort(key=lambda text: not text.agencies)
    return tuple(offer for text in fitting for offer in _offers(text, values))


def one(offers: tuple[Offered, ...], key: str) -> Offered | None:
    return next((offer for offer in offers if offer.key == key), None)


def unfilled(answers: CityAnswers, text: str) -> tuple[str, ...]:
    """The marks of ready-made texts (`[tanggal]`) that still stand in it, each once; other brackets are nobody's."""
    marks = {mark for ready in answers.texts for mark in _BLANK.findall(ready.text) + _BLANK.findall(ready.text_en)}
    return tuple(dict.fromkeys(mark for mark in _BLANK.findall(text) if mark in marks))


def _fits(text: ReadyText, case: Case, use: str) -> bool:
    if use not in text.uses:
        return False
    if text.agencies and case.agency not in text.agencies:
        return False
    return not text.kinds or case.kind in text.kinds


def _offers(text: ReadyText, values: Mapping[str, Values]) -> Iterator[Offered]:
    why = tuple(sorted(text.why)) if ARCHIVE in text.uses else ()
    if holes_of(text.text) <= values[FIRST].keys():
        yield Offered(text.id, text.title, _filled(text.text, values[FIRST]), why=why)
    if text.text_en and holes_of(text.text_en) <= values[ENGLISH].keys():
        title = text.title_en or text.title
        yield Offered(f"{text.id}:{ENGLISH}", title, _filled(text.text_en, values[ENGLISH]), ENGLISH, why)


def _filled(text: str, values: Values) -> str:
    """In one go: what is put in is not read again for placeholders."""
    return re.sub(r"\{(\w+)\}", lambda hole: values[hole.group(1)], text)
