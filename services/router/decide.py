"""The decision: which agency a text belongs to, or why a person has to say.

Pure and deterministic: the same text, rule set, gazetteer and place give the same decision, in any process.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services.router.matcher import Hit, drop_shadowed
from services.router.negation import drop_negated
from services.router.places import Gazetteer, Place, Survey
from services.router.rules import RuleSet
from services.router.text import Word

ROUTED, TRIAGE, EMERGENCY = "routed", "triage", "emergency"
_ALTERNATIVES = 5


@dataclass(frozen=True, slots=True)
class Reason:
    """A phrase that counted. `start` and `end` are code points of the original text."""

    rule: str
    phrase: str
    start: int
    end: int
    weight: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "phrase": self.phrase,
            "start": self.start,
            "end": self.end,
            "weight": self.weight,
        }


@dataclass(frozen=True, slots=True)
class Alternative:
    agency: str
    score: int


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a text goes and why.

    `outcome` is `routed`, `triage` or `emergency`; `reason` is `matched` or `out_of_area` for the first and the last,
    and `no_content`, `no_match`, `weak` or `tie` for triage, where `agency` is None and `alternatives` hold the
    candidates, best first. `also` are agencies to be told too: those of other matters in the same text in their order,
    then those the rules name. `urgent` is not part of `as_dict`: it says that a rule asked for haste.
    """

    outcome: str
    reason: str
    ruleset: str
    agency: str | None = None
    also: tuple[str, ...] = ()
    score: int = 0
    margin: int = 0
    reasons: tuple[Reason, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    place: Place | None = None
    urgent: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The decision as it is stored and shown, made of JSON types."""
        place = self.place and {"kecamatan": self.place.kecamatan, "kelurahan": self.place.kelurahan or None}
        return {
            "outcome": self.outcome,
            "reason": self.reason,
            "agency": self.agency,
            "also": list(self.also),
            "score": self.score,
            "margin": self.margin,
            "reasons": [reason.as_dict() for reason in self.reasons],
            "alternatives": [{"agency": other.agency, "score": other.score} for other in self.alternatives],
            "place": place,
            "ruleset": self.ruleset,
        }


@dataclass(slots=True)
class _Candidate:
    agency: str
    score: int = 0
    emergency_score: int = 0
    hits: list[tuple[Hit, Reason]] = field(default_factory=list)
    rules: set[str] = field(default_factory=set)

    @property
    def first(self) -> int:
        return min(hit.first for hit, _ in self.hits)

    @property
    def surest(self) -> int:
        return max(reason.weight for _, reason in self.hits)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return tuple(reason for _, reason in self.hits)

    def shares_words_with(self, other: _Candidate) -> bool:
        return any(
            mine.first <= theirs.last and theirs.first <= mine.last for mine, _ in self.hits for theirs, _ in other.hits
        )


def decide(text: str, ruleset: RuleSet, gazetteer: Gazetteer, *, place: Place | None = None) -> Decision:
    """Decide one text. `place` is the place given by a form; it outweighs places in the text. Never raises."""
    words = ruleset.lexicon.read(text)
    survey = gazetteer.survey(words, ruleset.table)
    if place is not None:
        survey = replace(survey, place=place, outside="")
    if not any(ruleset.lexicon.is_content(word) for word in words):
        return Decision(TRIAGE, "no_content", ruleset.id, place=survey.place)
    ranked = _rank(_find_hits(words, survey, ruleset), words, ruleset)
    emergency = _emergency(ranked, ruleset)
    decision = _accept(EMERGENCY, emergency, ranked, ruleset) if emergency else _weigh(ranked, ruleset)
    return _localise(replace(decision, place=survey.place), survey, gazetteer)


def speaking_rules(text: str, ruleset: RuleSet, gazetteer: Gazetteer) -> frozenset[str]:
    """The rules that a text speaks for, whichever agency wins; silenced rules are not among them."""
    words = ruleset.lexicon.read(text)
    hits = _find_hits(words, gazetteer.survey(words, ruleset.table), ruleset)
    return frozenset(hit.phrase.rule for hit in hits) - {hit.phrase.rule for hit in hits if hit.phrase.veto}


def _find_hits(words: Sequence[Word], survey: Survey, ruleset: RuleSet) -> list[Hit]:
    visible = [index for index, word in enumerate(words) if not word.light and index not in survey.hidden]
    hits = drop_shadowed(ruleset.table.find(words, visible))
    return drop_negated(hits, words, ruleset.lexicon.spellings.negations)


def _rank(hits: list[Hit], words: Sequence[Word], ruleset: RuleSet) -> list[_Candidate]:
    """Agencies with what speaks for them, best first; the code breaks ties so that the order is always the same."""
    silenced = {hit.phrase.rule for hit in hits if hit.phrase.veto}
    found: dict[str, _Candidate] = {}
    for hit in _countable(hits):
        rule = ruleset.rules[hit.phrase.rule]
        if rule.id in silenced:
            continue
        candidate = found.setdefault(rule.agency, _Candidate(rule.agency))
        start, end = words[hit.first].start, words[hit.last].end
        candidate.hits.append((hit, Reason(rule.id, hit.phrase.text, start, end, hit.phrase.weight)))
        candidate.score += hit.phrase.weight
        candidate.emergency_score += hit.phrase.weight if rule.emergency else 0
        candidate.rules.add(rule.id)
    candidates = [candidate for candidate in found.values() if candidate.score > 0]
    return sorted(candidates, key=lambda candidate: (-candidate.score, candidate.agency))


def _countable(hits: Iterable[Hit]) -> list[Hit]:
    """Each phrase once, however often it is said, and one phrase of a rule for the same words."""
    phrases: set[tuple[str, str]] = set()
    spans: set[tuple[str, int, int]] = set()
    kept = []
    for hit in sorted(hits, key=lambda hit: (hit.first, hit.last, -abs(hit.phrase.weight), hit.phrase.text)):
        phrase, span = (hit.phrase.rule, hit.phrase.text), (hit.phrase.rule, hit.first, hit.last)
        if not hit.phrase.veto and phrase not in phrases and span not in spans:
            phrases.add(phrase)
            spans.add(span)
            kept.append(hit)
    return kept


def _emergency(ranked: list[_Candidate], ruleset: RuleSet) -> _Candidate | None:
    """An emergency does not compete: enough said of one outweighs any other matter."""
    urgent = [other for other in ranked if other.emergency_score >= ruleset.settings.minimum_score]
    return max(urgent, key=lambda other: (other.emergency_score, other.score), default=None)


def _weigh(ranked: list[_Candidate], ruleset: RuleSet) -> Decision:
    settings = ruleset.settings
    if not ranked:
        return Decision(TRIAGE, "no_match", ruleset.id)
    if ranked[0].score < settings.minimum_score:
        return _leave("weak", ranked, ruleset)
    tied = [other for other in ranked if ranked[0].score - other.score < settings.margin]
    if len(tied) == 1:
        return _accept(ROUTED, ranked[0], ranked, ruleset)
    separate = _separate(tied, ruleset)
    if separate:
        return _accept(ROUTED, min(tied, key=lambda other: other.first), ranked, ruleset)
    return _leave("tie", ranked, ruleset)


def _separate(tied: list[_Candidate], ruleset: RuleSet) -> bool:
    """Whether the tied are different matters in one text, rather than one matter two agencies could have.

    Each must be named by a phrase that is sure alone: hints that only add up are no matter of their own.
    """
    return all(other.surest >= ruleset.settings.also_score for other in tied) and not any(
        one.shares_words_with(other) for place, one in enumerate(tied) for other in tied[place + 1 :]
    )


def _accept(outcome: str, chosen: _Candidate, ranked: list[_Candidate], ruleset: RuleSet) -> Decision:
    others = [other for other in ranked if other is not chosen]
    matters = [
        other for other in others if other.score >= ruleset.settings.also_score and not other.shares_words_with(chosen)
    ]
    also = [other.agency for other in sorted(matters, key=lambda other: other.first)]
    also += sorted({agency for rule in chosen.rules for agency in ruleset.rules[rule].also})
    return Decision(
        outcome,
        "matched",
        ruleset.id,
        agency=chosen.agency,
        also=tuple(agency for agency in dict.fromkeys(also) if agency != chosen.agency),
        score=chosen.score,
        margin=chosen.score - max((other.score for other in others), default=0),
        reasons=chosen.reasons,
        alternatives=_alternatives(others),
        urgent=outcome == EMERGENCY or any(ruleset.rules[rule].urgent for rule in chosen.rules),
    )


def _leave(reason: str, ranked: list[_Candidate], ruleset: RuleSet) -> Decision:
    """Triage, with all that was found for the person who decides."""
    best, second = ranked[0], ranked[1].score if len(ranked) > 1 else 0
    shown = ranked[:_ALTERNATIVES]
    reasons = sorted(
        (reason for candidate in shown for reason in candidate.reasons),
        key=lambda reason: (reason.start, reason.end, reason.rule),
    )
    return Decision(
        TRIAGE,
        reason,
        ruleset.id,
        score=best.score,
        margin=best.score - second,
        reasons=tuple(reasons),
        alternatives=_alternatives(ranked),
        urgent=any(ruleset.rules[rule].urgent for candidate in shown for rule in candidate.rules),
    )


def _alternatives(candidates: list[_Candidate]) -> tuple[Alternative, ...]:
    return tuple(Alternative(other.agency, other.score) for other in candidates[:_ALTERNATIVES])


def _localise(decision: Decision, survey: Survey, gazetteer: Gazetteer) -> Decision:
    """Work that ends at the border goes to the neighbour beyond it; a place's office is that of the level known."""
    if decision.agency in gazetteer.territorial and survey.outside:
        if decision.outcome == EMERGENCY:
            return replace(decision, also=(survey.outside, *decision.also))
        return replace(decision, agency=survey.outside, reason="out_of_area", also=())
    kelurahan, kecamatan = gazetteer.offices.get("kelurahan"), gazetteer.offices.get("kecamatan")
    only_kecamatan = survey.place is not None and not survey.place.kelurahan
    if kecamatan and decision.agency == kelurahan and only_kecamatan:
        return replace(decision, agency=kecamatan, also=tuple(other for other in decision.also if other != kecamatan))
    return decision
