"""What the desk asks of the other services, each behind a protocol that a test can stand in for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.desk.adapters import CapturedMessages, IntakeContacts, NotifierCaptured
from services.desk.assisted.entries import Entries, IntakeEntries
from services.desk.auditing.sources import AuditRows
from services.desk.cases.photos import IntakePhotos, Photos
from services.desk.cases.reveal import Contacts
from services.desk.config import DeskSettings
from services.desk.console.around import NeighbourVitals, RemoteVitals
from services.desk.directory.connections import TRIAL_SECONDS, Connections, NotifierConnections
from services.desk.quarantine import HeldMessages, IntakeQuarantine
from services.desk.rules.client import RouterRules, Rules
from services.desk.sending.alerts import OpenAlerts
from services.desk.sending.deliveries import Deliveries, NotifierDeliveries
from services.desk.working.files import AnswerFiles, IntakeAnswerFiles
from shared.clock import Clock
from shared.dead_letters import DeadLetters
from shared.web.internal import InternalClient
from shared.web.internal_audit import RemoteAudit
from shared.web.internal_dead import RemoteDeadLetters

RULES_SECONDS = 20.0
"""The router runs every example of a rule set before it puts it in force."""
_QUICK_SECONDS = 1.0
_AUDIT_SECONDS = 3.0
"""The auditor's page asks three services, one after another."""


@dataclass(frozen=True)
class Neighbours:
    contacts: Contacts
    captured: CapturedMessages
    photos: Photos
    files: AnswerFiles
    entries: Entries
    quarantine: HeldMessages
    deliveries: Deliveries
    open_alerts: OpenAlerts
    rules: Rules
    connections: Connections
    audits: Mapping[str, AuditRows]
    """The audit rows of each other service."""
    vitals: Mapping[str, NeighbourVitals]
    others_dead: Mapping[str, DeadLetters]
    """The dead letters of each other service."""


def reached(settings: DeskSettings, clock: Clock) -> Neighbours:
    """The services where the settings say that they are. Nothing is asked yet."""
    token = settings.common.service_token
    intake = InternalClient(settings.intake_url, token)
    quick = InternalClient(settings.notifier_url, token, timeout_seconds=_QUICK_SECONDS)
    slow = InternalClient(settings.notifier_url, token, timeout_seconds=TRIAL_SECONDS)
    return Neighbours(
        contacts=IntakeContacts(intake),
        captured=NotifierCaptured(InternalClient(settings.notifier_url, token)),
        photos=IntakePhotos(intake),
        files=IntakeAnswerFiles.at(settings.intake_url, token),
        entries=IntakeEntries.at(settings.intake_url, token),
        quarantine=IntakeQuarantine(intake),
        deliveries=NotifierDeliveries(InternalClient(settings.notifier_url, token)),
        open_alerts=OpenAlerts(NotifierDeliveries(quick), clock),
        rules=RouterRules(InternalClient(settings.router_url, token, timeout_seconds=RULES_SECONDS)),
        connections=NotifierConnections(slow, quick),
        audits={
            name: RemoteAudit(InternalClient(url, token, timeout_seconds=_AUDIT_SECONDS))
            for name, url in _urls(settings).items()
        },
        vitals={
            name: RemoteVitals(InternalClient(url, token, timeout_seconds=_QUICK_SECONDS), clock)
            for name, url in _urls(settings).items()
        },
        others_dead={
            name: RemoteDeadLetters(InternalClient(url, token, timeout_seconds=_AUDIT_SECONDS))
            for name, url in _urls(settings).items()
        },
    )


def _urls(settings: DeskSettings) -> dict[str, str]:
    return {"intake": settings.intake_url, "router": settings.router_url, "notifier": settings.notifier_url}
