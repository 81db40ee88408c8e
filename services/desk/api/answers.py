"""What was answered under a key: the same request again does nothing and is answered alike, for seven days."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from services.desk.api.callers import Caller
from services.desk.tables import api_answers, api_calls, api_photos
from shared.errors import Refused
from shared.sentences import sentence
from shared.service import Spine
from shared.storage.database import Transaction
from shared.storage.upsert import insert_new
from shared.timers import Timer, TimerHandler

KEPT_FOR = timedelta(days=7)
TIMER = "forget_api"
FORGET_EVERY = timedelta(hours=6)
USED = sentence("Kunci ini sudah dipakai untuk permintaan lain. Pakai kunci baru untuk permintaan baru.")
_FINISH = (  # built once, as building a statement costs more than running it
    update(api_answers)
    .where(api_answers.c.agency == bindparam("of_agency"), api_answers.c.key == bindparam("of_key"))
    .values(body=bindparam("said", type_=api_answers.c.body.type))
)


@dataclass(frozen=True)
class Wish:
    """One request to do something: its key, and a digest of all that it says."""

    key: str
    digest: str


def wish_of(key: str, path: str, said: dict[str, Any]) -> Wish:
    text = json.dumps([path, said], sort_keys=True, default=str)
    return Wish(key, hashlib.sha256(text.encode("utf-8", "replace")).hexdigest())


def begin(tx: Transaction, caller: Caller, wish: Wish, now: datetime) -> dict[str, Any] | None:
    """What was answered before; None when this transaction is the one that does it, and calls `finish`.

    Whoever comes with the same key meanwhile waits until this transaction ends. Raises `Refused` when the key was for
    something else.
    """
    row = {
        "agency": caller.agency, "key": wish.key, "digest": wish.digest, "body": {}, "token_id": caller.token_id,
        "at": now,
    }  # fmt: skip
    if insert_new(tx, api_answers, [row], api_answers.c.key):
        return None
    mine = api_answers.c.agency == caller.agency, api_answers.c.key == wish.key
    known = tx.execute(
        select(api_answers.c.digest, api_answers.c.body, api_answers.c.at).where(*mine).with_for_update()
    ).one()
    if known.at < now - KEPT_FOR:  # nobody has cleared it away yet
        tx.execute(update(api_answers).where(*mine).values(row))
        return None
    if known.digest != wish.digest:
        raise Refused(USED, code="key_reused", fields={"Idempotency-Key": USED})
    found: dict[str, Any] = known.body
    return found


def finish(tx: Transaction, caller: Caller, wish: Wish, body: dict[str, Any]) -> None:
    tx.execute_late(_FINISH, [{"of_agency": caller.agency, "of_key": wish.key, "said": body}])


def forgetting(spine: Spine) -> TimerHandler:
    def forget(tx: Transaction, _timer: Timer) -> datetime:
        now = spine.clock.now()
        for table in (api_answers, api_photos):
            tx.execute(delete(table).where(table.c.at < now - KEPT_FOR))
        tx.execute(delete(api_calls).where(api_calls.c.minute < int(now.timestamp()) // 60 - 5))
        return now + FORGET_EVERY

    return forget


def order_forgetting(tx: Transaction, spine: Spine) -> None:
    spine.timers.set_if_absent(tx, TIMER, "", spine.clock.now() + FORGET_EVERY)
