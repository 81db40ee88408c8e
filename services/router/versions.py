"""Versions of the rules: kept, looked up, and put in force. The only door through which a set becomes active."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.router import repository
from services.router import repository_rules as sets
from services.router.repository_rules import Activation, Adoption, Stored
from services.router.rule import RuleProblem
from services.router.rule_files import Files, compile_files, lint_files, whole
from services.router.tables import audit
from shared.audit import record_act
from shared.citypack import SPELLINGS_FILE, CityPack
from shared.clock import Clock
from shared.errors import Refused
from shared.observability.logs import get_logger
from shared.storage.database import Database, Transaction

log = get_logger("rules")
MOST_REASON = 500
SHORTEST_PREFIX = 4
_ID = re.compile(r"[0-9a-f]{4,64}")
Within = Callable[[Transaction, str], None]


class NotAsExpected(Refused):
    """Somebody else activated a set since the caller looked. Nothing was changed."""

    code = "not_as_expected"


class RulesRefused(Refused):
    """Lint found errors. `problems` holds warnings too. Nothing was changed."""

    code = "rules_have_mistakes"

    def __init__(self, problems: tuple[RuleProblem, ...]) -> None:
        errors = [str(problem) for problem in problems if problem.level == "error"]
        super().__init__("The rules have mistakes, the old ones stay in force:\n" + "\n".join(errors))
        self.problems = problems


class Ending(StrEnum):
    ACTIVATED = "activated"
    ALREADY_ACTIVE = "already_active"


@dataclass(frozen=True, slots=True)
class Act:
    """Who wants it, and why."""

    actor: str
    role: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """`previous` was active before; `stored` is `new`, `same` or `reworded` (see `repository_rules.store`)."""

    ending: Ending
    ruleset: str
    previous: str | None
    stored: str


@dataclass(frozen=True, slots=True)
class Versions:
    """The rule sets of one city's router. `activated` is called after each activation: rings who follows."""

    database: Database
    pack: CityPack
    clock: Clock
    activated: Callable[[], None] = lambda: None

    def in_force(self) -> Activation | None:
        with self.database.read() as connection:
            return sets.in_force(connection)

    def adoptions(self, number: int) -> list[Adoption]:
        with self.database.read() as connection:
            return sets.adoptions_of(connection, number)

    def listed(self) -> tuple[list[Stored], list[Activation]]:
        """Every stored set and every activation, the newest first."""
        with self.database.read() as connection:
            return sets.stored(connection), sets.history(connection)

    def find(self, prefix: str) -> tuple[str, dict[str, str]]:
        """Id and files of the one set whose id begins so. Raises `Refused`."""
        wanted = prefix.strip().lower()
        if not _ID.fullmatch(wanted):
            raise Refused(
                f"`{prefix[:80]}` is no id of a rule set: at least {SHORTEST_PREFIX} of 0-9 and a-f are needed.",
                code="unknown_ruleset", status=404,
            )  # fmt: skip
        with self.database.read() as connection:
            found = sets.beginning_with(connection, wanted)
            files = sets.files_of(connection, found[0]) if len(found) == 1 else None
        if files is None:
            told = f"Several rule sets begin with `{wanted}`: {', '.join(found)}." if found else ""
            told = told or f"There is no rule set `{wanted}`. See `tanggap rules versions`."
            raise Refused(told, code="ambiguous_ruleset" if found else "unknown_ruleset", status=404)
        return found[0], files

    def lint(self, files: Files) -> tuple[RuleProblem, ...]:
        """As `rules lint`, also knowing the agencies that the desk has beside those of the pack."""
        with self.database.read() as connection:
            known = repository.known_agencies(connection)
        return lint_files(files, self.pack, known)

    def activate(
        self, files: Files, act: Act, *, expected: str | None, ruleset: str | None = None, within: Within | None = None
    ) -> Outcome:
        """Puts the set of these files in force, if lint passes and `expected` is still active (None: none is).

        `ruleset` is the id of a set that is stored already. `within` is called in the transaction, before anything else
        of it, with the id that will be active; what it raises keeps the old set in force. Raises `RulesRefused`,
        `NotAsExpected`, or `Refused`.
        """
        act = _checked(act)
        problems = self.lint(files)  # takes seconds: not inside the transaction
        if any(problem.level == "error" for problem in problems):
            raise RulesRefused(problems)
        return self.adopt(files, act, expected=expected, ruleset=ruleset, within=within)

    def adopt(
        self, files: Files, act: Act, *, expected: str | None, ruleset: str | None = None, within: Within | None = None
    ) -> Outcome:
        """As `activate`, without lint: for a router that begins, which needs rules more than good ones.

        Raises `RulesError` when they cannot be compiled.
        """
        if SPELLINGS_FILE not in files:  # a stored set needs nothing of the pack on disk
            files, ruleset = whole(files, self.pack), None
        wanted = ruleset or compile_files(files, self.pack).id
        with self.database.write() as tx:
            if within is not None:
                within(tx, wanted)
            outcome = self._activate(tx, wanted, dict(files), act, expected)
            if outcome.ending is Ending.ACTIVATED:
                tx.after_commit(self.activated)
        if outcome.ending is Ending.ACTIVATED:
            log.info("ruleset_activated", ruleset=wanted, previous=outcome.previous, actor=act.actor, role=act.role)
        return outcome

    def _activate(
        self, tx: Transaction, wanted: str, files: dict[str, str], act: Act, expected: str | None
    ) -> Outcome:  # fmt: skip
        now, current = self.clock.now(), sets.in_force(tx.connection)
        previous = current.ruleset if current else None
        if previous != expected:
            raise _not_as_expected(current, expected)
        stored = sets.store(tx, wanted, files, now=now, by=act.actor)
        if stored == sets.REWORDED:
            _audit(tx, "rules.reword", wanted, act, at=now, previous=previous)
        if previous == wanted:
            return Outcome(Ending.ALREADY_ACTIVE, wanted, previous, stored)
        number = (current.number if current else 0) + 1
        if not sets.activate(tx, Activation(number, wanted, now, act.actor, act.role, act.reason)):
            raise _not_as_expected(None, expected)
        _audit(tx, "rules.activate", wanted, act, at=now, previous=previous)
        return Outcome(Ending.ACTIVATED, wanted, previous, stored)


def _checked(act: Act) -> Act:
    fields = {}
    if not act.actor.strip() or len(act.actor) > 100:
        fields["actor"] = "Say who does it, in 1 to 100 characters."
    if not act.reason.strip() or len(act.reason) > MOST_REASON:
        fields["reason"] = f"Say why, in 1 to {MOST_REASON} characters."
    if fields:
        raise Refused(" ".join(fields.values()), code="invalid_fields", fields=fields)
    return Act(act.actor.strip(), act.role.strip()[:30], act.reason.strip())


def _not_as_expected(current: Activation | None, expected: str | None) -> NotAsExpected:
    if current is None:
        told = "Somebody else activated rules at the same moment." if expected else "No rule set is active."
    else:
        told = f"Active is {current.ruleset}, since {current.at:%Y-%m-%d %H:%M} UTC by {current.actor}"
        told += f", not {expected}." if expected else "; you expected none to be."
    return NotAsExpected(f"{told} Nothing was changed: look at what they did, then try again.", status=409)


def _audit(tx: Transaction, act: str, ruleset: str, who: Act, *, at: datetime, previous: str | None) -> None:
    record_act(
        tx, audit, at=at, actor=who.actor, role=who.role, act=act, subject=ruleset, reason=who.reason,
        details={"previous": previous},
    )  # fmt: skip
