"""One HTTP call with limits on everything: time as a whole, size of the answer, no redirects, no proxy, no cookies.

Whether anything of the request was handed to the other side is known exactly, so that a caller whose receiver cannot
remove doubles knows when it may try again.
"""

from __future__ import annotations

import functools
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as HttpTimeout

from services.notifier.channels.dialling import Dial, NoSuchHost
from services.notifier.channels.timed_sockets import timed_context, within

MOST_BODY_BYTES = 65_536
_HOSTS_KEPT, _CONNECTIONS_KEPT = 100, 16
# A connection that lay idle longer is not used again. Servers close idle ones after two seconds and more; to send on
# one in that very moment would leave it unknown whether the message arrived.
_IDLE_SECONDS = 1.5
_HEADERS = {"User-Agent": "Tanggap", "Accept-Encoding": "identity", "Accept": "*/*", "Connection": "keep-alive"}


@dataclass(frozen=True)
class Limits:
    """`step_seconds` holds for the handshake and each wait for more of the answer."""

    total_seconds: float = 15.0
    step_seconds: float = 10.0
    connect_seconds: float = 5.0


@dataclass(frozen=True)
class Answer:
    """`body` is what came of it, MOST_BODY_BYTES at most."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class NoAnswer(Exception):
    """`reason` is `no_such_host`, `certificate`, `tls`, `timeout`, `not_connected` or `broken_connection`.

    `has_sent`: the other side may have got the request or a part of it.
    """

    def __init__(self, reason: str, about: str, *, has_sent: bool) -> None:
        super().__init__(f"{reason}: {about}")
        self.reason, self.about, self.has_sent = reason, about, has_sent


class HttpCalls:
    """Keeps connections open and is shared by threads. TLS is verified, by this machine's authorities and the usual."""

    def __init__(self, dial: Dial, limits: Limits, *, authorities: str | None = None) -> None:
        """`authorities`: a file of certificates that count instead."""
        self._limits = limits
        self._adapter = _Adapter(dial, _context(authorities))

    def call(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Whatever the status is. Raises `NoAnswer`, and what `dial` raises for an address that it refuses."""
        limits = self._limits
        seconds, step, connect = limits.total_seconds, limits.step_seconds, limits.connect_seconds
        with within(seconds, step_seconds=step, connect_seconds=connect) as patience:
            try:
                request = _request(method, _address(url) if params is None else _with(url, params), headers, body)
                response = self._adapter.send(request, stream=True, timeout=step)
            except (requests.RequestException, HTTPError, OSError) as error:
                raise _no_answer(error, has_sent=patience.has_sent) from error
            return Answer(response.status_code, response.headers, _body(response))

    def close(self) -> None:
        self._adapter.close()


def _request(
    method: str, address: str, headers: Mapping[str, str] | None, body: bytes | None
) -> requests.PreparedRequest:
    """What a session would prepare anew for each call, at a quarter of its cost; without cookies and proxies."""
    request = requests.PreparedRequest()
    request.method, request.url, request.body = method, address, body
    request.headers = CaseInsensitiveDict({**_HEADERS, **(headers or {})})
    if body is not None:
        request.headers["Content-Length"] = str(len(body))
    return request


@functools.lru_cache(maxsize=256)
def _address(url: str) -> str:
    return _with(url, {})


def _with(url: str, params: Mapping[str, str]) -> str:
    """As it is asked for. Raises what requests has for an address that is none."""
    request = requests.PreparedRequest()
    request.prepare_url(url, params)
    return str(request.url)


def _body(response: requests.Response) -> bytes:
    """Without an error where it breaks off: the status has said what counts."""
    body = b""
    try:
        while len(body) <= MOST_BODY_BYTES:
            part = response.raw.read1(MOST_BODY_BYTES, decode_content=False)
            if not part:
                break
            body += part
    except (HTTPError, OSError):
        pass
    response.close()
    return body[:MOST_BODY_BYTES]


class _Adapter(HTTPAdapter):
    """Connects by `dial` alone."""

    def __init__(self, dial: Dial, context: ssl.SSLContext) -> None:
        self._pools = _pool_classes(dial)
        self._context = context
        super().__init__(pool_connections=_HOSTS_KEPT, pool_maxsize=_CONNECTIONS_KEPT, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **_: Any) -> None:
        self.poolmanager = PoolManager(connections, maxsize=maxsize, block=block, ssl_context=self._context)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def cert_verify(self, *_: Any, **__: Any) -> None:
        """The context does it; here a file of certificates would be read for each connection."""


def _pool_classes(dial: Dial) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(_NotLongIdle, HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return dial("http", self._dns_host, self.port)

    class Encrypted(_NotLongIdle, HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return dial("https", self._dns_host, self.port or 443)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class EncryptedPool(HTTPSConnectionPool):
        ConnectionCls = Encrypted

    return {"http": PlainPool, "https": EncryptedPool}


class _NotLongIdle(HTTPConnection):
    _used_at = 0.0

    def getresponse(self) -> Any:
        response = super().getresponse()
        self._used_at = time.monotonic()
        return response

    @property
    def is_connected(self) -> bool:
        return super().is_connected and time.monotonic() - self._used_at < _IDLE_SECONDS


def _context(authorities: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authorities)
    if authorities is None:
        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    return timed_context(context)


def _no_answer(error: BaseException, *, has_sent: bool) -> NoAnswer:
    causes = list(_causes(error))

    def is_any(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if is_any(ssl.SSLCertVerificationError):
        reason = "certificate"
    elif is_any(NoSuchHost):
        reason = "no_such_host"
    elif is_any(TimeoutError, HttpTimeout, requests.Timeout):
        reason = "timeout"
    elif is_any(ssl.SSLError):
        reason = "tls"
    else:
        reason = "broken_connection" if has_sent else "not_connected"
    return NoAnswer(reason, type(causes[-1]).__name__, has_sent=has_sent)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from; requests and urllib3 also hide causes among their arguments."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        waiting += [cause for cause in inner if isinstance(cause, BaseException)]
