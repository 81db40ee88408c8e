"""What the rules find in a text: the phrases that count, once shadows, silence, conditions and negation have spoken."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate

from services.router.conditions import Facts, Scene
from services.router.matcher import drop_shadowed
from services.router.phrases import CONDITION, IDIOM, SCORE, THANKS, UNLESS, VETO, Hit, Phrase
from services.router.places import Place, Survey
from services.router.rule import LONGEST
from services.router.rules import RuleSet
from services.router.text import STOP, Reading

_BEHIND_ALL_PHRASES = 1 << 40


@dataclass(slots=True)
class Finding:
    """`hits` are in order of place. `thanks` and `unless`: words of thanks, and words that such a text does not hold.

    Phrases that begin before word number `opening` count double.
    """

    hits: list[Hit] = field(default_factory=list)
    opening: int = 0
    thanks: bool = False
    unless: bool = False


@dataclass(slots=True)
class Message:
    """A text as it was read, with what is known beside it."""

    text: str
    reading: Reading
    survey: Survey
    facts: Facts


def find(ruleset: RuleSet, message: Message) -> Finding:
    """Everything in the text that counts for some agency."""
    found = Finding()
    longest = ruleset.settings.overlap == LONGEST
    hits, asides, settled = _look(ruleset, message, longest)
    silent: set[str] = set()
    if asides:
        kinds = {hit[3].kind for hit in asides}
        found.thanks, found.unless = THANKS in kinds, UNLESS in kinds
        silent = {hit[3].rule for hit in asides if hit[3].kind == VETO}
    if ruleset.conditional:
        speaking = {hit[3].rule for hit in hits}.union(ruleset.with_patterns)
        asked = (speaking & ruleset.conditional) - silent
        silent |= _failing(asked, asides, ruleset, message) if asked else set()
    if ruleset.with_patterns:
        more = list(_pattern_hits(ruleset, message))
        hits, settled = hits + more, settled and not more
    if silent:
        hits = [hit for hit in hits if hit[3].rule not in silent]
    idioms = [hit for hit in hits if hit[3].kind == IDIOM] if ruleset.has_idioms else []
    if ruleset.settings.opening_words:
        found.opening = _end_of_opening(message, ruleset.settings.opening_words)
    if not longest:
        hits = sorted(hit for hit in hits if hit[3].kind != IDIOM)
    elif not settled:
        hits = drop_shadowed(hits)
    found.hits = ruleset.negations.drop_negated(hits, idioms, message.reading, message.survey.hidden)
    return found


def _look(ruleset: RuleSet, message: Message, longest: bool) -> tuple[list[Hit], list[Hit], bool]:
    """As `PhraseTable.find`: every phrase, unless only the longest count and no rule is silent, which hides nothing."""
    if longest and not ruleset.conditional:
        found = ruleset.table.find(message.reading, message.survey, every_one=False)
        if not any(hit[3].kind == VETO for hit in found[1]):
            return found
    return ruleset.table.find(message.reading, message.survey)


def _end_of_opening(message: Message, count: int) -> int:
    """The number of the word behind the first `count` words that rules can see."""
    hidden = message.survey.hidden
    for index, token in enumerate(message.reading.tokens):
        if not token.light and index not in hidden:
            count -= 1
            if not count:
                return index + 1
    return len(message.reading.tokens)


def _failing(asked: Iterable[str], asides: list[Hit], ruleset: RuleSet, message: Message) -> set[str]:
    """The rules among `asked` whose condition does not hold."""
    spans: dict[str, dict[str, list[tuple[int, int]]]] = {}
    for first, last, _, phrase in sorted(asides):
        if phrase.kind == CONDITION:
            spans.setdefault(phrase.rule, {}).setdefault(phrase.text, []).append((first, -last))
    place: Place | None = message.survey.place
    known = {
        "channel": message.facts.channel,
        "kind": message.facts.kind,
        "kecamatan": place.kecamatan if place else "",
        "kelurahan": place.kelurahan if place else "",
    }
    sentences = list(accumulate(gap == STOP for gap in message.reading.gaps))

    def matches(expression: str) -> bool:
        return ruleset.patterns.span(expression, message.text) is not None

    def holds(name: str) -> bool:
        when = ruleset.rules[name].when
        scene = Scene(spans.get(name, {}), sentences, known, message.facts.minute, matches)
        return when is None or when.holds(scene)

    return {name for name in asked if not holds(name)}


def _pattern_hits(ruleset: RuleSet, message: Message) -> Iterable[Hit]:
    """What regular expressions find, as the words that it touches; an expression counts where it is found first."""
    starts, ends = message.reading.starts, message.reading.ends
    rank = _BEHIND_ALL_PHRASES
    for name in ruleset.with_patterns:
        rule = ruleset.rules[name]
        for expression, weight in sorted(rule.patterns.items()):
            span = ruleset.patterns.span(expression, message.text)
            if span is not None:
                first = min(bisect_right(ends, span[0]), len(ends) - 1)
                last = max(bisect_left(starts, span[1]) - 1, first)
                rank += 1
                yield first, -last, rank, Phrase(f"/{expression}/", (), SCORE, rule.id, rule.agency, weight)
