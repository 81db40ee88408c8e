"""What keeps machines out of the form without keeping people out.

Each guard answers with the form as it was typed and a sentence that says what to do: whoever is no machine presses the
button once more. Only limits are a no, and they end by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.errors import RateLimitExceeded
from flask_limiter.util import get_remote_address
from itsdangerous import BadSignature, Signer

from services.intake import repository_guards
from services.intake.contacts import ContactVault
from services.intake.submission import Contact
from shared.clock import Clock
from shared.errors import Refused
from shared.keyring import for_signing
from shared.observability.metrics import Metrics
from shared.sentences import sentence
from shared.storage.database import Database

TRAP = "alamat_situs"
"""A field that people don't see and don't reach. Programs fill in whatever there is."""
OPENED = "opened"
LEAST_SECONDS = 2.0
MOST_SENT_FROM_ADDRESS = "600 per minute; 6000 per hour"
"""For one address, behind which a carrier may have thousands of phones; counted in this process only."""
MOST_IN_A_DAY = 30
"""Complaints of one contact, by all channels together."""
_SALT = "form opened"

_FILLED = sentence(
    "Isian yang tersembunyi terisi; biasanya itu dilakukan program. Isian Anda masih ada: "
    "tekan Kirim laporan sekali lagi."
)
_TOO_FAST = sentence(
    "Formulir terkirim terlalu cepat, seperti dikirim program. Isian Anda masih ada: tekan Kirim laporan sekali lagi."
)
_TOO_MANY = sentence(
    "Terlalu banyak kiriman dari jaringan Anda saat ini. Isian Anda masih ada: tunggu satu menit, lalu kirim "
    "sekali lagi."
)
_CONTACT_FULL = sentence(
    "Kontak ini sudah dipakai untuk %(most)s laporan hari ini. Kirim lagi besok, atau kirim tanpa kontak.",
    most=MOST_IN_A_DAY,
)


@dataclass(frozen=True)
class AddressLimit:
    """Counts what comes from one address, in memory: each process counts for itself, and forgets when it ends."""

    limiter: Limiter

    @staticmethod
    def on(app: Flask) -> AddressLimit:
        return AddressLimit(Limiter(get_remote_address, app=app, storage_uri="memory://", strategy="moving-window"))

    def count(self) -> None:
        """Counts this request. Raises `Refused` with status 429."""
        try:
            with self.limiter.limit(MOST_SENT_FROM_ADDRESS, scope="sending"):
                return
        except RateLimitExceeded:
            raise Refused(_TOO_MANY, code="too_many_from_address", status=429) from None


@dataclass(frozen=True)
class FormGuards:
    database: Database
    clock: Clock
    vault: ContactVault
    zone: ZoneInfo
    metrics: Metrics
    key: str
    addresses: AddressLimit

    def opened_mark(self) -> str:
        """For a hidden field of a new form: when it was made, signed."""
        return self._signer().sign(f"{self.clock.now().timestamp():.3f}").decode()

    def count_address(self, channel: str) -> None:
        """Raises `Refused` (`too_many_from_address`)."""
        try:
            self.addresses.count()
        except Refused as error:
            self.note_refusal(channel, error)
            raise

    def judge(self, channel: str, typed: Any) -> None:
        """Raises `Refused` (`trap_filled`, `too_fast`) when a form looks as if a program had filled it in.

        A form without the signed time is let through: pages of programs that lack the field have their own guards.
        """
        refusal = None
        if typed.get(TRAP):
            refusal = Refused(_FILLED, code="trap_filled")
        elif (seconds := self._seconds_open(typed.get(OPENED, ""))) is not None and seconds < LEAST_SECONDS:
            refusal = Refused(_TOO_FAST, code="too_fast")
        if refusal is not None:
            self.note_refusal(channel, refusal)
            raise refusal

    def check_contact(self, channel: str, contact: Contact) -> None:
        """For a contact in normal form. Raises `Refused` (`too_many_of_contact`, 429)."""
        keys = [self.vault.email_key(contact.email), self.vault.phone_key(contact.phone)]
        now = self.clock.now().astimezone(self.zone)
        midnight = datetime.combine(now.date(), time.min, self.zone)
        with self.database.read() as connection:
            for name, key in zip(("email", "phone"), keys, strict=True):
                if key and repository_guards.complaints_of(connection, name, key, midnight) >= MOST_IN_A_DAY:
                    refusal = Refused(
                        _CONTACT_FULL, code="too_many_of_contact", status=429, fields={name: _CONTACT_FULL}
                    )
                    self.note_refusal(channel, refusal)
                    raise refusal

    def _seconds_open(self, mark: str) -> float | None:
        try:
            opened = float(self._signer().unsign(mark))
        except (BadSignature, ValueError):
            return None
        return self.clock.now().timestamp() - opened

    def _signer(self) -> Signer:
        return Signer(for_signing(self.key), salt=_SALT)

    def note_refusal(self, channel: str, refusal: Refused) -> None:
        self.metrics.refused.labels(channel, refusal.code).inc()
