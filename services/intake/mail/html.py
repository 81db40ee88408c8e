"""The words of an HTML mail. Pure, and never fails."""

from __future__ import annotations

from html import unescape

from inscriptis import get_text

_MOST_HTML_CHARACTERS = 400_000
_UNSEEN = ("script", "style", "title")


def html_to_text(html: str) -> str:
    """In lines as a reader sees them. Never raises."""
    html = html[:_MOST_HTML_CHARACTERS].replace("\x00", "")
    try:
        text = str(get_text(html))
    except Exception:  # noqa: BLE001 - markup beyond the converter
        text = ""
    return text if text.strip() else _bare_words(html)  # nesting beyond its parser gives nothing at all


def _bare_words(html: str) -> str:
    """What stands between tags, in one pass: a pattern would take the square of the time on hostile input."""
    first, *pieces = html.split("<")
    words, unseen = [first], ""
    for piece in pieces:
        tag, closed, after = piece.partition(">")
        name = tag.split(None, 1)[0].lower() if tag.strip() else ""
        if unseen:
            unseen = "" if name == f"/{unseen}" else unseen
        elif name in _UNSEEN:
            unseen = name
        if closed and not unseen:
            words.append(after)
    return unescape(" ".join(words))
