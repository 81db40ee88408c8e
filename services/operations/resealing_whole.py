"""Until nothing is sealed with an older key any more, or what is left cannot be reached from here."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.operations.installation import Installation
from services.operations.messages import Unheard, find_unheard
from services.operations.resealing import Progress, Resealed, reseal_places, still_sealed
from services.operations.resealing_mails import reseal_mails
from services.operations.sealed_places import CONTENT, OUTBOXES
from shared.sealing import Sealer

_LOOK_AGAIN_SECONDS = 1.0


@dataclass(frozen=True)
class Outcome:
    """`waiting`: messages under an older key by the queue that has not heard them; `changing`: somebody seals with an
    older key while we look."""

    total: Resealed
    waiting: Mapping[str, int] = field(default_factory=dict)
    changing: bool = False

    @property
    def clean(self) -> bool:
        """Nothing that the keys open needs any but the first."""
        return not self.waiting and not self.changing


def reseal_all(
    installation: Installation, keys: str, sealer: Sealer, *, batch: int, wait_seconds: float, progress: Progress
) -> Outcome:
    """Passes until one finds nothing, two at least, waiting for what is on its way."""
    deadline, total = time.monotonic() + wait_seconds, Resealed()
    for number in itertools.count(1):
        waiting = _waiting(installation, sealer) if keys == CONTENT else []
        ids = frozenset(one.message_id for one in waiting)
        found = reseal_places(installation, keys, sealer, batch=batch, progress=progress, waiting=ids)
        found = found.plus(reseal_mails(installation, keys, sealer, progress=progress))
        total = Resealed(total.done + found.done, found.unreadable)
        if not found.done and not waiting:
            break
        if number > 1 and time.monotonic() >= deadline:
            queues = Counter(one.queue for one in waiting)
            return Outcome(total, queues, changing=bool(found.done) and not waiting)
        time.sleep(_LOOK_AGAIN_SECONDS if waiting else 0)
    return Outcome(total)


def _waiting(installation: Installation, sealer: Sealer) -> list[Unheard]:
    """What was said under an older key and some queue has not heard: it lies at the broker, or will."""
    unheard, _ = find_unheard(installation, installation.clock.now())
    old: set[str] = set()
    for place in OUTBOXES:
        ids = [one.message_id for one in unheard if one.source == place.service]
        old.update(still_sealed(installation, place, sealer, ids))
    return [one for one in unheard if one.message_id in old]
