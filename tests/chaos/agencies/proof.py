"""Two thousand cases to twelve agencies on their worst day, and the counting afterwards."""

import time
from collections import Counter
from dataclasses import dataclass, field

from services.notifier.delivery import EMAIL, SMS
from services.notifier.sending.attempt import UNREPEATABLE_HAND
from services.notifier.sending.pool import THREADS
from tests.chaos.agencies.ground import (
    BY_QUEUE,
    BY_WEBHOOK,
    CODES,
    MATTERS,
    NOTIFIERS,
    AgencyGround,
)
from tests.chaos.audit import at_rest, unfinished
from tests.chaos.channels import Channel, without_contact
from tests.chaos.load import Citizens
from tests.chaos.supervisor import Supervisor
from tests.support.eventually import eventually

FINAL = {"sent", "delivered", "failed", "skipped", "uncertain", "captured"}
SETTLED_SECONDS = 420
MOST_IN_HAND = (THREADS[EMAIL] + THREADS[SMS]) * UNREPEATABLE_HAND
"""What one process can have marked at a time of the two ways that must not repeat: a hand in each thread."""

_NOTICES = (
    "SELECT delivery_id, ticket, recipient, channel, state, reason FROM deliveries "
    "WHERE message = 'case_notice' ORDER BY delivery_id"
)
_CRASHED = "SELECT count(*) FROM deliveries WHERE state = 'uncertain' AND reason = 'crashed_while_sending'"


@dataclass
class AgencyProof:
    """`good` when nothing was lost, nothing doubled where it must not, and every end has its reason."""

    cases: int
    seconds: float
    kills: int
    crashed: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    strikes: Counter[str] = field(default_factory=Counter)
    repeats: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.unexplained) and self.crashed <= self.kills * MOST_IN_HAND

    def report(self) -> str:
        lines = [
            f"{self.cases} cases, {self.kills} kills of notifiers, {sum(self.strikes.values())} faults of receivers "
            f"in {self.seconds:.0f} s",
            f"ends: {_listed(self.ends)}",
            f"receivers: {_listed(self.strikes)}",
            f"repeats under one key: {_listed(self.repeats)}",
            f"lost {len(self.lost)}, doubled {len(self.doubled)}, without explanation {len(self.unexplained)}, "
            f"uncertain after a kill {self.crashed} (most {self.kills * MOST_IN_HAND})",
        ]
        return "\n".join([*lines, *self.lost[:20], *self.doubled[:20], *self.unexplained[:20]])


def prove(ground: AgencyGround, *, cases: int, kills: int, seconds: float) -> AgencyProof:
    texts = [f"{MATTERS[CODES[number % len(CODES)]]}, laporan {number}" for number in range(cases)]
    started = time.monotonic()
    with Supervisor(ground.system) as supervisor:
        citizens = _Cases(ground.system, texts, seconds)
        citizens.start()
        for number in range(kills):
            time.sleep(max(0.0, (number + 1) * seconds / (kills + 1) - (time.monotonic() - started)))
            supervisor.kill(ground.system.processes[NOTIFIERS[number % 2]])
        citizens.join()
        ground.calm()
        shown = lambda: unfinished(ground.system)  # noqa: E731
        eventually(lambda: at_rest(ground.system), SETTLED_SECONDS, every=1, describe=shown)
        eventually(lambda: _all_fetched(ground), 60, every=1, describe=lambda: ground.node.queue_depths("agencies"))
    proof = AgencyProof(cases, time.monotonic() - started, kills)
    _count(ground, citizens, proof)
    return proof


class _Cases(Citizens):
    """By the API, each with its own words."""

    def __init__(self, target: object, texts: list[str], seconds: float) -> None:
        super().__init__(target, len(texts), seconds=seconds, channels=(without_contact,))  # type: ignore[arg-type]
        self._texts = texts

    def insist(self, number: int, text: str = "", by: Channel | None = None) -> str:
        return super().insist(number, text or self._texts[number], by)


def _all_fetched(ground: AgencyGround) -> bool:
    depths = ground.node.queue_depths("agencies")
    return all(depths.get(f"agency.{code}.v1", 0) == 0 for code in BY_QUEUE)


def _count(ground: AgencyGround, citizens: Citizens, proof: AgencyProof) -> None:
    receipts = ground.receipts
    for message in ground.witnessed():
        receipts.keep("amqp", str(message.properties.message_id), str(message.json()["subject"]))
    proof.strikes = receipts.strikes
    proof.crashed = ground.system.rows("notifier", _CRASHED)[0][0]
    rows = ground.system.rows("notifier", _NOTICES)
    by_ticket = Counter(str(row[1]) for row in rows)
    proof.lost += [f"{one}: acknowledged, no notice" for one in citizens.ledger.tickets.values() if not by_ticket[one]]
    proof.doubled += [f"{ticket}: {count} notices" for ticket, count in by_ticket.items() if count > 1]
    arrived = receipts.times("email", "sms", "webhook", "amqp")
    for key, ticket, recipient, channel, state, reason in rows:
        proof.ends[f"{channel} {state} {reason}"] += 1
        if state not in FINAL or not reason:
            proof.unexplained.append(f"{ticket} to {recipient}: {state} {reason!r}")
        if state in ("sent", "delivered") and not arrived[key]:
            proof.lost.append(f"{ticket} to {recipient}: {state} by {channel}, never arrived")
    _count_doubles(ground, proof)


def _count_doubles(ground: AgencyGround, proof: AgencyProof) -> None:
    receipts = ground.receipts
    for channel in ("email", "sms"):
        repeated = {key: count for key, count in receipts.times(channel).items() if count > 1}
        proof.doubled += [f"{key}: {count} times by {channel}" for key, count in repeated.items()]
    for channel, codes in (("webhook", BY_WEBHOOK), ("amqp", BY_QUEUE)):
        times = receipts.times(channel)
        proof.repeats[channel] = sum(times.values()) - len(times)
        stored = Counter(key for code in codes for key in ground.stored_by(code))
        proof.lost += [f"{key}: came by {channel}, not stored by the example" for key in times if not stored[key]]
        proof.doubled += [f"{key}: stored {count} times" for key, count in stored.items() if count > 1]
    for (channel, ticket), keys in receipts.keys_of().items():
        if len(keys) > 1:
            proof.doubled.append(f"{ticket} by {channel} under {len(keys)} keys")


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "none"
