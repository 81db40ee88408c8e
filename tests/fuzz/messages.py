"""What comes over the broker: bytes of whoever can publish, read into a fact or rejected; then handled at the desk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shared.contracts import registry
from shared.contracts.envelope import Codec, peek
from shared.errors import Rejected, Transient
from shared.sealing import Sealer
from tests.fuzz.harness import Harness, One, quick_folder, require
from tests.unit.desk.world import SECRET, open_world
from tests.unit.shared.contract_samples import AT, EVENTS

SEALED = b"@@SEALED@@"
WORDS = (
    '"specversion":"1.0"', '"type":"', '"data":{', '"sealed":"', '"revision":2', '"ticket":"', '"place":',
    '"photos":[', "null", "-1", "1e400", "9999999999999999999999", '"\\ud800"', '"2026-11-24T03:15:00+00:00"',
    '"0001-01-01T00:00:00+14:00"', "[]", "NaN", '"channel":"wa"', '"decision":{}', '"external_refs":{}', "\ufeff",
    "{}", "true",
)  # fmt: skip
_CODES = ("undecodable", "unknown_type", "invalid_event", "unreadable_seal")


def _codec() -> Codec:
    return Codec(Sealer([SECRET]))


@contextmanager
def reading() -> Iterator[One]:
    codec, sealer = _codec(), Sealer([SECRET])
    sealed = sealer.seal("Lampu jalan mati.").encode()

    def one(data: bytes) -> None:
        _read(codec, data.replace(SEALED, sealed))

    yield one


def _read(codec: Codec, body: bytes) -> Any:
    peek(body)
    try:
        envelope = codec.decode(body)
    except Rejected as error:
        require(error.code in _CODES, f"rejected as {error.code}")
        return None
    again = codec.decode(codec.encode(envelope))
    require(again.event == envelope.event, "written and read again it says something else")
    return envelope


@contextmanager
def handling() -> Iterator[One]:
    """Each in a transaction of its own, as messages are handled that came again."""
    with quick_folder() as folder, open_world(f"sqlite:///{folder}/desk.db", folder) as world:
        steps = world.handling
        sealed = Sealer([SECRET]).seal("Lampu jalan mati.").encode()

        def one(data: bytes) -> None:
            envelope = _read(world.service.spine.codec, data.replace(SEALED, sealed))
            if envelope is None:
                return
            try:
                with world.database.write() as tx:
                    steps.guard.look_up(tx, [envelope])
                    steps.handle(tx, envelope, steps.handler_for(envelope))
            except (Rejected, Transient):
                pass

        yield one


def seeds() -> list[bytes]:
    """One of each kind that there is, and some that are none."""
    made = []
    for number, event in enumerate(EVENTS.values()):
        data = registry.dump(event)
        data |= {name: {"sealed": SEALED.decode()} for name in event.SEALED}
        made.append({"specversion": "1.0", "id": f"{number:08}-0000-7000-8000-000000000001", "source": "tanggap/intake",
                     "type": event.TYPE, "subject": event.subject, "time": AT.isoformat(), "data": data})  # fmt: skip
    odd = [b"[]", b"{}", b"\xff\xfe", b"{" * 300, b'{"specversion":"1.0"}']
    return [*(json.dumps(one).encode() for one in made), *odd]


def harnesses() -> list[Harness]:
    return [Harness("message_read", reading, seeds, WORDS), Harness("message_handled", handling, seeds, WORDS)]
