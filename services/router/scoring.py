"""From phrases found to agencies ranked."""

from __future__ import annotations

from operator import attrgetter

from services.router.decision import Reason
from services.router.finding import Finding
from services.router.phrases import Hit
from services.router.rule import LONGEST
from services.router.rules import RuleSet
from services.router.text import Reading

_AGENCY, _SCORE, _PRIORITY = attrgetter("agency"), attrgetter("score"), attrgetter("priority")


class Candidate:
    """An agency with what speaks for it."""

    emergency_score = 0
    priority = 0

    def __init__(self, agency: str, score: int) -> None:
        self.agency = agency
        self.score = score
        self.hits: list[Hit] = []

    @property
    def first(self) -> int:
        """The number of the first word that speaks for it."""
        return self.hits[0][0]

    @property
    def surest(self) -> int:
        """The weight of its heaviest phrase."""
        return max(hit[3].weight for hit in self.hits)

    @property
    def rules(self) -> set[str]:
        return {hit[3].rule for hit in self.hits}

    def reasons(self, reading: Reading, opening: int) -> list[Reason]:
        """Its phrases in order of place, with the weight that counted; see `Finding` for `opening`."""
        starts, ends = reading.starts, reading.ends
        return [
            Reason(
                phrase.rule,
                phrase.text,
                starts[first],
                ends[-last],
                phrase.weight * 2 if first < opening else phrase.weight,
            )
            for first, last, _, phrase in self.hits
        ]

    def shares_words_with(self, other: Candidate) -> bool:
        mine, theirs = iter(self.hits), iter(other.hits)
        one, two = next(mine, None), next(theirs, None)
        while one is not None and two is not None:
            if one[0] <= -two[1] and two[0] <= -one[1]:
                return True
            if one[1] >= two[1]:
                one = next(mine, None)
            else:
                two = next(theirs, None)
        return False


def rank(finding: Finding, ruleset: RuleSet) -> list[Candidate]:
    """Agencies by priority and score, best first; the code breaks ties so that the order is always the same."""
    found = [candidate for candidate in score(finding, ruleset) if candidate.score > 0]
    if ruleset.has_priorities:
        for candidate in found:
            candidate.priority = _priority(candidate, ruleset)
    if len(found) > 1:
        # By the last of the three first: each sort keeps the order of equals.
        found.sort(key=_AGENCY)
        found.sort(key=_SCORE, reverse=True)
        if ruleset.has_priorities:
            found.sort(key=_PRIORITY, reverse=True)
    return found


def score(finding: Finding, ruleset: RuleSet) -> list[Candidate]:
    """Every agency that has a phrase in the text, in no order.

    Each phrase counts once, however often it is said, where it is said first. Unless every phrase counts, so does one
    phrase of a rule for the same words: the heaviest.
    """
    candidates: dict[str, Candidate] = {}
    seen: set[int] = set()
    once = ruleset.settings.overlap == LONGEST
    opening, bias, emergencies = finding.opening, ruleset.bias, ruleset.emergencies
    first_before, last_before, rule_before = -1, 1, ""
    for hit in finding.hits:
        first, last, number, phrase = hit
        if number in seen:
            continue
        if first == first_before and last == last_before and once and phrase.rule == rule_before:
            continue
        first_before, last_before, rule_before = first, last, phrase.rule
        seen.add(number)
        agency = phrase.agency
        candidate = candidates.get(agency)
        if candidate is None:
            candidate = candidates[agency] = Candidate(agency, bias.get(agency, 0) if bias else 0)
        candidate.hits.append(hit)
        weight = phrase.weight * 2 if first < opening else phrase.weight
        candidate.score += weight
        if emergencies and phrase.rule in emergencies:
            candidate.emergency_score += weight
    return list(candidates.values())


def _priority(candidate: Candidate, ruleset: RuleSet) -> int:
    """The highest priority at which the candidate's rules reach the score that is enough alone."""
    by_priority: dict[int, int] = {}
    for hit in candidate.hits:
        priority = ruleset.rules[hit[3].rule].priority
        by_priority[priority] = by_priority.get(priority, 0) + hit[3].weight
    total = 0
    for priority in sorted(by_priority, reverse=True):
        total += by_priority[priority]
        if total >= ruleset.settings.minimum_score:
            return priority
    return min(*by_priority, 0)
