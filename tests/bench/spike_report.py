"""What came of a run of spikes, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.bench.open_loop import Answer
from tests.bench.report import quantile
from tests.bench.spike_lives import Book, is_turned_away
from tests.bench.watch import Watch

_MOST_TIMES, _MOST_SECONDS = 5, 120
STEPS = ("complain", "open", "answer", "close", "status")


@dataclass(frozen=True)
class Run:
    """`left`: lives that did not come to their end. `ended` and `drained`: seconds after the last arrival."""

    shape: Sequence[float]
    seconds: float
    began: float
    book: Book
    left: int
    ended: float
    drained: float
    watch: Watch
    cases: int
    phases: list[list[Answer]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.phases.extend([] for _ in self.shape)
        for answer in self.book.answers:
            phase = int((answer.due_at - self.began) / self.seconds)
            self.phases[min(max(phase, 0), len(self.shape) - 1)].append(answer)


def show(run: Run, amiss: Mapping[str, int]) -> None:
    book, lives = run.book, sum(int(rate * run.seconds) for rate in run.shape)
    print(f"{lives} whole lives, {run.cases} cases there before, {run.seconds:.0f} s for each rate of arrivals")
    print("  arrivals     answers      p50      p95      max   turned away   clients late (p95)")
    for rate, answers in zip(run.shape, run.phases, strict=True):
        print(f"  {rate:5.0f} /s   {_row(answers)}")
    _compare(run)
    print("  p95 by step      " + "".join(f"{step:>12}" for step in STEPS))
    for name, rates in (
        ("at the fewest", (min(rate for rate in run.shape if rate),)),
        ("at the most", (max(run.shape),)),
    ):
        found = [answer for rate, phase in zip(run.shape, run.phases, strict=True) if rate in rates for answer in phase]
        print(f"    {name:15}" + "".join(f"{_p95(found, step):>12}" for step in STEPS))
    away = sum(map(is_turned_away, book.answers))
    home = sum(is_turned_away(answer) for answer in book.answers if answer.step == "complain")
    print(f"  errors           {sum(book.errors.values()) + run.left}{_missed(bool(book.errors or run.left))} "
          f"{dict(book.errors) or ''}; {run.left} lives did not end")  # fmt: skip
    print(f"  turned away      {away}, of which complaints {home} of {lives}")
    print(f"  not at the desk yet after a second: {book.not_yet} times")
    print(f"  after the last arrival the last life had ended in {run.ended:.0f} s, and nothing was under way any more "
          f"in {run.drained:.0f} s, wanted {_MOST_SECONDS} or less{_missed(run.drained > _MOST_SECONDS)}")  # fmt: skip
    print(f"  accepted {len(book.accepted)}, closed {len(book.finished)}; of these "
          + ", ".join(f"{what} {number}{_missed(bool(number))}" for what, number in amiss.items()))  # fmt: skip
    ended = max(1, len(book.finished))
    print("  ms of processor time for a life: " + ", ".join(
        f"{name} {used / ended * 1000:.1f}" for name, used in run.watch.seconds.items()
    ) + f"; all {sum(run.watch.seconds.values()) / ended * 1000:.0f}")  # fmt: skip
    print("  MB before and at most: " + ", ".join(
        f"{name} {run.watch.before[name]:.0f}-{most:.0f}" for name, most in run.watch.memory.items()
    ))  # fmt: skip


def _compare(run: Run) -> None:
    least, most = (
        [
            answer
            for rate, phase in zip(run.shape, run.phases, strict=True)
            if is_wanted(rate)
            for answer in _served(phase)
        ]
        for is_wanted in (lambda rate: rate == min(filter(None, run.shape)), lambda rate: rate > max(run.shape) / 3)
    )
    if least and most:
        quiet, busy = (quantile([one.seconds for one in part], 0.95) for part in (least, most))
        ratio = busy / quiet
        print(f"  p95 during the spikes, times that at the fewest: {ratio:.1f} (n = {len(most)} and {len(least)}), "
              f"wanted {_MOST_TIMES} or less{_missed(ratio > _MOST_TIMES)}")  # fmt: skip


def _row(answers: Sequence[Answer]) -> str:
    served = _served(answers)
    if not served:
        return f"{0:7}"
    p50, p95, most = (_ms(quantile([one.seconds for one in served], share)) for share in (0.5, 0.95, 1))
    late = _ms(quantile([one.late_seconds for one in answers], 0.95))
    return f"{len(served):7} {p50:>8} {p95:>8} {most:>8} {sum(map(is_turned_away, answers)):>13}   {late:>8}"


def _served(answers: Sequence[Answer]) -> list[Answer]:
    return [answer for answer in answers if not is_turned_away(answer)]


def _p95(answers: Sequence[Answer], step: str) -> str:
    found = [answer.seconds for answer in _served(answers) if answer.step == step]
    return _ms(quantile(found, 0.95)) if found else "-"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def _missed(is_missed: bool) -> str:
    return " (missed)" if is_missed else ""
