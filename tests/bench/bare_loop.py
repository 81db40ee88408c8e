"""What the router is compared with: a loop that takes a batch, stores and publishes it, and does nothing else.

Takes 50 messages from a quorum queue (prefetch 50), reads nothing of them, inserts a row for each in one transaction,
publishes a message for each, waits for all their confirms, acknowledges the batch. By pika's callbacks in one thread;
kombu's channel differed from that by less than the spread. Run as
`python -m tests.bench.bare_loop BROKER_URL DATABASE_URL TAKE_FROM PUBLISH_TO NUMBER`; prints messages a second.
"""

from __future__ import annotations

import sys
import time
from contextlib import closing
from typing import Any

import pika
import psycopg

from tests.bench.report import middle_rate

BATCH = 50
_PERSISTENT = pika.BasicProperties(delivery_mode=2)


class BareLoop:
    """Serves its connection until `number` messages (whole batches) went through; `moments` has when each did."""

    def __init__(
        self, broker_url: str, database: psycopg.Connection, take_from: str, publish_to: str, number: int
    ) -> None:
        self._database = database
        self._take_from, self._publish_to, self._number = take_from, publish_to, number
        self._bodies: list[bytes] = []
        self._last_taken = self._last_sent = self._confirmed = 0
        self.moments: list[float] = []
        self._connection = pika.SelectConnection(
            pika.URLParameters(broker_url),
            on_open_callback=lambda connection: connection.channel(on_open_callback=self._use),
            on_close_callback=lambda connection, _: connection.ioloop.stop(),
        )

    def run(self) -> None:
        """Raises RuntimeError when the connection ended before all was through."""
        self._connection.ioloop.start()
        if len(self.moments) < self._number:
            raise RuntimeError(f"the loop ended after {len(self.moments)} messages")

    def _use(self, channel: Any) -> None:
        self._channel = channel
        channel.basic_qos(prefetch_count=BATCH)
        channel.confirm_delivery(self._on_confirm)
        channel.basic_consume(self._take_from, self._on_message)

    def _on_message(self, channel: Any, method: Any, _properties: Any, body: bytes) -> None:
        self._bodies.append(body)
        self._last_taken = method.delivery_tag
        if len(self._bodies) < BATCH:
            return
        with self._database.transaction(), self._database.cursor() as cursor:
            cursor.executemany("INSERT INTO bare (body) VALUES (%s)", [(one,) for one in self._bodies])
        for one in self._bodies:
            channel.basic_publish("", self._publish_to, one, _PERSISTENT, mandatory=True)
        self._last_sent += len(self._bodies)
        self._bodies.clear()

    def _on_confirm(self, frame: Any) -> None:
        assert isinstance(frame.method, pika.spec.Basic.Ack), frame
        self._confirmed = frame.method.delivery_tag if frame.method.multiple else self._confirmed + 1
        if self._confirmed < self._last_sent:
            return
        self._channel.basic_ack(self._last_taken, multiple=True)
        self.moments += [time.monotonic()] * (self._last_sent - len(self.moments))
        if len(self.moments) >= self._number:
            self._connection.close()


def main() -> None:
    broker_url, database_url, take_from, publish_to, number = sys.argv[1:]
    with closing(psycopg.connect(database_url)) as database:
        with database.transaction():
            database.execute("CREATE TABLE IF NOT EXISTS bare (id bigserial PRIMARY KEY, body bytea NOT NULL)")
        loop = BareLoop(broker_url, database, take_from, publish_to, int(number))
        loop.run()
    print(f"{middle_rate(loop.moments):.1f}")


if __name__ == "__main__":
    main()
