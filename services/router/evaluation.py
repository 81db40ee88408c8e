"""How well rules do on complaints whose agency is known: pure, from decisions to figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.router.decision import TRIAGE, Decision

_STEPS = 50
_WORST = 15


@dataclass(frozen=True, slots=True)
class Judged:
    """One complaint: the agency that people chose, the decision, and all agencies by score, best first."""

    id: str
    label: str
    decision: Decision
    ranking: tuple[str, ...]

    @property
    def answered(self) -> bool:
        """Whether the rules sent it somewhere by themselves."""
        return self.decision.outcome != TRIAGE

    @property
    def forced(self) -> str:
        """Where it would go if every complaint had to go somewhere."""
        return self.ranking[0] if self.ranking else ""

    @property
    def right(self) -> bool:
        return self.forced == self.label


@dataclass(frozen=True, slots=True)
class AgencyFigures:
    """`n` complaints are this agency's; `answered` were sent to it, `right` of them rightly; `f1` is when forced."""

    n: int
    answered: int
    right: int
    f1: float

    def as_dict(self) -> dict[str, float | int | None]:
        return {
            "n": self.n,
            "answered": self.answered,
            "precision": _ratio(self.right, self.answered),
            "recall": _ratio(self.right, self.n),
            "f1": round(self.f1, 4),
        }


@dataclass(frozen=True, slots=True)
class Culprit:
    """A rule or phrase with the answers it spoke for, most often wrong first; `examples` are ids of wrong ones."""

    rule: str
    phrase: str
    right: int
    wrong: int
    examples: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        named = {"rule": self.rule, **({"phrase": self.phrase} if self.phrase else {})}
        return {**named, "right": self.right, "wrong": self.wrong, "examples": list(self.examples)}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures. `curve` is (coverage, precision) from the surest down; `confusion` counts (label, answer) pairs."""

    n: int
    answered: int
    precision: float | None
    accuracy_forced: float | None
    top3_forced: float | None
    macro_f1: float
    per_agency: Mapping[str, AgencyFigures]
    curve: tuple[tuple[float, float], ...]
    confusion: tuple[tuple[str, str, int], ...]
    rules: tuple[Culprit, ...]
    phrases: tuple[Culprit, ...]
    triage: Mapping[str, int] = field(default_factory=dict)

    @property
    def coverage(self) -> float | None:
        return _ratio(self.answered, self.n)

    def precision_at(self, coverage: float) -> float | None:
        """The share of right answers among the surest `coverage` of all."""
        return next((precision for share, precision in self.curve if share >= coverage - 1e-9), None)

    def as_dict(self) -> dict[str, object]:
        """JSON types; the keys stay as they are."""
        return {
            "n": self.n,
            "answered": self.answered,
            "coverage": self.coverage,
            "precision": self.precision,
            "accuracy_forced": self.accuracy_forced,
            "top3_forced": self.top3_forced,
            "macro_f1": round(self.macro_f1, 4),
            "per_agency": {code: figures.as_dict() for code, figures in self.per_agency.items()},
            "curve": [{"coverage": share, "precision": precision} for share, precision in self.curve],
            "confusion": [{"label": label, "agency": answer, "n": n} for label, answer, n in self.confusion],
            "worst_rules": [culprit.as_dict() for culprit in self.rules],
            "worst_phrases": [culprit.as_dict() for culprit in self.phrases],
            "triage": dict(self.triage),
        }


def rank_agencies(decision: Decision, scores: Mapping[str, int]) -> tuple[str, ...]:
    """All agencies that could have it: first the one decided for, then by score, equals by code."""
    ordered = sorted(scores, key=lambda agency: (-scores[agency], agency))
    first = [decision.agency] if decision.agency else []
    return tuple(dict.fromkeys([*first, *ordered]))


def evaluate(judged: Sequence[Judged], biggest: int = 20) -> Evaluation:
    """Figures over all; `macro_f1` is the mean over the `biggest` agencies by number of complaints."""
    answered = [one for one in judged if one.answered]
    labels = Counter(one.label for one in judged)
    figures = {label: _agency(label, judged) for label in sorted(labels, key=lambda label: (-labels[label], label))}
    mean = [one.f1 for one in list(figures.values())[:biggest]]
    return Evaluation(
        n=len(judged),
        answered=len(answered),
        precision=_ratio(sum(one.right for one in answered), len(answered)),
        accuracy_forced=_ratio(sum(one.right for one in judged), len(judged)),
        top3_forced=_ratio(sum(one.label in one.ranking[:3] for one in judged), len(judged)),
        macro_f1=sum(mean) / len(mean) if mean else 0.0,
        per_agency=figures,
        curve=_curve(judged),
        confusion=_confusion(judged),
        rules=_culprits(judged, by_phrase=False),
        phrases=_culprits(judged, by_phrase=True),
        triage=dict(sorted(Counter(one.decision.reason for one in judged if not one.answered).items())),
    )


def _agency(label: str, judged: Sequence[Judged]) -> AgencyFigures:
    mine = sum(one.label == label for one in judged)
    sent = [one for one in judged if one.answered and one.forced == label]
    forced = sum(one.forced == label for one in judged)
    hits = sum(one.forced == label and one.right for one in judged)
    f1 = 2 * hits / (mine + forced) if mine + forced else 0.0
    return AgencyFigures(mine, len(sent), sum(one.right for one in sent), f1)


def _curve(judged: Sequence[Judged]) -> tuple[tuple[float, float], ...]:
    ordered = sorted(judged, key=lambda one: -one.decision.margin / one.decision.stretch)
    points = []
    for step in range(1, _STEPS + 1):
        count = int(len(ordered) * step / _STEPS)
        if count:
            points.append((step / _STEPS, round(sum(one.right for one in ordered[:count]) / count, 4)))
    return tuple(points)


def _confusion(judged: Iterable[Judged]) -> tuple[tuple[str, str, int], ...]:
    pairs = Counter((one.label, one.forced) for one in judged)
    ordered = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    return tuple((label, answer, count) for (label, answer), count in ordered)


def _culprits(judged: Iterable[Judged], *, by_phrase: bool) -> tuple[Culprit, ...]:
    right: Counter[tuple[str, str]] = Counter()
    wrong: dict[tuple[str, str], list[str]] = {}
    for one in judged:
        if not one.answered:
            continue
        spoke = [reason for reason in one.decision.reasons if reason.weight > 0]
        for key in {(reason.rule, reason.phrase if by_phrase else "") for reason in spoke}:
            if one.right:
                right[key] += 1
            else:
                wrong.setdefault(key, []).append(one.id)
    worst = sorted(wrong, key=lambda key: (right[key] - 3 * len(wrong[key]), key))[:_WORST]
    return tuple(Culprit(*key, right[key], len(wrong[key]), tuple(wrong[key][:3])) for key in worst)


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
