"""Serving a Flask application from a thread, and stopping it."""

from __future__ import annotations

import threading
from typing import Any

import waitress
from flask import Flask

from shared.errors import ConfigError
from shared.service import Listener

_THREADS = 12
SERVER_BODY_BYTES = 30_000_000
"""Of one request, unless the application says otherwise in its configuration under this name."""


class WebServer(Listener):
    """waitress in a thread. The port is bound on construction, so a taken port is told before anything starts."""

    def __init__(self, app: Flask, host: str, port: int) -> None:
        try:
            self._server: Any = waitress.create_server(
                app, host=host, port=port, threads=_THREADS, ident="",
                max_request_body_size=app.config.get("SERVER_BODY_BYTES", SERVER_BODY_BYTES),
                connection_limit=500, channel_timeout=60, expose_tracebacks=False,
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
        self._server.close()
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        try:
            self._server.run()
        except OSError:  # its own socket closed under it: that is how it is stopped
            return
