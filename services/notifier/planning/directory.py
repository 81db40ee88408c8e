"""An agency as far as deliveries need it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.notifier.delivery import AGENCY_CHANNELS


@dataclass(frozen=True)
class DirectoryEntry:
    """`endpoints` maps a channel to its address; `channels` is the agency's own order of them, empty: the usual one.

    `language` is empty for the city's own. `public_contact` is how citizens reach it themselves, empty: not known.
    """

    code: str
    name: str
    endpoints: Mapping[str, str] = field(default_factory=dict)
    channels: Sequence[str] = ()
    language: str = ""
    reminders: bool = True
    kind: str = "internal"
    public_contact: str = ""

    @property
    def is_external(self) -> bool:
        """The city does not decide there."""
        return self.kind == "external"

    @property
    def ways(self) -> tuple[str, ...]:
        """The channels that lead to it, in the order in which they are tried. What the agency does not list is none."""
        return tuple(channel for channel in self.channels or AGENCY_CHANNELS if self.endpoints.get(channel))


Directory = Mapping[str, DirectoryEntry]
