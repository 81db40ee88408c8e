"""A text message that fits: what stands in the middle is shortened, ticket, code and link never. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from shared.gsm import segments, to_gsm
from shared.wording.parts import CUT_IN_SMS
from shared.wording.reading import MOST_SEGMENTS

_LENGTHS = (80, 60, 48, 40, 32, 26, 20, 16, 12, 8)
"""Tried in turn for each field that may be shortened, in signs."""

Write = Callable[[Mapping[str, Any]], str]


def fitted(write: Write, fields: Mapping[str, Any], *, gsm: bool) -> str:
    """The text in the GSM alphabet, or in UCS-2 where the language needs it, in `MOST_SEGMENTS` parts at most.

    A link for which there is no room beside ticket and code is left out as a whole.
    """
    for given in ({**fields}, {**fields, "link": ""}):
        for length in (None, *_LENGTHS):
            text = _one_line(write(_shortened(given, length)), gsm=gsm)
            if segments(text) <= MOST_SEGMENTS:
                return text
    return _cut(text, gsm=gsm)


def shortened(text: str, length: int) -> str:
    """Cut at a word, with a mark that it was."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"


def _shortened(fields: Mapping[str, Any], length: int | None) -> Mapping[str, Any]:
    if length is None:
        return fields
    short: dict[str, Any] = {name: shortened(fields[name], length) for name in CUT_IN_SMS if name in fields}
    if "news" in fields:
        short["news"] = [{**item, "agency": shortened(item["agency"], length)} for item in fields["news"]]
    return {**fields, **short}


def _one_line(text: str, *, gsm: bool) -> str:
    line = " ".join(text.split())
    return to_gsm(line) if gsm else unicodedata.normalize("NFC", line)


def _cut(text: str, *, gsm: bool) -> str:
    """The beginning, where ticket and code are; the wording of the pack is checked to leave room for them."""
    while segments(text) > MOST_SEGMENTS:
        text = text.rpartition(" ")[0] or text[:-1]
    return text
