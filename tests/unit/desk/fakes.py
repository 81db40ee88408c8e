"""What the desk asks of intake and the notifier, by hand: each can be away."""

import hashlib
from dataclasses import dataclass, field

from services.desk.adapters import CapturedMessage
from services.desk.cases.reveal import Contact
from services.desk.people.person import Person
from services.desk.quarantine import HeldMessage, OpenedMessage, Settled
from shared.contracts.fields import AttachmentFields
from shared.errors import Refused, Transient
from tests.unit.desk.facts import RECEIVED

HELD = HeldMessage(
    "0192f0aa-0000-7000-8000-00000000000a", "email", "encrypted", "isi terenkripsi", 41_000, "waiting", RECEIVED
)  # fmt: skip


@dataclass
class FakeContacts:
    contact: Contact | None = field(default_factory=lambda: Contact("budi@contoh.id", "+6281234567890", "Budi"))
    away: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)

    def reveal(self, **asked: str) -> Contact | None:
        self.asked.append(asked)
        if self.away:
            raise Transient("intake does not answer", code="service_away")
        return self.contact


@dataclass
class FakeQuarantine:
    """One mail that waits, until it is settled."""

    away: bool = False
    refuses: str = ""
    source: str = ""
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def waiting(self) -> list[HeldMessage]:
        self._fail()
        return [HELD]

    def open(self, quarantine_id: str, person: Person, reason: str) -> OpenedMessage:
        self._fail()
        self.asked.append(("open", person.login, reason))
        text = "" if self.source else "Balas ke 0812 0000 1234, jalan rusak."
        headers = [("From", "siti@example.org")]
        return OpenedMessage(HELD, "Laporan", "siti@example.org", text, self.source, headers, ["foto.zip"])

    def replay(self, quarantine_id: str, person: Person, *, as_complaint: bool, reason: str) -> Settled:
        self._fail()
        if self.refuses:
            raise Refused("said no", code=self.refuses)
        self.asked.append(("complaint" if as_complaint else "replay", person.login, reason))
        return Settled("complaint", "CMH-0000-000A")

    def discard(self, quarantine_id: str, person: Person, reason: str) -> Settled:
        self._fail()
        self.asked.append(("discard", person.login, reason))
        return Settled("discarded", "")

    def _fail(self) -> None:
        if self.away:
            raise Transient("intake does not answer", code="service_away")


@dataclass
class FakeCaptured:
    messages: list[CapturedMessage] = field(default_factory=list)
    away: bool = False

    def latest(self) -> list[CapturedMessage]:
        if self.away:
            raise Transient("the notifier does not answer", code="service_away")
        return self.messages


@dataclass
class FakePhotos:
    files: dict[str, bytes] = field(default_factory=dict)
    away: bool = False
    asked: list[str] = field(default_factory=list)

    def fetch(self, digest: str) -> bytes | None:
        self.asked.append(digest)
        if self.away:
            raise Transient("intake does not answer", code="service_away")
        return self.files.get(digest)


@dataclass
class FakeFiles:
    """Takes in photos of answers: whatever begins as a JPEG does."""

    away: bool = False
    kept: list[tuple[str, int]] = field(default_factory=list)

    def keep(self, complaint_id: str, content: bytes) -> AttachmentFields:
        if self.away:
            raise Transient("intake does not answer", code="service_away")
        if not content.startswith(b"\xff\xd8\xff"):
            raise Refused("Berkas ini bukan foto yang dapat diterima.", code="unsupported_type")
        self.kept.append((complaint_id, len(content)))
        digest, small = (hashlib.sha256(content + end).hexdigest() for end in (b"", b"small"))
        size = len(content)
        return {
            "sha256": digest, "media_type": "image/jpeg", "size": size, "width": 40, "height": 30, "preview": small,
        }  # fmt: skip
