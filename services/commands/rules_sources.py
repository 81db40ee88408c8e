"""The rule sets that commands are about: `active`, `pack`, a folder, or the beginning of a stored set's id."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from services.commands.inspection import environment_with
from services.operations.installation import CannotLook, Member, check_schema, locate, open_member, reason
from services.router.rule_files import Files, files_of
from services.router.rules import RuleSet
from services.router.ruleset import Decider, decider_of
from services.router.versions import Versions
from shared.citypack import CityPack, load_pack
from shared.clock import SystemClock
from shared.errors import Refused
from shared.observability.logs import silence_logs

ACTIVE, PACK = "active", "pack"


@dataclass(frozen=True)
class Chosen:
    """`name` is how it was asked for; `ruleset` is its id when it is a stored one."""

    name: str
    files: Files
    ruleset: str | None = None


class RuleSources:
    """Opens only what is asked for: a folder needs no database."""

    def __init__(self, environment: dict[str, str], pack: Path) -> None:
        self._environment = environment
        self._folder = pack
        self._opened: list[Member] = []

    @cached_property
    def pack(self) -> CityPack:
        return load_pack(self._folder)

    @cached_property
    def versions(self) -> Versions:
        """Raises `CannotLook`."""
        return Versions(self.member("router").database, self.pack, SystemClock())

    def member(self, owner: str) -> Member:
        """Raises `CannotLook` when it does not answer or is of another schema."""
        member = open_member(locate(self._environment), owner)
        self._opened.append(member)
        try:
            check_schema(member)
        except Exception as error:
            raise CannotLook(f"cannot look:\n  {owner}: {reason(error)}") from error
        return member

    def choose(self, name: str) -> Chosen:
        """Raises `CannotLook` for what is no rule set, and what the pack or the database raise."""
        if name == PACK:
            return Chosen(name, files_of(self.pack))
        if name == ACTIVE:
            active = self.versions.in_force()
            if active is None:
                raise CannotLook("no rule set is active yet; start the router once, or: tanggap rules activate pack")
            return Chosen(name, self.versions.find(active.ruleset)[1], active.ruleset)
        if Path(name).is_dir():
            return Chosen(name, files_of(load_pack(Path(name))))
        try:
            found, files = self.versions.find(name)
        except Refused as error:
            known = f"Write `{ACTIVE}`, `{PACK}`, the folder of a pack, or the beginning of an id."
            raise CannotLook(f"{error.message} {known}") from error
        return Chosen(found, files, found)

    def compile(self, chosen: Chosen) -> tuple[RuleSet, Decider]:
        """Raises `RulesError`."""
        return decider_of(chosen.files, self.pack, chosen.ruleset)

    def close(self) -> None:
        for member in self._opened:
            member.database.close()


@contextmanager
def rule_sources(options: dict[str, Any], data: Path | None, pack: Path | None = None) -> Iterator[RuleSources]:
    """`pack` instead of the pack of the options."""
    silence_logs()
    sources = RuleSources(environment_with(options, data), pack or Path(options["pack"]))
    try:
        yield sources
    finally:
        sources.close()
