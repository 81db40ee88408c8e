"""One connection to RabbitMQ that publishes batches: a confirm is matched to its message by its delivery tag.

Used once it is ready, until anything goes wrong; then another is opened.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import pika
from pika.adapters.select_connection import IOLoop
from pika.exceptions import ChannelClosedByBroker

from shared.contracts.envelope import CONTENT_TYPE
from shared.messaging.message import Message, Outcome
from shared.messaging.topology import EVENTS, Topology
from shared.observability.logs import get_logger

log = get_logger("publisher")

_CLOSE_SECONDS = 1.0
_LOOK_AGAIN_SECONDS = 60.0
_PERSISTENT = 2


class _Batch:
    """Messages and what became of them so far. Filled by the connection's thread, read by the publisher's."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self.messages = messages
        self.outcomes: list[Outcome | None] = [None] * len(messages)
        self.pending: dict[int, int] = {}  # delivery tag -> index, ascending
        self.returned: set[str] = set()
        self.over = threading.Event()

    def end_if_complete(self) -> None:
        if None not in self.outcomes:
            self.over.set()

    def settle(self, tags: Iterable[int], *, kept: bool) -> None:
        for tag in tags:
            index = self.pending.pop(tag, None)
            if index is None:
                continue
            if not kept:
                self.outcomes[index] = Outcome.REFUSED
            elif self.messages[index].message_id in self.returned:
                self.outcomes[index] = Outcome.UNROUTABLE
            else:
                self.outcomes[index] = Outcome.CONFIRMED
        if not self.pending:
            self.end_if_complete()

    def result(self) -> list[Outcome]:
        return [outcome or Outcome.UNKNOWN for outcome in self.outcomes]


class ConfirmingConnection:
    """One connection, one confirming channel, one thread that serves both. Once lost it stays lost.

    Methods with an underscore run in that thread, as everything of pika's must.
    """

    def __init__(self, parameters: pika.URLParameters, topology: Topology | None, exchange: str = EVENTS) -> None:
        """Without a `topology` it is enough that one queue has a message."""
        self._topology = topology
        self._exchange = exchange
        self.lost: str | None = None
        self.refused_something = False
        self._ready = threading.Event()
        self._batch: _Batch | None = None
        self._last_tag = 0
        self._whole_at: dict[str, float] = {}  # routing key -> when all its queues were seen
        self._channel: Any = None
        self._loop = IOLoop()
        self._thread = threading.Thread(target=self._run, args=(parameters,), name="publisher", daemon=True)
        self._thread.start()

    def wait_until_ready(self, until: float) -> bool:
        self._ready.wait(max(0.0, until - time.monotonic()))
        return self._ready.is_set() and self.lost is None

    def publish(self, messages: Sequence[Message], deadline: float) -> list[Outcome]:
        batch = _Batch(messages)
        self._batch = batch
        if self.lost is None:  # looked at after the batch is in its place, so that a loss right now still ends it
            self._loop.add_callback_threadsafe(partial(self._check_queues, batch))
            batch.over.wait(max(0.0, deadline - time.monotonic()))
        batch.over.set()
        return batch.result()

    def close(self, *, wait: bool = False) -> None:
        """The thread takes a second at most to say good-bye; only with `wait` it is waited for."""
        with contextlib.suppress(Exception):  # the loop has ended already
            self._loop.add_callback_threadsafe(self._leave)
        if wait:
            self._thread.join(2 * _CLOSE_SECONDS)

    def _run(self, parameters: pika.URLParameters) -> None:
        try:
            self._connection = pika.SelectConnection(
                parameters,
                on_open_callback=lambda connection: connection.channel(on_open_callback=self._use),
                on_open_error_callback=self._on_end,
                on_close_callback=self._on_end,
                custom_ioloop=self._loop,
            )
            self._loop.start()
        except Exception as error:
            log.exception("publisher_failed")
            self._lose(error)
        finally:
            self._lose(RuntimeError("the connection's thread has ended"))
            self._loop.close()

    def _use(self, channel: Any) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._on_channel_closed)
        channel.add_on_return_callback(self._on_return)
        channel.confirm_delivery(self._on_confirm, callback=lambda _: self._ready.set())

    def _check_queues(self, batch: _Batch) -> None:
        """`mandatory` promises that one queue has the message; every queue of its key must be there to begin with."""
        if batch.over.is_set():
            return
        if self._topology is None:
            self._send(batch)
            return
        old = time.monotonic() - _LOOK_AGAIN_SECONDS
        keys = {message.routing_key for message in batch.messages}
        unsure = {key for key in keys if self._whole_at.get(key, -math.inf) < old}
        names = sorted({queue.name for key in unsure for queue in self._topology.queues_for(key)})
        if names:
            _QueueCheck(self._connection, names, partial(self._send_checked, self._topology, batch, unsure))
        else:
            self._send_checked(self._topology, batch, unsure, set())

    def _send_checked(self, topology: Topology, batch: _Batch, checked: set[str], missing: set[str]) -> None:
        for key in checked:
            queues = topology.queues_for(key)
            if queues and not any(queue.name in missing for queue in queues):
                self._whole_at[key] = time.monotonic()
            else:
                self._whole_at.pop(key, None)
        for index, message in enumerate(batch.messages):
            if message.routing_key not in self._whole_at:
                batch.outcomes[index] = Outcome.UNROUTABLE
        self._send(batch)

    def _send(self, batch: _Batch) -> None:
        if batch.over.is_set():
            return
        for index, message in enumerate(batch.messages):
            if batch.outcomes[index] is not None:
                continue
            self._last_tag += 1
            batch.pending[self._last_tag] = index
            self._channel.basic_publish(
                self._exchange, message.routing_key, message.body, _properties(message), mandatory=True
            )
        batch.end_if_complete()

    def _on_confirm(self, frame: Any) -> None:
        batch, tag = self._batch, frame.method.delivery_tag
        if batch is not None:
            tags = (
                list(itertools.takewhile(lambda known: known <= tag, batch.pending)) if frame.method.multiple else [tag]
            )
            batch.settle(tags, kept=isinstance(frame.method, pika.spec.Basic.Ack))

    def _on_return(self, _channel: Any, _method: Any, properties: Any, _body: bytes) -> None:
        """Comes before the confirm of the same message, which says only that no queue wanted it."""
        if self._batch is not None:
            self._batch.returned.add(properties.message_id)

    def _on_channel_closed(self, _channel: Any, reason: Exception) -> None:
        self.refused_something = isinstance(reason, ChannelClosedByBroker)
        self._lose(reason)
        self._leave()

    def _on_end(self, _connection: Any, reason: Exception) -> None:
        self._lose(reason)
        self._loop.stop()

    def _lose(self, reason: Exception) -> None:
        if self.lost is None:
            self.lost = repr(reason)  # some of pika's errors have no other text
        self._ready.set()
        if self._batch is not None:
            self._batch.over.set()

    def _leave(self) -> None:
        if self._connection.is_open:
            self._connection.close()
        self._loop.call_later(_CLOSE_SECONDS, self._loop.stop)


class _QueueCheck:
    """Asks, on a channel of its own, which of the queues are missing: asking for one that is costs the channel."""

    def __init__(self, connection: Any, names: Sequence[str], tell: Callable[[set[str]], None]) -> None:
        self._connection = connection
        self._left = list(names)
        self._missing: set[str] = set()
        self._tell = tell
        self._open()

    def _open(self) -> None:
        self._connection.channel(on_open_callback=self._ask_first)

    def _ask_first(self, channel: Any) -> None:
        channel.add_on_close_callback(self._note_missing)
        self._ask(channel)

    def _ask(self, channel: Any) -> None:
        if self._left:
            channel.queue_declare(self._left[0], passive=True, callback=lambda _: self._go_on(channel))
        else:
            channel.close()
            self._tell(self._missing)

    def _go_on(self, channel: Any) -> None:
        self._left.pop(0)
        self._ask(channel)

    def _note_missing(self, _channel: Any, reason: Exception) -> None:
        if not isinstance(reason, ChannelClosedByBroker):
            return
        name = self._left.pop(0)
        log.warning("queue_missing", queue=name, reason=str(reason))
        self._missing.add(name)
        self._open() if self._left else self._tell(self._missing)


def _properties(message: Message) -> pika.BasicProperties:
    """Mirrors for routing and tools what the body says; the body counts."""
    return pika.BasicProperties(
        content_type=CONTENT_TYPE,
        content_encoding="utf-8",
        delivery_mode=_PERSISTENT,
        message_id=message.message_id,
        type=message.type or message.routing_key,
        correlation_id=message.correlation_id,
        timestamp=int(message.created_at.timestamp()),
        app_id=message.source,
        headers={"traceparent": message.traceparent},
    )
