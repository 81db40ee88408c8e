"""The threads that send: a pool for each channel, so that one channel's troubles are not another's."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from services.notifier.delivery import AMQP, ANY, EMAIL, SMS, WEBHOOK
from services.notifier.sending.attempt import Sending
from services.notifier.sending.calling import bell_of
from services.notifier.sending.lanes import Lanes, Rest
from services.notifier.way_out import WayOut
from shared.clock import Clock
from shared.storage.bells import Bells
from shared.workers import Worker, gathering_seconds

THREADS: Mapping[str, int] = {ANY: 1, EMAIL: 4, SMS: 4, WEBHOOK: 8, AMQP: 2}
CONVERSATION_SECONDS: Mapping[str, float] = {ANY: 30.0, EMAIL: 180.0, SMS: 60.0, WEBHOOK: 60.0, AMQP: 60.0}
"""Longer than the slowest call of each channel, all its time-outs together."""


class Pool:
    """The threads of one channel: at least one also where it leads nowhere, since its deliveries have to end."""

    def __init__(self, sending: Sending, lanes: Lanes, way_out: WayOut | None, bells: Bells, size: int) -> None:
        self._sending = sending
        self._lanes = lanes
        self._way_out = way_out
        self._bells = bells
        self._size = size
        self._left = size
        self._lock = threading.Lock()

    def workers(self, clock: Clock) -> list[Worker]:
        channel = self._sending.channel
        return [
            SendingThread(
                f"notifier-{channel}-{number}", SendingStepper(self, self._sending, self._lanes, self._bells), clock,
                CONVERSATION_SECONDS[channel],
            )
            for number in range(1, self._size + 1)
        ]  # fmt: skip

    def leave(self) -> None:
        """Each thread says it once; the last one closes the way out."""
        with self._lock:
            self._left -= 1
            last = self._left == 0
        if last and self._way_out is not None:
            self._way_out.close()


class SendingThread(Worker):
    """One whose single call may rightly take long."""

    def __init__(self, name: str, stepper: SendingStepper, clock: Clock, conversation_seconds: float) -> None:
        super().__init__(name, stepper, clock)
        self._conversation_seconds = conversation_seconds

    def still_seconds(self) -> float:
        """Beyond what one call may take."""
        return max(0.0, super().still_seconds() - self._conversation_seconds)


class SendingStepper:
    """Serves one lane after another, woken by the channel's bell, and looks by itself every few seconds."""

    def __init__(self, pool: Pool, sending: Sending, lanes: Lanes, bells: Bells) -> None:
        self._pool = pool
        self._sending = sending
        self._lanes = lanes
        self._waiter = bells.waiter(bell_of(sending.channel))
        self._leaving = threading.Event()

    def step(self) -> None:
        turn = self._lanes.take(self._sending.channel)
        if isinstance(turn, Rest):
            self._waiter.wait(turn.seconds)
            return
        started = time.monotonic()
        if self._sending.run(turn, self._leaving.is_set) < turn.most:
            self._leaving.wait(gathering_seconds(time.monotonic() - started))

    def wake(self) -> None:
        """Called to stop: the message in hand is finished, the rest of the batch given back."""
        self._leaving.set()
        self._waiter.ring()

    def close(self) -> None:
        self._pool.leave()
