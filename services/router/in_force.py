"""The rules that decide now. Every router process holds one compiled set, and follows when another is activated."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from services.router import repository_rules as sets
from services.router.circumstances import Circumstances
from services.router.decide import Decision
from services.router.repository_rules import REFUSED, TAKEN, Activation, Adoption
from services.router.rule import RulesError
from services.router.rule_files import Files, files_of
from services.router.ruleset import UNKNOWN, Decider, decider_of
from services.router.versions import Act, NotAsExpected, Versions
from shared.citypack import SPELLINGS_FILE
from shared.contracts.fields import Place
from shared.errors import Transient
from shared.observability.logs import get_logger
from shared.observability.metrics import Metrics
from shared.storage.bells import Bells

log = get_logger("rules")
BELL = "rules"
_MOST_TRIED = 20
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class _Held:
    """What decides in this process: one value, so that a change of rules is one assignment."""

    number: int
    ruleset: str
    decide: Decider


class RulesInForce:
    """Decides by the active rule set. A set that cannot be used leaves the one before it in force, and says so."""

    def __init__(self, versions: Versions, metrics: Metrics, process: str) -> None:
        self._versions = versions
        self._metrics = metrics
        self._process = process
        self._held: _Held | None = None
        self._met = 0  # the newest activation that was looked at, taken or not
        self._warnings: list[str] = []

    def __call__(self, text: str, place: Place, beside: Circumstances = UNKNOWN) -> Decision:
        if self._held is None:  # never once started: `load` comes first
            raise Transient("no rule set is in force yet", code="no_rules")
        return self._held.decide(text, place, beside)

    @property
    def ruleset(self) -> str | None:
        return self._held.ruleset if self._held else None

    def warnings(self) -> list[str]:
        """Sentences for the readiness page: an activated set that this process could not take."""
        return list(self._warnings)

    def load(self) -> None:
        """Takes what is active; activates the pack's rules when nothing is, and never replaces any.

        A process that begins has no older set in force: when the active one cannot be compiled by this version, the
        last one before it that can decides. Raises what keeps the active one from it when there is none.
        """
        _, history = self._versions.listed()
        if not history:
            self._activate(files_of(self._versions.pack), "the pack's rules, at the first start", expected=None)
            _, history = self._versions.listed()
        history = self._with_spellings(history)
        tried: dict[str, Exception] = {}
        for activation in history[:_MOST_TRIED]:
            if activation.ruleset in tried:
                continue
            try:
                self._take(activation)
            except Transient:
                raise
            except Exception as error:  # noqa: BLE001 - whatever is wrong with a stored set, an older one is better
                tried[activation.ruleset] = error
                continue
            if activation is not history[0]:
                self._refuse(history[0], tried[history[0].ruleset])
            self._met = history[0].number
            return
        raise tried[history[0].ruleset]

    def follow(self) -> bool:
        """Looks whether another set was activated, and takes it. True when it did.

        It only compiles: lint was passed at the door (`Versions.activate`), and running every example here would keep
        complaints waiting for seconds.
        """
        active = self._versions.in_force()
        if active is None or active.number == self._met:
            return False
        if self._held is not None and active.ruleset == self._held.ruleset:
            self._held = _Held(active.number, self._held.ruleset, self._held.decide)
            self._adopted(active)
            self._met = active.number
            return True
        try:
            self._take(active)
        except Transient:  # nothing is said about the set: look again
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the old set goes on
            self._refuse(active, error)
        self._met = active.number
        return self._held is not None and self._held.number == active.number

    def _take(self, activation: Activation) -> None:
        ruleset, files = self._versions.find(activation.ruleset)
        _, decide = decider_of(files, self._versions.pack, ruleset)
        before, self._held = self._held, _Held(activation.number, ruleset, decide)
        if before is not None and before.ruleset != ruleset:
            self._metrics.ruleset.remove(before.ruleset)
        self._adopted(activation)
        if files != files_of(self._versions.pack):
            log.info("pack_rules_differ", active=ruleset)

    def _adopted(self, activation: Activation) -> None:
        self._warnings = []
        self._metrics.ruleset.labels(activation.ruleset).set(1)
        self._report(activation, TAKEN, "")
        log.info("ruleset_taken", ruleset=activation.ruleset, number=activation.number)

    def _refuse(self, activation: Activation, error: Exception) -> None:
        problems = [str(one) for one in error.problems] if isinstance(error, RulesError) else []
        first = problems[0] if problems else f"{type(error).__name__}: {error}"[:300]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        held = self._held.ruleset if self._held else "none"
        self._warnings = [f"rule set {activation.ruleset} cannot be used here, {held} still decides: {first}{more}"]
        self._report(activation, REFUSED, f"{held} still decides: {first}{more}"[:2000])
        log.error("ruleset_refused", ruleset=activation.ruleset, in_force=held, problem=first)

    def _report(self, activation: Activation, outcome: str, detail: str) -> None:
        now = self._versions.clock.now()
        with self._versions.database.write() as tx:
            sets.report(
                tx, Adoption(activation.number, activation.ruleset, self._process, now, outcome, detail)
            )  # fmt: skip

    def _activate(self, files: Files, reason: str, *, expected: str | None) -> None:
        """By the program itself. Another router that begins may be faster."""
        with suppress(NotAsExpected):
            self._versions.adopt(files, Act(SYSTEM, SYSTEM, reason), expected=expected)

    def _with_spellings(self, history: list[Activation]) -> list[Activation]:
        """Sets were once stored without spellings: the active one gets those of the pack, once and for all."""
        ruleset, files = self._versions.find(history[0].ruleset)
        if SPELLINGS_FILE in files or not self._versions.pack.spellings_text:
            return history
        try:
            self._activate(files, "spellings belong to the rules now", expected=ruleset)
        except RulesError:
            return history
        return self._versions.listed()[1]


class RulesFollower:
    """The stepper of the worker that lets a router follow: asks every few seconds, at once when rung."""

    def __init__(self, rules: RulesInForce, bells: Bells) -> None:
        self._rules = rules
        self._waiter = bells.waiter(BELL)

    def step(self) -> None:
        self._waiter.idle()
        self._rules.follow()

    def wake(self) -> None:
        self._waiter.ring()

    def close(self) -> None:
        """Nothing of its own to release."""
