"""How many messages a second one destination takes: a token bucket as a value. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Bucket:
    """`tokens` were in it at `at`, in seconds of a clock that never goes back. It holds those of one second.

    A rate below one a second holds one token. What is taken may overdraw it: a batch that is held already is not cut,
    the next one waits the longer.
    """

    per_second: float
    tokens: float
    at: float

    @staticmethod
    def full(per_second: float, at: float) -> Bucket:
        return Bucket(per_second, max(1.0, per_second), at)

    def ready(self, at: float) -> int:
        """How many messages may go out now."""
        return max(0, int(self._filled(at).tokens))

    def wait_seconds(self, at: float) -> float:
        """Until one may go out."""
        return max(0.0, (1.0 - self._filled(at).tokens) / self.per_second)

    def take(self, number: int, at: float) -> Bucket:
        filled = self._filled(at)
        return replace(filled, tokens=filled.tokens - number)

    def _filled(self, at: float) -> Bucket:
        passed = max(0.0, at - self.at)
        return replace(self, tokens=min(max(1.0, self.per_second), self.tokens + passed * self.per_second), at=at)
