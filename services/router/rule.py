"""What rules are, once read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.router.conditions import Condition
from shared.errors import TanggapError

LONGEST, EVERY = "longest", "all"


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """One thing wrong with the rules. `level` is `error` (the set cannot be used) or `warning`."""

    file: str
    line: int
    rule: str
    what: str
    instead: str
    level: str = "error"

    def __str__(self) -> str:
        rule = f" rule `{self.rule}`:" if self.rule else ""
        return f"{self.file}:{self.line}:{rule} {self.what} {self.instead}".rstrip()


class RulesError(TanggapError):
    """The rules cannot be used. `problems` holds everything found in one reading, the message prints them."""

    code = "rules"

    def __init__(self, problems: tuple[RuleProblem, ...]) -> None:
        super().__init__("The rules have mistakes:\n" + "\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of complaint, by the phrases that speak for it.

    `vetoes` are the phrases that silence the rule, `when` is what must hold for it to speak, `patterns` are regular
    expressions with weights. Between agencies the higher `priority` wins, whatever the scores. `bias` is added to the
    agency's score in every text in which it has a phrase.
    """

    id: str
    agency: str
    about: str
    phrases: Mapping[str, int]
    vetoes: tuple[str, ...] = ()
    patterns: Mapping[str, int] = field(default_factory=dict)
    when: Condition | None = None
    also: tuple[str, ...] = ()
    urgent: bool = False
    emergency: bool = False
    priority: int = 0
    bias: int = 0
    matching: tuple[Example, ...] = ()
    not_matching: tuple[Example, ...] = ()
    file: str = ""
    line: int = 0
    phrase_lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """When a decision stands: enough score, and enough distance to the second.

    A second matter in other words of the text is told its agency too from `also_score` on. Of phrases inside each other
    the `overlap` that counts is the `longest`, or with `all` every one, so that scores are plain sums. Phrases that
    begin within the first `opening_words` words that rules can see count double. With `margin_words`, minimum score and
    margin are for a text of so many such words; longer ones need more, shorter ones less.
    """

    minimum_score: int = 3
    margin: int = 1
    also_score: int = 5
    overlap: str = LONGEST
    opening_words: int = 0
    margin_words: int = 0


@dataclass(frozen=True, slots=True)
class Thanks:
    """When a text is thanks: one of `phrases`, none of `unless`, and no matter, or `done` before `resolved`."""

    phrases: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    resolved: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
