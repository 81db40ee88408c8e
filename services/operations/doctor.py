"""Is the installation whole? Every check runs by itself and in bounded time; one that hangs costs no other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from services.composition import OWNERS
from services.operations.bounded import ask_all
from services.operations.checks_agencies import check_agency_queues
from services.operations.checks_alerts import check_alerts
from services.operations.checks_city import check_pack
from services.operations.checks_machine import check_broker, check_certificates, check_data, check_process
from services.operations.checks_seals import check_seals
from services.operations.checks_settings import check_accounts, check_channels, check_settings
from services.operations.checks_stored import check_active_rules, check_database
from services.operations.finding import Check, Finding, State, unseen
from services.operations.installation import EMBEDDED, Location, locate, reason
from shared.clock import Clock, SystemClock

SECONDS = 15.0


@dataclass(frozen=True)
class Diagnosis:
    mode: str
    at: datetime
    findings: list[Finding]

    @property
    def exit_code(self) -> int:
        """0 all well, 1 something needs attention, 2 something could not be looked at."""
        if any(not finding.looked for finding in self.findings):
            return 2
        return 0 if all(finding.state is State.OK for finding in self.findings) else 1

    def as_dict(self) -> dict[str, Any]:
        return {
            "mode": self.mode,
            "at": self.at.isoformat(),
            "ok": self.exit_code == 0,
            "findings": [finding.as_dict() for finding in self.findings],
        }


def diagnose(environment: Mapping[str, str], pack: Path, clock: Clock | None = None) -> Diagnosis:
    """Raises `ConfigError` only when a file that a variable names cannot be read."""
    location, clock = locate(environment), clock or SystemClock()
    checks = _checks(location, pack, clock)
    findings: list[Finding] = []
    for name, answer in ask_all(checks, SECONDS).items():
        if isinstance(answer, Exception):
            findings.append(unseen(name, reason(answer), "see docs/operations.md"))
        else:
            findings += answer
    return Diagnosis(location.mode, clock.now(), findings)


def _checks(location: Location, pack: Path, clock: Clock) -> dict[str, Check]:
    checks: dict[str, Check] = {"settings": partial(check_settings, location)}
    checks["data folder"] = partial(check_data, location)
    if location.mode == EMBEDDED:
        checks["process"] = partial(check_process, location)
    else:
        checks["broker"] = partial(check_broker, location)
        checks["agency queues"] = partial(check_agency_queues, location, clock)
    for owner in OWNERS:
        checks[f"database {owner}"] = partial(check_database, location, owner, clock)
    checks["pack"] = partial(check_pack, pack)
    checks["active rules"] = partial(check_active_rules, location, pack)
    checks["channels"] = partial(check_channels, location)
    checks["alerts"] = partial(check_alerts, location, clock)
    checks["audit seals"] = partial(check_seals, location, clock)
    checks["accounts"] = partial(check_accounts, location)
    checks["certificates"] = partial(check_certificates, location, clock)
    return checks
