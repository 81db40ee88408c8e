"""`when:` of a rule, read from its file."""

from __future__ import annotations

import re
from collections.abc import Callable

from services.router.conditions import AllOf, AnyOf, Condition, Fact, Hours, Near, Not, Pattern, Words
from services.router.patterns import BadPattern, check_pattern
from services.router.phrases import BadPhrase
from shared.marked_yaml import Section, as_integer

FACTS = ("channel", "kind", "kecamatan", "kelurahan")
DEEPEST = 6
MOST_PARTS = 200
FARTHEST = 20
_HOURS = re.compile(r"([01]?\d|2[0-4])[:.]([0-5]\d)\s*(?:-|–|s/d|sampai)\s*([01]?\d|2[0-4])[:.]([0-5]\d)")
CheckPhrase = Callable[[str], object]


class ConditionReader:
    """Reads one rule's `when:`; mistakes go to the section's problems. `check` raises `BadPhrase` for a bad phrase."""

    def __init__(self, check: CheckPhrase) -> None:
        self._check = check
        self._parts = 0

    def read(self, part: Section) -> Condition | None:
        """All that the mapping asks for; None when it asks for nothing."""
        return self._mapping(part, 1)

    def _mapping(self, part: Section, depth: int) -> Condition | None:
        self._parts += 1
        if depth > DEEPEST or self._parts > MOST_PARTS:
            if self._parts <= MOST_PARTS + 1:
                part.complain("The condition is too deep or too long.", f"Use at most {DEEPEST} levels.")
            return None
        found: list[Condition] = []
        all_of, any_of, none_of = (self._list(part, key, depth) for key in ("all", "any", "not"))
        found += all_of
        found += [AnyOf(tuple(any_of))] if any_of else []
        found += [Not(AnyOf(tuple(none_of)))] if none_of else []
        found += self._near(part)
        for name in FACTS:
            values = frozenset(text.lower() for text in part.texts(name))
            found += [Fact(name, values)] if values else []
        found += self._hours(part)
        found += self._pattern(part)
        part.finish()
        if not found:
            part.complain(
                "The condition says nothing.", "Write `all:`, `any:`, `not:` or `near:` and phrases below it."
            )
            return None
        return found[0] if len(found) == 1 else AllOf(tuple(found))

    def _list(self, part: Section, key: str, depth: int) -> list[Condition]:
        found: list[Condition] = []
        for item in part.mixed(key):
            if isinstance(item, Section):
                inner = self._mapping(item, depth + 1)
                found += [inner] if inner is not None else []
            elif self._is_good(item[0], item[1], part):
                found.append(Words(item[0]))
        return found

    def _near(self, part: Section) -> list[Condition]:
        if "near" not in part.entries:
            part.section("near")
            return []
        inner = part.section("near")
        within = as_integer(inner.text("within")) or 0
        words, other = inner.lined_texts("words", required=True), inner.lined_texts("to")
        inner.finish()
        if not 1 <= within <= FARTHEST:
            inner.complain(f"`within` should be a number of words from 1 to {FARTHEST}.", "Write `within: 5`.")
        if len(words) < 2 and not other:
            inner.complain("`near` needs two phrases or more.", "Write `words: [pohon, kabel]`, or add `to: [kabel]`.")
        good = [self._is_good(text, line, inner) for text, line in (*words, *other)]
        if not all(good) or within < 1 or (len(words) < 2 and not other):
            return []
        groups = [words, other] if other else [[word] for word in words]
        return [Near(tuple(tuple(text for text, _ in group) for group in groups), within)]

    def _hours(self, part: Section) -> list[Condition]:
        written = part.text("hours", required=False)
        if not written:
            return []
        found = _HOURS.fullmatch(written)
        if found is None:
            part.complain(f"`hours: {written}` is not a span of the day.", 'Write `hours: "22:00-05:00"`.')
            return []
        hour, minute, end_hour, end_minute = (int(number) for number in found.groups())
        return [Hours(hour * 60 + minute, end_hour * 60 + end_minute)]

    def _pattern(self, part: Section) -> list[Condition]:
        written = part.text("pattern", required=False)
        if not written:
            return []
        try:
            check_pattern(written)
        except BadPattern as problem:
            part.complain(f"The pattern `{written}` cannot be used: {problem}", "Use phrases where you can.")
            return []
        return [Pattern(written)]

    def _is_good(self, text: str, line: int, part: Section) -> bool:
        try:
            self._check(text)
        except BadPhrase as problem:
            part.complain(str(problem), problem.instead, line)
            return False
        return True
