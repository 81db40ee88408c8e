"""The addresses at which complaints arrive, and the one our own mail is sent from. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class OwnAddresses:
    """A tag behind a plus sign belongs to no address: `lapor+abc@x` is `lapor@x`."""

    taking: frozenset[str]
    any_address: bool
    sending: str = ""

    @staticmethod
    def of(taking: Sequence[str], *, demo: bool, sending: str = "") -> OwnAddresses:
        return OwnAddresses(frozenset(taking), demo and not taking, sending)

    def take(self, address: str) -> bool:
        """The sending address takes mail too, where any is taken: reports about our mail come to it."""
        return self.any_address or (bool(self.taking) and self.are_ours(address))

    def are_ours(self, address: str) -> bool:
        return bool(address) and (_without_tag(address) in self.taking or _without_tag(address) == self.sending)


def _without_tag(address: str) -> str:
    local, _, domain = address.strip().lower().partition("@")
    return f"{local.split('+')[0]}@{domain}"
