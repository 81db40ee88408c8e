"""Serving a Flask application from threads, and stopping it."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Iterable
from typing import Any

import waitress
from flask import Flask
from waitress.wasyncore import dispatcher

from shared.errors import ConfigError
from shared.observability.metrics import Metrics
from shared.service import Listener
from shared.web.base import KEPT, Kept
from shared.web.lanes import MOST_WAIT_SECONDS, Lanes, lane_by_path
from shared.web.turning_away import Counted, TurningAway

SERVER_BODY_BYTES = 30_000_000
"""Of one request, unless the application says otherwise in its configuration under this name."""
_MOST_CONNECTIONS = 2000
_FINISH_SECONDS = 5.0
_NOTHING_SPECIAL = lane_by_path(lambda _path: False, lambda _path: False)


class WebServer(Listener):
    """waitress in a thread. The port is bound on construction, so a taken port is told before anything starts.

    Requests are served by lanes (`lanes.py`); the application may say in its configuration under `LANE_OF` which lane a
    request belongs to. Whoever comes while others have waited for `most_wait_seconds` is turned away.
    """

    def __init__(self, app: Flask, host: str, port: int, most_wait_seconds: float = MOST_WAIT_SECONDS) -> None:
        kept = app.extensions.get(KEPT) or Kept("", Metrics())
        lane_of = app.config.get("LANE_OF", _NOTHING_SPECIAL)
        self._lanes = Lanes(lane_of, Counted(kept.service, kept.metrics), most_wait_seconds)
        try:
            self._server: Any = waitress.create_server(
                _Served(app, self._lanes), host=host, port=port, _dispatcher=self._lanes, ident="",
                max_request_body_size=app.config.get("SERVER_BODY_BYTES", SERVER_BODY_BYTES), backlog=_MOST_CONNECTIONS,
                connection_limit=_most_connections(), asyncore_use_poll=True,  # `select` knows a thousand files only
                channel_timeout=60, expose_tracebacks=False,
            )  # fmt: skip
        except OSError as error:
            raise ConfigError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
        self.host = host
        self.port = int(self._server.effective_port)
        self._thread = threading.Thread(target=self._serve, name=f"web-{self.port}", daemon=True)

    @property
    def url(self) -> str:
        host = "127.0.0.1" if self.host in ("0.0.0.0", "") else self.host  # noqa: S104 - compared, not bound
        return f"http://{host}:{self.port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Refuses whoever comes from now on, answers within some seconds whoever has come before, hangs up."""
        if self._thread.is_alive():
            do_there = self._server.trigger.pull_trigger  # waitress wants its sockets touched by its own thread only
            do_there(self._refuse_newcomers)
            until = time.monotonic() + _FINISH_SECONDS
            while (self._server.accepting or self._in_hand()) and time.monotonic() < until:
                time.sleep(0.01)
            do_there(self._hang_up)
            self._thread.join(timeout=2)
        else:
            self._server.close()
        self._lanes.shutdown()

    def _refuse_newcomers(self) -> None:
        """Who waits to be let in has come before, as far as anybody can tell."""
        for _ in range(_MOST_CONNECTIONS):
            before = len(self._server.active_channels)
            self._server.handle_accept()
            if len(self._server.active_channels) == before:
                break
        dispatcher.close(self._server)

    def _in_hand(self) -> bool:
        """Whether anybody waits for an answer, on whatever connection."""
        return any(_is_answering(one) for one in list(self._server.active_channels.values()))

    def _hang_up(self) -> None:
        for connection in list(self._server.active_channels.values()):
            connection.handle_close()
        if self._server.accepting:
            dispatcher.close(self._server)
        self._server.trigger.close()

    def _serve(self) -> None:
        self._server.run()


class _Served:
    """The application, or what stands in for it where somebody is turned away."""

    def __init__(self, app: Flask, lanes: Lanes) -> None:
        self._app, self._lanes = app, lanes
        self._busy = TurningAway(app)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return (self._busy if self._lanes.turning_away() else self._app)(environ, start_response)


def _is_answering(connection: Any) -> bool:
    """A request is being read, answered, or its answer on its way. A stream of events would never end by itself, and
    whoever reads it comes again: it does not count."""
    asked = list(connection.requests)
    if asked and all("text/event-stream" in one.headers.get("ACCEPT", "") for one in asked):
        return False
    return bool(asked) or connection.request is not None or connection.total_outbufs_len > 0


def _most_connections() -> int:
    """Half of the files that the process may open are for other things."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else max(100, min(_MOST_CONNECTIONS, soft // 2))
