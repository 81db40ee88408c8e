"""HTTP to addresses that somebody else wrote, with nothing inside within reach.

The check is made on the very addresses that are connected to: the name is resolved once, all that it resolves to is
judged, and the connection goes to one of these. A name that answers otherwise the next time gets nowhere.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping

from services.notifier.channels.dialling import Resolver, SystemResolver, connect_to_one
from services.notifier.channels.http_calls import Answer, HttpCalls, Limits
from shared.address_guard import Address, AddressGuard, RefusedAddress

__all__ = ["AddressGuard", "GuardedHttp", "RefusedAddress"]


class GuardedHttp:
    """Safe to share between threads."""

    def __init__(
        self,
        guard: AddressGuard,
        *,
        resolver: Resolver | None = None,
        authorities: str | None = None,
        limits: Limits | None = None,
    ) -> None:
        """`authorities`: a file of certificates that count instead of the usual ones."""
        self._guard = guard
        self._resolver = resolver or SystemResolver()
        self._calls = HttpCalls(self._dial, limits or Limits(), authorities=authorities)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Raises `RefusedAddress`, or `NoAnswer`."""
        self._guard.check_url(url)
        return self._calls.call("POST", url, headers=headers, body=body)

    def close(self) -> None:
        self._calls.close()

    def _dial(self, scheme: str, host: str, port: int) -> socket.socket:
        addresses = self._addresses(host)
        self._guard.check_addresses(scheme, addresses)
        return connect_to_one(addresses, port)

    def _addresses(self, host: str) -> tuple[Address, ...]:
        try:
            return (ipaddress.ip_address(host),)
        except ValueError:
            return tuple(self._resolver.addresses(host))
