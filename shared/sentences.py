"""Sentences for people that can be said in another language later. Pure.

Whoever makes a sentence knows no reader: it is Indonesian text like any other, for JSON, SMS and logs. It remembers
what it was made from, so that a page can say it in the language of whoever reads it (`languages.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

Value = str | int


class Sentence(str):
    """`source` is the Indonesian text with places for `values` (`%(name)s`), and what catalogues translate."""

    source: str
    values: Mapping[str, Value]

    def __new__(cls, source: str, values: Mapping[str, Value]) -> Sentence:
        made = super().__new__(cls, cls.shaped(filled(source, values, counted)))
        made.source = source
        made.values = dict(values)
        return made

    @staticmethod
    def shaped(text: str) -> str:
        """The last touch, in whichever language."""
        return text


class Within(Sentence):
    """It begins with a small letter, unless its first word is a name or a short form (SMS, WhatsApp, Open311)."""

    @staticmethod
    def shaped(text: str) -> str:
        first = text.split(" ", 1)[0]
        is_name = any(sign.isupper() or sign.isdigit() for sign in first[1:])
        return text if is_name else text[:1].lower() + text[1:]


class Note(Sentence):
    """A sentence of the timeline; `fields` is what it says in words of the program, for later languages."""

    fields: Mapping[str, str]

    @staticmethod
    def of(said: Sentence, **fields: str) -> Note:
        made = Note(said.source, said.values)
        made.fields = fields
        return made


def sentence(source: str, **values: Value) -> Sentence:
    """Catalogues find the sources by this name, so it is given a literal text."""
    return Sentence(source, values)


def within(text: str) -> str:
    """A word or sentence of its own, as it stands inside another one."""
    return Within(text.source, text.values) if isinstance(text, Sentence) else Within.shaped(text)


def counted(number: int) -> str:
    """10000 as people here write it: 10.000."""
    return f"{number:,}".replace(",", ".")


def filled(source: str, values: Mapping[str, Value], write_number: Callable[[int], str]) -> str:
    if not values:
        return source
    return source % {name: write_number(value) if isinstance(value, int) else value for name, value in values.items()}


def translated(text: str, translate: Callable[[str], str], write_number: Callable[[int], str]) -> str:
    """A sentence in another language, the sentences among its values too; any other text as `translate` has it."""
    if not isinstance(text, Sentence):
        return translate(text) if text else text
    values = {
        name: translated(value, translate, write_number) if isinstance(value, Sentence) else value
        for name, value in text.values.items()
    }
    return text.shaped(filled(translate(text.source), values, write_number))
