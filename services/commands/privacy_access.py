"""What the commands about one contact share: everything open, and whose contact it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from services.commands.inspection import looking_at
from services.commands.intake_access import opened_intake
from services.intake.contacts import TypedContact
from services.intake.tables import audit
from services.operations.installation import Installation
from services.operations.letters import operator
from services.operations.privacy.opening import PrivacyParts, privacy_parts
from shared.audit import record_act
from shared.clock import SystemClock
from shared.errors import Refused

MOST_REASON = 300
MOST_NAMED = 200
"""Complaints that one audit row names."""


@dataclass(frozen=True)
class Access:
    installation: Installation
    opened: PrivacyParts

    def contact(self, text: str, *, or_ticket: bool = False) -> TypedContact:
        """Raises `ClickException`; `or_ticket`: a ticket would have done as well."""
        try:
            return self.opened.holder.vault.typed(text)
        except Refused as error:
            more = ", nor a ticket" if or_ticket else ""
            raise click.ClickException(f"{error.message}{more}") from error

    def record(self, act: str, subject: str, reason: str, **details: Any) -> None:
        record(self.opened, act, subject, reason, **details)


def record(opened: PrivacyParts, act: str, subject: str, reason: str = "", **details: Any) -> None:
    """The row holds no contact and no key of one."""
    with opened.parts.spine.database.write() as tx:
        record_act(
            tx, audit, at=SystemClock().now(), actor=operator(), role="operator", act=f"privacy.{act}",
            subject=subject, reason=reason.strip(), details=details,
        )  # fmt: skip


@contextmanager
def everything(options: dict[str, Any], data: Path | None) -> Iterator[Access]:
    with looking_at(options, data) as installation, opened_intake(options, data) as (settings, database):
        yield Access(installation, privacy_parts(settings, database))


def checked_reason(reason: str) -> str:
    if len(reason) > MOST_REASON:
        raise click.UsageError(f"--reason: {MOST_REASON} characters at most")
    return reason.strip()
