"""Rules suggested from labelled complaints: a pure function of the examples, the same every time.

`suggest` learns on all examples, and before that on the earlier ones alone to see on the later ones how it would do:
from there come the margin and what is said about it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.router.learning.arrays import Arrays
from services.router.learning.labelled import Labelled, frequent_labels
from services.router.learning.likeness import drop_likenesses
from services.router.learning.phrases import Clauses, Found, choose_phrases, find_phrases, is_word_like
from services.router.learning.weights import Progress, Samples, Weights, learn_weights
from services.router.stretching import stretch
from shared.errors import TanggapError

_EARLIER = 0.8
_FEWEST = 40
_EXAMPLES = 3
# Long texts hold more that speaks for anybody: the margin grows with them, and is said for one of so many words.
MARGIN_WORDS = 20
LARGEST_WEIGHT = 100
UNIT = 100


class NotEnoughExamples(TanggapError):
    """Too few labelled complaints, or all of one agency: nothing could be told apart."""

    code = "not_enough_examples"


@dataclass(frozen=True, slots=True)
class Wishes:
    """`coverage` is the share of complaints that should go their way without a person.

    `unit` is how many points a sure win is worth; `least_texts` in how many complaints a phrase must stand, and
    `least_examples` how many an agency needs.
    """

    phrases: int = 2000
    coverage: float = 0.68
    opening_words: int = 12
    unit: int = UNIT
    least_texts: int = 3
    least_examples: int = 4


@dataclass(frozen=True, slots=True)
class LearnedPhrase:
    """`hits` complaints hold it, `right` of them belong to `agency`; `examples` are ids of some."""

    agency: str
    phrase: str
    weight: int
    hits: int
    right: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """How rules learned from the earlier complaints did on the `texts` later ones."""

    texts: int
    coverage: float
    precision: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`margin` is the distance to the second that gave the wished coverage, in a text of `MARGIN_WORDS` words.

    `trial` is None for few examples.
    """

    texts: int
    phrases: tuple[LearnedPhrase, ...]
    bias: Mapping[str, int]
    opening_words: int
    margin: int
    trial: Trial | None = None


@dataclass(slots=True)
class Material:
    """What is learned from: examples in the order of time and, for each, the words that rules can see.

    `is_phrase` says whether the router would find a phrase written so. `known` holds what rules in force score each
    example, `known_phrases` as (agency, phrase) what they hold; both may be empty.
    """

    examples: Sequence[Labelled]
    clauses: Sequence[Clauses]
    is_phrase: Callable[[str], bool]
    known: Sequence[Mapping[str, int]] = ()
    known_phrases: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    def earlier(self, count: int) -> Material:
        return Material(
            self.examples[:count], self.clauses[:count], self.is_phrase, self.known[:count], self.known_phrases
        )


@dataclass(slots=True)
class _Rules:
    """Whole-number weights of the phrases `names` for `agencies`."""

    names: list[str]
    agencies: tuple[str, ...]
    weights: Any
    bias: Any


def suggest(material: Material, wishes: Wishes, arrays: Arrays, progress: Progress = lambda share: None) -> Suggestion:
    """Rules with at most `wishes.phrases` phrases. Raises `NotEnoughExamples`."""
    return suggest_sizes(material, wishes, (wishes.phrases,), arrays, progress)[wishes.phrases]


def suggest_sizes(
    material: Material, wishes: Wishes, sizes: Sequence[int], arrays: Arrays, progress: Progress = lambda share: None
) -> dict[int, Suggestion]:
    """The same for several numbers of phrases at the cost of little more than one."""
    found = [find_phrases(clauses, wishes.opening_words) for clauses in material.clauses]
    count = round(len(found) * _EARLIER)
    trials: dict[int, tuple[int, Trial | None]] = dict.fromkeys(sizes, (1, None))
    if len(found) >= 5 * _FEWEST:
        tried = _learn(material.earlier(count), found[:count], wishes, sizes, arrays, lambda share: progress(share / 2))
        trials = {size: _try(tried[size], material, found, count, wishes, arrays) for size in sizes}
    rules = _learn(material, found, wishes, sizes, arrays, lambda share: progress(share / 2))
    return {size: _tell(rules[size], material, found, wishes, *trials[size], arrays) for size in sizes}


def _learn(
    material: Material, found: Sequence[Found], wishes: Wishes, sizes: Sequence[int], arrays: Arrays, progress: Progress
) -> dict[int, _Rules]:
    agencies = frequent_labels(material.examples, wishes.least_examples)
    rows = [number for number, example in enumerate(material.examples) if example.label in agencies]
    if len(rows) < _FEWEST or len(agencies) < 2:
        raise NotEnoughExamples(
            f"{len(rows)} complaints of {len(agencies)} agencies are too few to learn from; "
            f"at least {_FEWEST} of 2 are needed, and {wishes.least_examples} of each."
        )
    kept = [found[row] for row in rows]
    names = choose_phrases(
        [material.clauses[row] for row in rows],
        kept,
        wishes.least_texts,
        lambda phrase: is_word_like(phrase) and material.is_phrase(phrase),
    )
    np = arrays.np
    truth = np.zeros((len(rows), len(agencies)))
    truth[np.arange(len(rows)), [agencies.index(material.examples[row].label) for row in rows]] = 1
    known = _table([material.known[row] for row in rows] if material.known else [{}] * len(rows), agencies, np)
    counts = _matrix(kept, names, arrays)
    plain = drop_likenesses(counts, names, arrays)
    names = [names[place] for place in plain]
    samples = Samples(counts[:, plain].tocsr(), truth, known / wishes.unit)
    learned = learn_weights(samples, sizes, arrays, progress)
    return {size: _round(names, agencies, learned[size], wishes.unit, np) for size in sizes}


def _matrix(found: Sequence[Found], names: list[str], arrays: Arrays) -> Any:
    number = {name: place for place, name in enumerate(names)}
    rows, columns, values = [], [], []
    for row, phrases in enumerate(found):
        for phrase, counts in phrases.items():
            if phrase in number:
                rows.append(row)
                columns.append(number[phrase])
                values.append(float(counts))
    return arrays.sparse.csr_matrix((values, (rows, columns)), shape=(len(found), len(names)))


def _table(scores: Sequence[Mapping[str, int]], agencies: tuple[str, ...], np: Any) -> Any:
    return np.array([[row.get(agency, 0) for agency in agencies] for row in scores], dtype=float)


def _round(names: list[str], agencies: tuple[str, ...], learned: Weights, unit: int, np: Any) -> _Rules:
    """Whole numbers. Only differences between biases count: the largest is 0, so a score above 0 needs phrases."""
    weights = np.rint(learned.phrases * unit).clip(-LARGEST_WEIGHT, LARGEST_WEIGHT).astype(int)
    bias = np.rint((learned.bias - learned.bias.max()) * unit).astype(int)
    return _Rules(names, agencies, weights, bias)


def _score(rules: _Rules, found: Sequence[Found], known: Sequence[Mapping[str, int]], arrays: Arrays) -> Any:
    scores = _matrix(found, rules.names, arrays) @ rules.weights + rules.bias
    return scores + _table(known, rules.agencies, arrays.np) if known else scores


def _try(
    rules: _Rules, material: Material, found: Sequence[Found], count: int, wishes: Wishes, arrays: Arrays
) -> tuple[int, Trial | None]:
    """The margin that covers enough of the later complaints, and how right the rules are there."""
    np = arrays.np
    later = material.examples[count:]
    scores = _score(rules, found[count:], material.known[count:], arrays)
    first = scores.argmax(axis=1)
    right = np.array([rules.agencies[place] == one.label for place, one in zip(first, later, strict=True)])
    # As the router counts it: who has no score above 0 is no candidate, and nobody is before who has none.
    ordered = np.sort(scores, axis=1).clip(0)
    words = np.array([sum(map(len, clauses)) for clauses in material.clauses[count:]])
    margins = (ordered[:, -1] - ordered[:, -2]) / stretch(words.clip(1), MARGIN_WORDS)
    wanted = max(1, round(len(later) * wishes.coverage))
    margin = max(1, int(np.sort(margins)[::-1][wanted - 1]))
    sure = margins >= margin
    precision = float(right[sure].mean()) if sure.any() else 0.0
    return margin, Trial(len(later), float(sure.mean()), precision, float(right.mean()))


def _tell(
    rules: _Rules, material: Material, found: Sequence[Found], wishes: Wishes, margin: int, trial: Trial | None,
    arrays: Arrays,
) -> Suggestion:  # fmt: skip
    holders: dict[str, list[Labelled]] = {name: [] for name in rules.names}
    for phrases, example in zip(found, material.examples, strict=True):
        for phrase in phrases:
            if phrase in holders:
                holders[phrase].append(example)
    learned = []
    for row, column in zip(*(axis.tolist() for axis in rules.weights.nonzero()), strict=True):
        agency, phrase = rules.agencies[column], rules.names[row]
        if (agency, phrase) not in material.known_phrases:
            learned.append(_support(agency, phrase, int(rules.weights[row, column]), holders[phrase]))
    learned.sort(key=lambda one: (one.agency, -one.weight, one.phrase))
    bias = {} if material.known else {agency: int(rules.bias[place]) for place, agency in enumerate(rules.agencies)}
    return Suggestion(len(found), tuple(learned), bias, wishes.opening_words, margin, trial)


def _support(agency: str, phrase: str, weight: int, holders: Sequence[Labelled]) -> LearnedPhrase:
    """Examples show what the weight is for: complaints of the agency, or of others where it speaks against it."""
    right = [one.id for one in holders if one.label == agency]
    shown = right if weight > 0 else [one.id for one in holders if one.label != agency]
    return LearnedPhrase(agency, phrase, weight, len(holders), len(right), tuple(shown[:_EXAMPLES]))
