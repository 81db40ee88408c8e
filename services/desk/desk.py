"""The parts that the desk's pages work with, put together once in app.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from services.desk.cases.register import Register
from services.desk.console.console import Console
from services.desk.neighbours import Neighbours
from services.desk.people.links import Links
from services.desk.people.oidc import Oidc
from services.desk.people.sign_in import SignIn
from shared.city import CityPack
from shared.dead_letters import DeadLetters
from shared.service import Spine


@dataclass(frozen=True)
class Desk(Neighbours):
    spine: Spine
    pack: CityPack
    register: Register
    sign_in: SignIn
    links: Links
    console: Console
    dead: Mapping[str, DeadLetters]
    """The dead letters of all services."""
    oidc: Oidc | None
    """The city's own login service, where there is one."""
    demo: bool
    demo_password_file: Path | None
    """Where people find the password of the demo logins; None when whoever started the desk chose it."""

    @staticmethod
    def beside(neighbours: Neighbours, **own: Any) -> Desk:
        """A desk with these neighbours."""
        return Desk(**{one.name: getattr(neighbours, one.name) for one in fields(Neighbours)}, **own)
