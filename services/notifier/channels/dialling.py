"""From a host's name to a connection, within the limits of `timed_sockets`."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Sequence
from typing import Protocol

from services.notifier.channels.timed_sockets import TimedSocket
from shared.address_guard import Address

LOOK_UP_SECONDS = 5.0
_MOST_ADDRESSES = 4


class NoSuchHost(OSError):
    """The name has no address, or nobody knows in time."""


class Resolver(Protocol):
    def addresses(self, host: str) -> Sequence[Address]:
        """In the order in which they are to be tried. Raises `NoSuchHost`."""
        ...


class SystemResolver:
    """Asks as every program of this machine does, but waits no longer than `seconds`."""

    def __init__(self, seconds: float = LOOK_UP_SECONDS) -> None:
        self._seconds = seconds

    def addresses(self, host: str) -> Sequence[Address]:
        found: list[Address] = []
        answered = threading.Event()

        def look_up() -> None:
            try:
                for *_, address in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM):
                    found.append(ipaddress.ip_address(str(address[0]).partition("%")[0]))
            except (OSError, ValueError):  # ValueError: what no DNS name can be
                found.clear()
            answered.set()

        # The system's look-up cannot be ended from outside; a thread of its own can be left behind.
        threading.Thread(target=look_up, name="look-up", daemon=True).start()
        if not answered.wait(self._seconds) or not found:
            raise NoSuchHost(f"{host} was not found")
        return found


class Dial(Protocol):
    def __call__(self, scheme: str, host: str, port: int) -> socket.socket:
        """A connected socket. Raises `OSError`; a guarded one `RefusedAddress`."""
        ...


def dial_anywhere(scheme: str, host: str, port: int) -> socket.socket:
    """For addresses that the operator wrote."""
    return connect_to_one(SystemResolver().addresses(host), port)


def connect_to_one(addresses: Sequence[Address], port: int) -> socket.socket:
    """To the first that answers. Raises `OSError` of the last one tried."""
    problem: OSError = NoSuchHost("no address")
    for address in addresses[:_MOST_ADDRESSES]:
        family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
        try:
            return TimedSocket.connected_to(family, (str(address), port))
        except OSError as error:
            problem = error
    raise problem
