"""Handling one message alone: mark, try, and write down how it ended.

    begin (committed) -> handler and `done` in one transaction -> or: postponed, or buried

`Rejected` is buried at once. `Transient` is tried again for three days. Anything else is a bug: five tries, then
buried with the traceback. A message whose consumer died on it five times is buried as `crashed`. What carries words
that were erased is closed without being handled.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shared.clock import Clock
from shared.contracts.envelope import Codec, Envelope
from shared.erasures import ERASED, ErasureGuard
from shared.errors import AlreadyDone, Rejected, Transient
from shared.messaging.backoff import backoff_seconds
from shared.messaging.inbox import MOST_CRASHES, Attempt, Inbox
from shared.observability.logs import get_logger
from shared.observability.metrics import Metrics
from shared.observability.tracing import traced
from shared.storage.database import Database, Transaction

log = get_logger("handling")

Handler = Callable[[Transaction, Envelope], None]
"""Changes its own database through the transaction and says facts through the outbox; does nothing else."""

Foresee = Callable[[Transaction, Sequence[Envelope]], None]
"""Looks up for a whole batch what its handlers will want to know, into `Transaction.memory`; changes nothing."""

MOST_BUG_ATTEMPTS = 5
MOST_TRANSIENT_ATTEMPTS = 900  # with waits of up to 300 s: about three days


@dataclass(frozen=True)
class Handling:
    """What a consumer and a retrier of one service share."""

    service: str
    database: Database
    inbox: Inbox
    codec: Codec
    handlers: Mapping[str, Handler]
    clock: Clock
    metrics: Metrics
    guard: ErasureGuard
    foresee: Foresee = lambda _tx, _envelopes: None

    def handler_for(self, envelope: Envelope) -> Handler:
        try:
            return self.handlers[envelope.type]
        except KeyError:
            raise Rejected(f"{self.service} does not handle {envelope.type}", code="unhandled_type") from None

    def handle(self, tx: Transaction, envelope: Envelope, handler: Handler) -> str:
        """`done`, or `erased`: it was not handled. The guard has looked it up."""
        if self.guard.closes(tx, envelope):
            return ERASED
        handler(tx, envelope)
        self.guard.afterwards(tx, envelope)
        return "done"

    def step_of(self, envelope: Envelope) -> str:
        """As which step of a journey it is told (tracing.py)."""
        return f"{self.service} hears {envelope.type}"

    def report(self, queue: str, outcome: str, envelope: Envelope | None = None) -> None:
        self.metrics.handled.labels(self.service, queue, outcome).inc()
        if envelope is not None:
            lag = (self.clock.now() - envelope.time).total_seconds()
            self.metrics.lag.labels(self.service, queue).observe(max(0.0, lag))


def handle_alone(handling: Handling, attempt: Attempt) -> None:
    """Tries the message and writes down how it ended. Raises `Transient` only when the database is away."""
    if attempt.crashes >= MOST_CRASHES:
        _bury(handling, attempt, "crashed", f"its consumer died {attempt.crashes} times while handling it")
        return
    try:
        envelope = handling.codec.decode(attempt.body)
        with traced(envelope.traceparent, handling.step_of(envelope), subject=envelope.subject):
            handler = handling.handler_for(envelope)
            with handling.database.write() as tx:
                handling.guard.look_up(tx, [envelope])
                outcome = handling.handle(tx, envelope, handler)
                handling.inbox.finish(tx, attempt)
            handling.report(attempt.queue, outcome, envelope)
    except AlreadyDone as error:
        _close_already_done(handling, attempt, error)
    except Rejected as error:
        _bury(handling, attempt, error.code, error.message)
    except Transient as error:
        _postpone_or_bury(handling, attempt, error)
    except Exception as error:  # noqa: BLE001 - a bug in a handler: this is one of the places that must not die of it
        _postpone_bug(handling, attempt, error)


def _close_already_done(handling: Handling, attempt: Attempt, error: AlreadyDone) -> None:
    """The handler found its effect present: the message is done, unless another consumer holds it now."""
    if error.code == "lease_lost":
        handling.report(attempt.queue, "taken_over")
        return
    with handling.database.write() as tx:
        handling.inbox.finish(tx, attempt)
    handling.report(attempt.queue, "already_done")


def _postpone_or_bury(handling: Handling, attempt: Attempt, error: Transient) -> None:
    if attempt.number >= MOST_TRANSIENT_ATTEMPTS:
        _bury(handling, attempt, error.code, f"gave up after {attempt.number} attempts: {error.message}")
        return
    wait = error.retry_after_seconds or backoff_seconds(attempt.number, key=attempt.message_id)
    with handling.database.write() as tx:
        handling.inbox.postpone(tx, attempt, wait_seconds=wait, code=error.code, error=error.message)
    handling.report(attempt.queue, "retrying")
    log.info("message_postponed", queue=attempt.queue, message_id=attempt.message_id, code=error.code)


def _postpone_bug(handling: Handling, attempt: Attempt, error: Exception) -> None:
    trace = "".join(traceback.format_exception(error))
    log.error("handler_failed", queue=attempt.queue, message_id=attempt.message_id, trace=trace)
    if attempt.number >= MOST_BUG_ATTEMPTS:
        _bury(handling, attempt, "bug", trace)
        return
    wait = backoff_seconds(attempt.number, key=attempt.message_id)
    with handling.database.write() as tx:
        handling.inbox.postpone(tx, attempt, wait_seconds=wait, code="bug", error=trace)
    handling.report(attempt.queue, "retrying")


def _bury(handling: Handling, attempt: Attempt, code: str, error: str) -> None:
    with handling.database.write() as tx:
        handling.inbox.bury(tx, attempt, code=code, error=error)
    handling.report(attempt.queue, "dead")
    log.error("message_buried", queue=attempt.queue, message_id=attempt.message_id, code=code)
