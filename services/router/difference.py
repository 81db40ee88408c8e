"""What two rule sets make of the same complaints, and which of them agrees with people. Pure, and symmetric: turning
old and new round turns every row round and changes no number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from services.router.circumstances import Circumstances
from services.router.decision import EMERGENCY, Decision
from services.router.sample import Sample
from shared.contracts.fields import Place
from shared.observability.masking import mask

Decide = Callable[[str, Place, Circumstances], Decision]
TRIAGE = "triage"
_EXCERPT = 72
_MOST_PHRASES = 8


class Verdict(StrEnum):
    """How the change stands to what a person said."""

    CONTRADICTS = "contradicts"  # the old set agreed with the person, the new one does not
    AGREES = "agrees"  # the new set agrees, the old one did not
    NEITHER = "neither"  # a person said something else than either
    UNJUDGED = ""  # nobody has said anything


_ORDER = {Verdict.CONTRADICTS: 0, Verdict.NEITHER: 1, Verdict.AGREES: 2, Verdict.UNJUDGED: 3}


@dataclass(frozen=True, slots=True)
class Moved:
    """A complaint that goes elsewhere. `old` and `new` are an agency's code, `CODE (emergency)`, or `triage`.

    `excerpt` is a short beginning with numbers and addresses masked. `gained` and `lost` are the phrases, with their
    weights, that only the new or only the old decision rests on.
    """

    id: str
    excerpt: str
    old: str
    new: str
    old_reason: str
    new_reason: str
    label: str
    verdict: Verdict
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        more = {"gained": list(self.gained), "lost": list(self.lost)}
        return told | {"label": self.label or None, "verdict": str(self.verdict) or None} | more


@dataclass(slots=True)
class Difference:
    """`compared` complaints, of which `labelled` have a person's word, and those that go elsewhere."""

    compared: int = 0
    labelled: int = 0
    old_right: int = 0
    new_right: int = 0
    moved: list[Moved] = field(default_factory=list)

    @property
    def matrix(self) -> list[tuple[str, str, int]]:
        """From, to, how often; the most frequent first."""
        counts = Counter((one.old, one.new) for one in self.moved)
        return [(*pair, count) for pair, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]

    @property
    def verdicts(self) -> dict[Verdict, int]:
        counts = Counter(one.verdict for one in self.moved)
        return {verdict: counts[verdict] for verdict in _ORDER}

    def ordered(self) -> list[Moved]:
        """The moved ones: those that contradict a person first."""
        return sorted(self.moved, key=lambda one: (_ORDER[one.verdict], one.old, one.new, one.id))

    def as_dict(self) -> dict[str, Any]:
        return {
            "compared": self.compared,
            "labelled": self.labelled,
            "old_right": self.old_right,
            "new_right": self.new_right,
            "moved": len(self.moved),
            "verdicts": {str(verdict) or "unjudged": count for verdict, count in self.verdicts.items()},
            "matrix": [{"old": old, "new": new, "count": count} for old, new, count in self.matrix],
            "complaints": [one.as_dict() for one in self.ordered()],
        }


def compare_decisions(samples: Iterable[Sample], old: Decide, new: Decide) -> Difference:
    """Decides each sample by both. Samples are taken one by one, so whoever gives them may count or stop."""
    found = Difference()
    for sample in samples:
        before, after = (decide(sample.text, sample.place, sample.beside) for decide in (old, new))
        found.compared += 1
        if sample.label:
            found.labelled += 1
            found.old_right += before.agency == sample.label
            found.new_right += after.agency == sample.label
        if _destination(before) != _destination(after):
            found.moved.append(_moved(sample, before, after))
    return found


def _moved(sample: Sample, before: Decision, after: Decision) -> Moved:
    return Moved(
        id=sample.id,
        excerpt=_excerpt(sample.text),
        old=_destination(before),
        new=_destination(after),
        old_reason=before.reason,
        new_reason=after.reason,
        label=sample.label,
        verdict=_verdict(sample.label, before.agency, after.agency),
        gained=_only_in(after, before),
        lost=_only_in(before, after),
    )


def _only_in(one: Decision, other: Decision) -> tuple[str, ...]:
    known = {(reason.rule, reason.phrase, reason.weight) for reason in other.reasons}
    found = [reason for reason in one.reasons if (reason.rule, reason.phrase, reason.weight) not in known]
    return tuple(dict.fromkeys(f"{reason.phrase} {reason.weight:+d}" for reason in found))[:_MOST_PHRASES]


def _destination(decision: Decision) -> str:
    if decision.agency is None:
        return TRIAGE
    return f"{decision.agency} (emergency)" if decision.outcome == EMERGENCY else decision.agency


def _verdict(label: str, before: str | None, after: str | None) -> Verdict:
    if not label:
        return Verdict.UNJUDGED
    if before == after:  # only whether it is an emergency is different, of which a person's choice says nothing
        return Verdict.NEITHER
    if before == label:
        return Verdict.CONTRADICTS
    return Verdict.AGREES if after == label else Verdict.NEITHER


def _excerpt(text: str) -> str:
    masked = " ".join(mask(text).split())  # before it is cut: half a number is no number to the mask
    return masked if len(masked) <= _EXCERPT else f"{masked[: _EXCERPT - 1]}…"
