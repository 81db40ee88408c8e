"""Exchanging a secret in steps that can be taken back: `add`, `use`, `retire`. Pure.

Between two steps every process is replaced, one by one. So at any time some know the step that was taken last and some
do not yet; what the one shows, signs or seals, the other accepts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.commands.secret_kinds import Exchangeable, Kind
from shared.errors import ConfigError
from shared.keyring import values_of
from shared.logins import other_user, user_of, with_login

ADD, USE, RETIRE = "add", "use", "retire"
STEPS = (ADD, USE, RETIRE)


@dataclass(frozen=True)
class Step:
    """What was in the file `before` and `after`. `beside`: the address that the server also knows (`LOGIN`) or will
    know (`PASSWORD`)."""

    name: str
    at: datetime
    before: str = field(repr=False)
    after: str = field(repr=False)
    beside: str = field(default="", repr=False)


@dataclass(frozen=True)
class Secret:
    """One secret as its file and its steps so far say. `steps` holds nothing when no exchange is begun."""

    kind: Exchangeable
    content: str = field(repr=False)
    steps: tuple[Step, ...] = ()

    @property
    def stage(self) -> str:
        """The last step; empty: no exchange is begun, or it is over and forgotten."""
        return self.steps[-1].name if self.steps else ""

    @property
    def beside(self) -> str:
        return self.steps[-1].beside if self.steps else ""


def read(kind: Exchangeable, content: str, steps: Sequence[Step]) -> Secret:
    """Without a last step that was noted and never done. Raises `ConfigError` when the file was changed by hand."""
    if steps and content not in (steps[-1].before, steps[-1].after):
        raise ConfigError(
            f"{kind.name} was changed since its last step ({steps[-1].name}): `tanggap secrets forget {kind.name} "
            "--as-it-is` ends that exchange and keeps what is in the file"
        )
    if steps and content != steps[-1].after:
        steps = steps[:-1]
    return Secret(kind, content, tuple(steps))


def next_step(secret: Secret, name: str, now: datetime, random: Callable[[], str]) -> Step:
    """Raises `ConfigError` when it is not this step's turn."""
    _check_turn(secret, name)
    if name == ADD:
        return _added(secret, now, random)
    if secret.kind.kind in (Kind.LOGIN, Kind.PASSWORD):
        if name == USE:
            return Step(USE, now, secret.content, secret.beside, secret.content)
        return Step(RETIRE, now, secret.content, secret.content)
    values = values_of(secret.content)
    if name == USE:
        return Step(USE, now, secret.content, ",".join([values[-1], *values[:-1]]))
    return Step(RETIRE, now, secret.content, values[0])


def turn_of(secret: Secret) -> str:
    """The step that comes next; empty when the exchange is done."""
    if not secret.stage:
        return ADD
    if secret.stage == USE and secret.kind.kind == Kind.LASTING:
        return ""
    following = STEPS.index(secret.stage) + 1
    return STEPS[following] if following < len(STEPS) else ""


def is_done(secret: Secret) -> bool:
    return bool(secret.steps) and not turn_of(secret)


def _check_turn(secret: Secret, name: str) -> None:
    name_of, turn = secret.kind.name, turn_of(secret)
    if name == RETIRE and secret.kind.kind == Kind.LASTING:
        raise ConfigError(f"{name_of}: old values stay for good, what they sealed could not be checked without them")
    if name == turn:
        return
    if not turn:
        raise ConfigError(f"{name_of}: this exchange is done; `tanggap secrets forget {name_of}` ends it")
    raise ConfigError(f"{name_of}: the next step is `{turn}`, not `{name}`")


def _added(secret: Secret, now: datetime, random: Callable[[], str]) -> Step:
    content, kind = secret.content, secret.kind.kind
    if not content:
        raise ConfigError(f"{secret.kind.name} is empty: there is nothing to exchange")
    if kind == Kind.LOGIN:
        return Step(ADD, now, content, content, with_login(content, other_user(user_of(content)), random()))
    if kind == Kind.PASSWORD:
        fresh = with_login(content, user_of(content), random()) if "://" in content else random()
        return Step(ADD, now, content, content, fresh)
    return Step(ADD, now, content, ",".join([*values_of(content), random()]))
