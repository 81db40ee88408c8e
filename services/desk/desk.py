"""The parts that the desk's pages work with, put together once in app.py."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.desk.adapters import CapturedMessages
from services.desk.cases.photos import Photos
from services.desk.cases.reveal import Contacts
from services.desk.people.sign_in import SignIn
from services.desk.quarantine import HeldMessages
from services.desk.sending.alerts import OpenAlerts
from services.desk.sending.deliveries import Deliveries
from shared.city import CityPack
from shared.service import Spine


@dataclass(frozen=True)
class Desk:
    spine: Spine
    pack: CityPack
    sign_in: SignIn
    contacts: Contacts
    captured: CapturedMessages
    photos: Photos
    quarantine: HeldMessages
    deliveries: Deliveries
    open_alerts: OpenAlerts
    demo: bool
    demo_password_file: Path | None
    """Where people find the password of the demo logins; None when whoever started the desk chose it."""
