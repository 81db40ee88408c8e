"""Few phrases with weights, so chosen that their sums rank the agencies as people did.

The loss is mostly a squared hinge (each agency against all others: gets the first place right), for the rest a softmax
(gets the order of the others right). Texts are scaled to equal length while learning. Rare phrases weigh more, those
that the complaints of one agency hold more often than others', and complaints of agencies that have few. From all pairs
of phrase and agency the lightest are dropped in rounds, with a new fit after each: this keeps more than one penalty
that does both at once. Deterministic: full gradients in a fixed order, no chance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from services.router.learning.arrays import Arrays

_HINGE, _SOFTMAX, _SHARPNESS = 0.7, 0.3, 3.0
_RIDGE = 2e-4
# How much rare agencies are favoured: 0 counts every complaint alike, 1 every agency.
_BALANCE = 0.25
# How much a weight may follow what counting alone says: 0 not at all, 1 in proportion.
_TELLING = 0.2
_ROUNDS = (60_000, 25_000, 12_000, 7_000, 5_000, 3_500)
_STEPS, _LAST_STEPS = 80, 250
_SHRINK = 0.72

Progress = Callable[[float], None]


@dataclass(slots=True)
class Samples:
    """`counts` is texts × phrases (sparse), `truth` texts × agencies of 0 and 1, `known` scores given beforehand."""

    counts: Any
    truth: Any
    known: Any


@dataclass(slots=True)
class Weights:
    """`phrases` is phrases × agencies and `bias` one number an agency, for texts of middle length; a sure win is 1."""

    phrases: Any
    bias: Any


def learn_weights(samples: Samples, sizes: Sequence[int], arrays: Arrays, progress: Progress) -> dict[int, Weights]:
    """Weights with at most so many that are not 0, for each of `sizes`. `progress` is told shares of the work."""
    np = arrays.np
    scaled = _Scaled(samples, arrays)
    rounds = _plan(sizes)
    total = len(rounds) * _STEPS + len(sizes) * _LAST_STEPS
    agencies = samples.truth.shape[1]
    nothing = np.zeros((samples.counts.shape[1], agencies), dtype=np.float32)
    fit = _Fit(nothing, np.zeros(agencies, dtype=np.float32), None)
    learned: dict[int, Weights] = {}
    for size in rounds:
        fit = scaled.descend(fit, _STEPS)
        progress(_STEPS / total)
        fit = _keep_heaviest(fit, scaled.leeway, size, np)
        if size in sizes:
            final = scaled.descend(fit, _LAST_STEPS)
            progress(_LAST_STEPS / total)
            learned[size] = scaled.plain(final)
    return learned


def _plan(sizes: Sequence[int]) -> list[int]:
    """Numbers of weights to keep, round by round, down to the smallest wanted and never by too much at once."""
    largest = max(sizes)
    rounds = [size for size in _ROUNDS if size > largest]
    for size in sorted(set(sizes), reverse=True):
        while rounds and rounds[-1] * _SHRINK > size * 1.1:
            rounds.append(round(rounds[-1] * _SHRINK))
        rounds.append(size)
    return rounds


@dataclass(slots=True)
class _Fit:
    weights: Any
    bias: Any
    mask: Any


def _keep_heaviest(fit: _Fit, leeway: Any, size: int, np: Any) -> _Fit:
    """Weights that had much leeway must be the heavier, else the few that stay are all telling and rare."""
    heaviness = (np.abs(fit.weights) / leeway).ravel()
    if np.count_nonzero(heaviness) <= size:
        return _Fit(fit.weights, fit.bias, fit.weights != 0)
    # A stable order decides between equals, so that the result is the same everywhere.
    kept = np.argsort(-heaviness, kind="stable")[:size]
    mask = np.zeros(heaviness.shape, dtype=bool)
    mask[kept] = True
    mask = mask.reshape(fit.weights.shape)
    return _Fit(fit.weights * mask, fit.bias, mask)


def find_leeway(rows: Any, truth: Any, shares: Any, np: Any) -> Any:
    """How far each weight may go, around 1 (phrases × agencies).

    Farther where an agency's complaints hold the phrase much more often than those of the others, or much less. `rows`
    is texts × phrases, `truth` texts × agencies, `shares` what each text counts in all (one column).
    """
    little = float(np.median(rows.data)) * float(shares.mean()) if rows.nnz else 1.0
    held = np.asarray((truth * shares).T @ rows)
    others = held.sum(axis=0) - held + little
    held = held + little
    telling = np.log(held / held.sum(axis=1, keepdims=True)) - np.log(others / others.sum(axis=1, keepdims=True))
    telling = np.abs(telling) / max(float(np.sqrt(np.mean(telling**2))), 1e-6)
    return (1 - _TELLING + _TELLING * telling).T.astype(np.float32)


class _Scaled:
    """The samples scaled for learning, and the descent on them, in single precision: it is rounded in the end."""

    def __init__(self, samples: Samples, arrays: Arrays) -> None:
        np, sparse = arrays.np, arrays.sparse
        texts = samples.counts.shape[0]
        frequency = np.asarray((samples.counts > 0).sum(axis=0)).ravel().clip(1)
        self._rarity = ((1 + np.log(texts / frequency)) / 5).astype(np.float32)
        rare = samples.counts @ sparse.diags(self._rarity)
        lengths = np.sqrt(np.asarray(rare.multiply(rare).sum(axis=1)).ravel()).clip(0.45)
        self._middle = float(np.median(lengths))
        self._rows = (sparse.diags(1 / lengths) @ rare).tocsr().astype(np.float32)
        self._truth = samples.truth.astype(np.float32)
        self._signs = 2 * self._truth - 1
        self._known = (samples.known * (self._middle / lengths)[:, None]).astype(np.float32)
        self._np = np
        self._shares = self._balance()
        self.leeway = find_leeway(self._rows, self._truth, self._shares, np)
        steepest = (self._largest_value() + 1) * (2 * _HINGE + 0.5 * _SOFTMAX * _SHARPNESS**2) + _RIDGE
        self._curvature = steepest * float(self.leeway.max()) ** 2

    def descend(self, fit: _Fit, steps: int) -> _Fit:
        """Accelerated gradient steps, begun anew whenever they overshoot. Phrases that were dropped cost nothing.

        What moves, and is kept small, are the weights divided by their leeway.
        """
        np = self._np
        used = slice(None) if fit.mask is None else np.flatnonzero(fit.mask.any(axis=1))
        mask = None if fit.mask is None else fit.mask[used]
        rows = self._rows[:, used]
        columns, leeway = rows.T.tocsr(), self.leeway[used]
        weights, bias = fit.weights[used] / leeway, fit.bias
        ahead, bias_ahead, pace = weights, bias, 1.0
        for _ in range(steps):
            slope = self._slope(rows, ahead * leeway, bias_ahead)
            stepped = ahead - ((columns @ slope) * leeway + _RIDGE * ahead) / self._curvature
            if mask is not None:
                stepped = stepped * mask
            bias_stepped = bias_ahead - slope.sum(axis=0) / self._curvature
            moved = stepped - weights
            if float(np.vdot(ahead - stepped, moved)) > 0:
                pace = 1.0
            faster = (1 + (1 + 4 * pace * pace) ** 0.5) / 2
            push = (pace - 1) / faster
            ahead, bias_ahead = stepped + push * moved, bias_stepped + push * (bias_stepped - bias)
            weights, bias, pace = stepped, bias_stepped, faster
        found = np.zeros_like(fit.weights)
        found[used] = weights * leeway
        return _Fit(found, bias, fit.mask)

    def plain(self, fit: _Fit) -> Weights:
        """The weights for texts as they are, neither scaled to a length nor by rarity."""
        return Weights(fit.weights * (self._rarity / self._middle)[:, None], fit.bias)

    def _slope(self, rows: Any, weights: Any, bias: Any) -> Any:
        np = self._np
        scores = rows @ weights + bias + self._known
        hinge = -2 * self._signs * np.maximum(0, 1 - self._signs * scores)
        sharp = _SHARPNESS * scores
        powers = np.exp(sharp - sharp.max(axis=1, keepdims=True))
        softmax = _SHARPNESS * (powers / powers.sum(axis=1, keepdims=True) - self._truth)
        return (_HINGE * hinge + _SOFTMAX * softmax) * self._shares

    def _balance(self) -> Any:
        """The share of each text in the loss: those of agencies with few complaints count somewhat more."""
        shares = self._truth @ self._truth.sum(axis=0).clip(1) ** -_BALANCE
        return (shares / shares.sum())[:, None].astype(self._np.float32)

    def _largest_value(self) -> float:
        """The largest eigenvalue of the samples' second moments, by power iteration from a fixed start."""
        np = self._np
        columns = self._rows.T.tocsr()
        direction = np.cos(np.arange(self._rows.shape[1], dtype=np.float32))
        size = 1.0
        for _ in range(30):
            direction = columns @ (self._shares[:, 0] * (self._rows @ direction))
            size = float(np.linalg.norm(direction)) or 1.0
            direction = direction / size
        return size * 1.05
