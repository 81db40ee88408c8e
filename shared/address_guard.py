"""Where a webhook may go: which addresses as written, and which as connected. Pure.

An agency's webhook is a request that this machine makes to an address that somebody else wrote. It must not reach
this machine, its neighbours or the cloud's own services, however the address is written and whatever its name
resolves to.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LONGEST_URL = 2000
_URL = re.compile(r"(https?)://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::([0-9]{1,5}))?(/[!$-\[\]-~]*)?")
_SCHEME = re.compile(r"(?i)https?://")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}

# What RFC 6890's registry does not call global, and what is no single host.
_NOT_PUBLIC: tuple[Network, ...] = tuple(
    ipaddress.ip_network(written)
    for written in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "3fff::/20",
    )
)  # fmt: skip
_PUBLIC_IPV6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class RefusedAddress(ValueError):
    """`reason` is a code: `bad_url`, `not_https`, `has_login`, `bad_host`, `bad_port` or `not_public`."""

    def __init__(self, reason: str, about: str) -> None:
        super().__init__(about)
        self.reason = reason


@dataclass(frozen=True)
class Target:
    """`host` is a DNS name in lower case, or an address without brackets."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True)
class AddressGuard:
    """`private` are the networks in which webhooks may lie although they are not public."""

    private: tuple[Network, ...] = ()

    @staticmethod
    def of(networks: Sequence[str]) -> AddressGuard:
        """Raises `ValueError` for what is no network."""
        return AddressGuard(tuple(ipaddress.ip_network(written) for written in networks))

    def check_url(self, url: str) -> Target:
        """The address as written, before anything is asked of the DNS. Raises `RefusedAddress`."""
        scheme, host, port = _taken_apart(url)
        if scheme == "http" and not self.private:
            raise RefusedAddress("not_https", "write https://; only in networks of the city's own http:// will do")
        address = _literal(host)
        if address is not None:
            self.check_addresses(scheme, (address,))
            return Target(scheme, str(address), port)
        return Target(scheme, _checked_name(host), port)

    def check_addresses(self, scheme: str, addresses: Sequence[Address]) -> None:
        """What a name resolved to, all of it: with one that is not allowed the name is not. Raises `RefusedAddress`."""
        if not addresses:
            raise RefusedAddress("not_public", "the name has no address")
        for address in addresses:
            real = embedded(address)
            if any(real in network for network in self.private if network.version == real.version):
                continue
            if scheme != "https":
                raise RefusedAddress("not_https", f"{address} is in none of the city's own networks: write https://")
            if not _is_public(real):
                raise RefusedAddress("not_public", f"{address} is not on the public internet")


def embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for: mapped, 6to4 and NAT64 ones lead to it."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return inner
    return address


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in _PUBLIC_IPV6:
        return False
    return not any(address in network for network in _NOT_PUBLIC if network.version == address.version)


def _taken_apart(url: str) -> tuple[str, str, int]:
    """By one narrow pattern: what two programs could read in two ways is refused."""
    match = _URL.fullmatch(url)
    if match is None or len(url) > _LONGEST_URL:
        raise _why_bad(url)
    scheme, host, port = match.group(1), match.group(2), match.group(3)
    number = int(port) if port else _PORTS[scheme]
    if not 0 < number < 65536:
        raise RefusedAddress("bad_port", "the port is no number from 1 to 65535")
    return scheme, host, number


def _why_bad(url: str) -> RefusedAddress:
    if not _SCHEME.match(url):
        return RefusedAddress("not_https", "write https://HOST/PATH")
    if "@" in url.partition("//")[2].partition("/")[0]:
        return RefusedAddress("has_login", "no user or password may stand in the address; the signature proves us")
    return RefusedAddress("bad_url", "write https://HOST/PATH in plain letters; a name in other letters as xn--…")


def _literal(host: str) -> Address | None:
    """An address in its usual form. The others (`127.1`, `0x7f.1`, `017700000001`) are no names either."""
    try:
        return ipaddress.IPv6Address(host[1:-1]) if host.startswith("[") else ipaddress.IPv4Address(host)
    except ValueError:
        if host.startswith("["):
            raise RefusedAddress("bad_host", "not an IPv6 address") from None
        return None


def _checked_name(host: str) -> str:
    labels = host.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or len(host) > 253:
        raise RefusedAddress("bad_host", "not a host's name")
    if _NUMBER.fullmatch(labels[-1]):
        raise RefusedAddress("bad_host", "a name ends in letters, and an address has four numbers without more")
    return host.lower()
