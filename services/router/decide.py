"""The decision: which agency a text belongs to, or why a person has to say.

Pure and deterministic: the same text, rule set, gazetteer, place and facts give the same decision, in any process and
whatever was decided before.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.router.conditions import Facts
from services.router.decision import EMERGENCY, ROUTED, TRIAGE, Alternative, Decision, Part, Reason
from services.router.finding import Message, find
from services.router.parts import in_different_clauses, take_apart
from services.router.places import Gazetteer, Place, Survey
from services.router.rules import RuleSet
from services.router.scoring import Candidate, rank, score
from services.router.stretching import stretch
from services.router.text import Reading

__all__ = ["EMERGENCY", "ROUTED", "TRIAGE", "Alternative", "Decision", "Facts", "Part", "Reason", "decide"]

_ALTERNATIVES = 5
_MOST_MATTERS = 4
_DONE_REACH = 2
NO_FACTS = Facts()


@dataclass(slots=True)
class _Case:
    """One text with all that is known about it."""

    ruleset: RuleSet
    gazetteer: Gazetteer
    reading: Reading
    survey: Survey
    ranked: list[Candidate]
    opening: int
    stretch: float = 1.0


def decide(
    text: str, ruleset: RuleSet, gazetteer: Gazetteer, *, place: Place | None = None, facts: Facts = NO_FACTS
) -> Decision:
    """Decide one text. `place` is the place given by a form; it outweighs places in the text. Never raises."""
    reading = ruleset.lexicon.scan(text)
    survey = gazetteer.survey(reading, text)
    if place is not None:
        survey.place, survey.outside = place, ()
    if True not in [token.content for token in reading.tokens]:
        reason = "thanks_only" if _thanks_words(reading, ruleset) else "no_content"
        return Decision(TRIAGE, reason, ruleset.id, place=survey.place)
    finding = find(ruleset, Message(text, reading, survey, facts))
    case = _Case(ruleset, gazetteer, reading, survey, rank(finding, ruleset), finding.opening)
    if ruleset.settings.margin_words:
        case.stretch = stretch(max(_count_words(reading, survey), 1), ruleset.settings.margin_words)
    emergency = _emergency(case)
    if emergency is not None:
        return _accept(EMERGENCY, emergency, case)
    if finding.thanks and not finding.unless and _is_thanks(case):
        return _leave("thanks_only", case)
    return _weigh(case)


def speaking_rules(text: str, ruleset: RuleSet, gazetteer: Gazetteer, facts: Facts = NO_FACTS) -> frozenset[str]:
    """The rules that a text speaks for, whichever agency wins; silenced rules are not among them."""
    reading = ruleset.lexicon.scan(text)
    finding = find(ruleset, Message(text, reading, gazetteer.survey(reading, text), facts))
    return frozenset(hit[3].rule for hit in finding.hits)


def score_agencies(
    text: str, ruleset: RuleSet, gazetteer: Gazetteer, *, place: Place | None = None, facts: Facts = NO_FACTS
) -> dict[str, int]:
    """The score of every agency that has a phrase in the text or a bias, also scores that no decision considers."""
    reading = ruleset.lexicon.scan(text)
    survey = gazetteer.survey(reading, text)
    survey.place = place or survey.place
    found = score(find(ruleset, Message(text, reading, survey, facts)), ruleset)
    return {**ruleset.bias, **{candidate.agency: candidate.score for candidate in found}}


def _count_words(reading: Reading, survey: Survey) -> int:
    """How many words rules can see."""
    return sum(1 for index, token in enumerate(reading.tokens) if not token.light and index not in survey.hidden)


def _emergency(case: _Case) -> Candidate | None:
    """An emergency does not compete: one that is sure outweighs any other matter. A mere hint of one does compete."""
    if not case.ruleset.emergencies:
        return None
    urgent = [other for other in case.ranked if other.emergency_score >= case.ruleset.settings.also_score]
    return max(urgent, key=lambda other: (other.emergency_score, other.score), default=None)


def _thanks_words(reading: Reading, ruleset: RuleSet) -> bool:
    return bool(ruleset.thanks_words.intersection(token.text for token in reading.tokens))


def _is_thanks(case: _Case) -> bool:
    """Nothing but thanks, or thanks for something that is said to be done."""
    if not case.ranked:
        return True
    thanks, tokens = case.ruleset.thanks, case.reading.tokens
    return any(
        token.text in thanks.done
        and any(
            form in thanks.resolved for other in tokens[index + 1 : index + 1 + _DONE_REACH] for form in other.forms
        )
        for index, token in enumerate(tokens)
    )


def _weigh(case: _Case) -> Decision:
    settings, ranked = case.ruleset.settings, case.ranked
    if not ranked:
        return _leave("no_match", case)
    best = ranked[0]
    if best.score < settings.minimum_score * case.stretch:
        return _leave("weak", case)
    tied = _tied(ranked, settings.margin * case.stretch)
    if len(tied) == 1:
        return _accept(ROUTED, best, case)
    if _share_words(tied):
        return _leave("tie", case)
    if all(other.surest >= settings.also_score for other in tied):
        # Different matters, each named by a phrase that is sure alone: the first goes, the others are told.
        return _accept(ROUTED, min(tied, key=lambda other: other.first), case)
    return _leave("several_topics" if in_different_clauses(tied, case.reading) else "tie", case)


def _tied(ranked: list[Candidate], margin: float) -> list[Candidate]:
    """The best, and those that are as good: they follow it directly."""
    best, number = ranked[0], 1
    for other in ranked[1:]:
        if other.priority != best.priority or best.score - other.score >= margin:
            break
        number += 1
    return ranked[:number]


def _share_words(candidates: list[Candidate]) -> bool:
    return any(
        one.shares_words_with(other) for place, one in enumerate(candidates) for other in candidates[place + 1 :]
    )


def _other_matters(chosen: Candidate, others: list[Candidate], also_score: int) -> list[Candidate]:
    """The best of those that are sure and about other words; a text of more matters is for no agency to sort out."""
    matters: list[Candidate] = []
    for other in others:
        if other.score >= also_score and not other.shares_words_with(chosen):
            matters.append(other)
            if len(matters) == _MOST_MATTERS:
                break
    return matters


def _accept(outcome: str, chosen: Candidate, case: _Case) -> Decision:
    ruleset, survey = case.ruleset, case.survey
    ranked = case.ranked
    others = ranked[1:] if chosen is ranked[0] else [other for other in ranked if other is not chosen]
    matters = _other_matters(chosen, others, ruleset.settings.also_score)
    if len(matters) > 1:
        matters.sort(key=lambda other: (other.first, other.agency))
    also = [other.agency for other in matters]
    told_more = ruleset.consequential.intersection(chosen.rules) if ruleset.consequential else ()
    rules = [ruleset.rules[name] for name in told_more]
    also += sorted({agency for rule in rules for agency in rule.also}) if rules else []
    agency, told, reason = _localise(outcome, chosen.agency, also, case)
    if reason == "out_of_area" and agency is None:
        return _leave(reason, case)
    return Decision(
        outcome,
        reason,
        ruleset.id,
        agency=agency,
        also=tuple(other for other in dict.fromkeys(told) if other != agency),
        score=chosen.score,
        margin=chosen.score - _best_score(others, ruleset),
        reasons=tuple(chosen.reasons(case.reading, case.opening)),
        alternatives=tuple([Alternative(other.agency, other.score) for other in others[:_ALTERNATIVES]]),
        place=survey.place,
        urgent=outcome == EMERGENCY or any(rule.urgent for rule in rules),
        parts=take_apart([chosen, *matters], case.reading) if matters else (),
        stretch=case.stretch,
    )


def _best_score(ranked: list[Candidate], ruleset: RuleSet) -> int:
    """The best score of candidates in their order, which is that of scores unless rules have priorities."""
    if not ruleset.has_priorities:
        return ranked[0].score if ranked else 0
    return max([other.score for other in ranked], default=0)


def _localise(outcome: str, agency: str, also: list[str], case: _Case) -> tuple[str | None, list[str], str]:
    """Work that ends at the border goes to the neighbour beyond it; a place's office is that of the level known."""
    gazetteer, survey = case.gazetteer, case.survey
    if survey.outside and agency in gazetteer.territorial:
        if outcome == EMERGENCY:
            return agency, [*survey.outside, *also], "matched"
        return (survey.outside[0] if len(survey.outside) == 1 else None), [], "out_of_area"
    kelurahan, kecamatan = gazetteer.offices.get("kelurahan"), gazetteer.offices.get("kecamatan")
    only_kecamatan = survey.place is not None and not survey.place.kelurahan
    if kecamatan and agency == kelurahan and only_kecamatan:
        return kecamatan, also, "matched"
    return agency, also, "matched"


def _is_urgent(candidates: list[Candidate], ruleset: RuleSet) -> bool:
    if not ruleset.consequential:
        return False
    names = ruleset.consequential.intersection([hit[3].rule for one in candidates for hit in one.hits])
    return any(ruleset.rules[name].urgent for name in names)


def _leave(reason: str, case: _Case) -> Decision:
    """Triage, with all that was found for the person who decides."""
    ranked, survey = case.ranked, case.survey
    shown = ranked[:_ALTERNATIVES]
    reasons = sorted(
        (found for candidate in shown for found in candidate.reasons(case.reading, case.opening)),
        key=lambda found: (found.start, found.end, found.rule, found.phrase),
    )
    alternatives = [Alternative(other.agency, other.score) for other in shown]
    if reason == "out_of_area":
        alternatives = [Alternative(agency, ranked[0].score) for agency in survey.outside] + alternatives
    return Decision(
        TRIAGE,
        reason,
        case.ruleset.id,
        score=ranked[0].score if ranked else 0,
        margin=ranked[0].score - (ranked[1].score if len(ranked) > 1 else 0) if ranked else 0,
        reasons=tuple(reasons),
        alternatives=tuple(alternatives[:_ALTERNATIVES]),
        place=survey.place,
        urgent=_is_urgent(shown, case.ruleset),
        parts=take_apart(shown, case.reading) if reason == "several_topics" else (),
        stretch=case.stretch,
    )
