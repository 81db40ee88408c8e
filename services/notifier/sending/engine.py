"""What sends, put together: the lanes, their breakers, and a pool of threads for each channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.notifier.delivery import ANY, CHANNELS
from services.notifier.sending.asking import Asking, answering
from services.notifier.sending.attempt import Sending
from services.notifier.sending.breaker import Breakers
from services.notifier.sending.contacts import ContactDirectory, RecentContacts
from services.notifier.sending.lanes import Lanes
from services.notifier.sending.looking import Lookout
from services.notifier.sending.policy import policy_of
from services.notifier.sending.pool import CONVERSATION_SECONDS, THREADS, Pool
from services.notifier.sending.sorting import Sorter
from services.notifier.way_out import WayOut
from services.notifier.writing.compose import Composer
from shared.citypack import CityPack
from shared.service import Spine
from shared.workers import Worker

_CAPTURE = "capture"
"""May be repeated also where the way out is another one by now."""


@dataclass(frozen=True)
class Engine:
    lanes: Lanes
    breakers: Breakers
    sendings: Mapping[str, Sending]
    asking: Asking | None
    workers: list[Worker]


def build_engine(
    spine: Spine,
    *,
    pack: CityPack,
    ways_out: Mapping[str, WayOut | None],
    contacts: ContactDirectory,
    composer: Composer,
    unseal: Callable[[str], str],
    threads: Mapping[str, int] | None = None,
) -> Engine:
    """Not yet started. `threads` replaces the sizes of the pools that it names; `unseal` opens what is kept sealed."""
    sizes = {**THREADS, **(threads or {})}
    policy = policy_of(pack.notifications)
    breakers = Breakers(spine.clock.now)
    lanes = Lanes(
        spine.database, spine.clock, breakers, spine.bells,
        threads=sizes, per_second=pack.notifications.per_second, sweeps_after=policy.span(others=True),
    )  # fmt: skip
    sorter = Sorter(_lookout(spine, pack, ways_out, contacts, unseal), composer, spine.clock)
    sendings: dict[str, Sending] = {}
    workers: list[Worker] = []
    for channel in (ANY, *CHANNELS):
        way_out = ways_out.get(channel)
        sendings[channel] = Sending(
            channel, spine=spine, way_out=way_out, sorter=sorter, lanes=lanes, breakers=breakers, policy=policy,
            conversation_seconds=CONVERSATION_SECONDS[channel],
        )  # fmt: skip
        size = sizes[channel] if way_out is not None or channel == ANY else 1
        workers += Pool(sendings[channel], lanes, way_out, spine.bells, size).workers(spine.clock)
    asked = answering(ways_out)
    asking = Asking(spine, asked) if asked else None
    if asking is not None:
        workers.append(Worker("notifier-asking", asking, spine.clock))
    return Engine(lanes, breakers, sendings, asking, workers)


def _lookout(
    spine: Spine, pack: CityPack, ways_out: Mapping[str, WayOut | None], contacts: ContactDirectory,
    unseal: Callable[[str], str],
) -> Lookout:  # fmt: skip
    known = {channel: way for channel, way in ways_out.items() if way is not None}
    return Lookout(
        database=spine.database,
        contacts=RecentContacts(contacts, spine.clock),
        city=pack.city,
        notifications=pack.notifications,
        configured=frozenset(known),
        repeatable=frozenset({_CAPTURE, *(way.via for way in known.values() if way.repeatable)}),
        unseal=unseal,
    )
