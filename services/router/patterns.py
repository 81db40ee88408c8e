"""Regular expressions of rules, run by RE2, whose time is linear in the text whatever the expression.

The only file that knows the library. RE2 has no look-around and no back-references: exactly what could take for ever.
"""

from __future__ import annotations

from collections.abc import Mapping

import re2

# A complaint's identifiers and amounts stand early; this and the memory limit bound the time of one expression.
SEARCHED_CHARACTERS = 10_000
LONGEST_EXPRESSION = 200
_MEMORY_BYTES = 1 << 20


class BadPattern(ValueError):
    """`str` says what is wrong with the expression."""


class PatternBook:
    """Expressions compiled once. Capitals and small letters are equal to them."""

    def __init__(self, expressions: Mapping[str, object] | tuple[str, ...] = ()) -> None:
        self._compiled = {expression: _compile(expression) for expression in sorted(expressions)}

    def span(self, expression: str, text: str) -> tuple[int, int] | None:
        """Where the expression is found first, in code points of `text`."""
        searched = text[:SEARCHED_CHARACTERS].encode("utf-8", "replace").decode()
        found = self._compiled[expression].search(searched)
        return None if found is None or found.start() == found.end() else (found.start(), found.end())


def check_pattern(expression: str) -> None:
    """Raises `BadPattern` for an expression that cannot be used."""
    _compile(expression)


def _compile(expression: str) -> re2._Regexp:
    if len(expression) > LONGEST_EXPRESSION:
        raise BadPattern(f"It is longer than {LONGEST_EXPRESSION} characters.")
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MEMORY_BYTES
    try:
        compiled = re2.compile(expression.encode("utf-8", "replace").decode(), options)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        raise BadPattern(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)) from None
    if compiled.search("") is not None:
        raise BadPattern("It matches the empty text, so it would match always.")
    return compiled
