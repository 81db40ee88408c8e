"""A way between a client and a server on loopback that can break as networks do: cut, silent, slow."""

import asyncio
import threading
from collections.abc import Callable
from typing import Self

from tests.support.ports import free_port

HOST = "127.0.0.1"
_ANSWER_SECONDS = 10.0


class TcpProxy:
    """Listens on `port` and takes everything on to `upstream_port`. Start it by `with`.

    What is done to it holds until `heal`:

    * `cut`: connections are reset, and new ones too, at once;
    * `swallow`: both ends stay connected, and neither hears the other or learns that it has gone; new connections are
      accepted and hear nothing;
    * `slow`: each piece arrives, in order, so many seconds later.

    Connections of which something was swallowed are reset by `heal`, as by a network that has forgotten them; the
    others go on.
    """

    def __init__(self, upstream_port: int) -> None:
        self.port = free_port()
        self.upstream_port = upstream_port
        self.silent = False
        self.delay_seconds = 0.0
        self._refuses = False
        self._ways: set[_Way] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tcp proxy", daemon=True)
        self._server: asyncio.Server | None = None

    @property
    def connections(self) -> int:
        """How many there are now, also those of which only one end is left."""
        return len(self._ways)

    def cut(self) -> None:
        self._do(self._cut)

    def swallow(self) -> None:
        def begin() -> None:
            self.silent = True

        self._do(begin)

    def slow(self, seconds: float) -> None:
        def begin() -> None:
            self.delay_seconds = seconds

        self._do(begin)

    def heal(self) -> None:
        self._do(self._heal)

    def start(self) -> Self:
        self._thread.start()
        listening = self._loop.create_server(lambda: _Way(self).client, HOST, self.port, backlog=256)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(_ANSWER_SECONDS)
        return self

    def stop(self) -> None:
        """No-op when it never began or has ended."""
        if self._server is None:
            return
        self._server = self._do(self._server.close)
        self._do(self._cut)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_ANSWER_SECONDS)
        self._loop.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def admit(self, way: "_Way") -> bool:
        """For the loop's thread: whether a new connection may stay."""
        if self._refuses:
            return False
        self._ways.add(way)
        return True

    def forget(self, way: "_Way") -> None:
        self._ways.discard(way)

    def _cut(self) -> None:
        self._refuses = True
        for way in list(self._ways):
            way.reset()

    def _heal(self) -> None:
        self._refuses = self.silent = False
        self.delay_seconds = 0.0
        for way in list(self._ways):
            if way.spoilt:
                way.reset()

    def _do(self, action: Callable[[], None]) -> None:
        """In the loop's thread; returns when it is done."""
        done = threading.Event()

        def act() -> None:
            action()
            done.set()

        self._loop.call_soon_threadsafe(act)
        assert done.wait(_ANSWER_SECONDS), "the proxy's thread does not answer"


class _Way:
    """One connection: the client's end and the server's."""

    def __init__(self, proxy: TcpProxy) -> None:
        self.client, self.server = _End(self), _End(self)
        self.spoilt = False
        self._proxy = proxy
        self._loop = asyncio.get_running_loop()
        self._opening: asyncio.Task[None] | None = None

    def other(self, end: "_End") -> "_End":
        return self.server if end is self.client else self.client

    def begin(self, end: "_End") -> None:
        if end is not self.client:
            return
        if not self._proxy.admit(self):
            self.reset()
        elif self._proxy.silent:
            self.spoilt = True
        else:
            self.client.pause_reading()
            self._opening = self._loop.create_task(self._open())

    def carry(self, end: "_End", data: bytes) -> None:
        if self._proxy.silent or self.spoilt:
            self.spoilt = True
        else:
            self.other(end).write_later(data, self._proxy.delay_seconds)

    def ended(self, end: "_End") -> None:
        """The other end learns of it, unless nothing gets through."""
        if self._proxy.silent:
            self.spoilt = True
        else:
            self.other(end).close_later(self._proxy.delay_seconds)
        if self.client.closed and self.server.closed:
            self._proxy.forget(self)

    def reset(self) -> None:
        self._proxy.forget(self)
        self.client.abort()
        self.server.abort()

    async def _open(self) -> None:
        try:
            await self._loop.create_connection(lambda: self.server, HOST, self._proxy.upstream_port)
        except OSError:
            self.reset()
            return
        if self.client.closed:
            self.reset()
        self.client.resume_reading()


class _End(asyncio.Protocol):
    """Writes in order, whatever the delay was when each piece came."""

    def __init__(self, way: _Way) -> None:
        self._way = way
        self._transport: asyncio.Transport | None = None
        self._free_at = 0.0
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._way.begin(self)

    def data_received(self, data: bytes) -> None:
        self._way.carry(self, data)

    def connection_lost(self, _error: Exception | None) -> None:
        self.closed = True
        self._way.ended(self)

    def pause_writing(self) -> None:
        self._way.other(self).pause_reading()

    def resume_writing(self) -> None:
        self._way.other(self).resume_reading()

    def pause_reading(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def write_later(self, data: bytes, seconds: float) -> None:
        self._in_turn(seconds, lambda: self._write(data))

    def close_later(self, seconds: float) -> None:
        self._in_turn(seconds, self._close)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _close(self) -> None:
        if self._transport is None:
            self.closed = True
        else:
            self._transport.close()

    def _in_turn(self, seconds: float, action: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        if seconds == 0 and self._free_at <= now:
            action()
            return
        self._free_at = max(now + seconds, self._free_at + 0.000_001)
        loop.call_at(self._free_at, action)
