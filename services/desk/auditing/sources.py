"""Where audit rows are read: in the desk's own database, and by the other services' internal APIs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from shared.audit_reading import Digest, Wanted


class AuditSource(Protocol):
    def digests(self, after: int, limit: int) -> Sequence[Digest]:
        """The rows with higher numbers, by number. Raises `TanggapError` when they cannot be read now."""
        ...


class AuditRows(AuditSource, Protocol):
    def rows(self, wanted: Wanted, limit: int) -> Sequence[Mapping[str, Any]]:
        """The newest first. Raises `TanggapError` when they cannot be read now."""
        ...
