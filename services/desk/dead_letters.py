"""Dead letters of all services, as the desk shows and settles them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.desk.people.person import Person
from shared.dead_letters import DISCARD, DeadLetter, DeadLetters, Settling
from shared.errors import Refused, Rejected, Transient
from shared.observability.logs import get_logger
from shared.sentences import sentence

log = get_logger("desk")
SERVICES = ("intake", "router", "notifier", "desk")
"""In the order in which they are shown: the way of a complaint."""


@dataclass(frozen=True)
class OfService:
    """`letters` is None when the service does not answer."""

    service: str
    letters: Sequence[DeadLetter] | None


def listed(of_services: Mapping[str, DeadLetters]) -> list[OfService]:
    return [OfService(name, _letters(name, of_services[name])) for name in SERVICES if name in of_services]


def settle(
    of_services: Mapping[str, DeadLetters], person: Person, *, service: str, act: str, queue: str, message_id: str,
    reason: str,
) -> bool:  # fmt: skip
    """False when somebody else settled it before. Raises `Refused`, and `Transient` when the service is away."""
    reason = reason.strip()[:500]
    if act == DISCARD and not reason:
        problems: dict[str, str] = {"reason": sentence("Tulis alasan membuangnya.")}
        raise Refused(sentence("Pesan belum dibuang."), code="reason_missing", fields=problems)
    if service not in of_services or not (queue and message_id):
        return False
    wish = Settling(act, queue, message_id, person.login, person.role, reason)
    try:
        return of_services[service].settle(wish)
    except Rejected as error:
        raise Transient(error.message, code=error.code) from error


def _letters(service: str, letters: DeadLetters) -> Sequence[DeadLetter] | None:
    try:
        return letters.listed()
    except (Transient, Rejected) as error:
        log.warning("dead_letters_not_read", of=service, code=error.code)
        return None
