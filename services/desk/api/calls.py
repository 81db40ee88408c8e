"""How often a token calls in a minute, all processes together: counted here, written down by tens, not one by one.

Far from the limit a call costs no write; near it each does, so that it is kept to the number wherever one process
serves. Of several, each may let pass the few that another has not written yet.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from services.desk.tables import api_calls
from shared.storage.database import Database
from shared.storage.upsert import insert_or_add

_BY = 10
_NEAR = 0.8


@dataclass
class _Counted:
    minute: int
    written: int = 0
    """Of all processes, as this one saw it last."""
    own: int = 0
    """Since then, by this one."""


class Calls:
    """Safe to share between threads."""

    def __init__(self, per_minute: int) -> None:
        self._near = per_minute * _NEAR
        self._by_token: dict[str, _Counted] = {}
        self._lock = threading.Lock()

    def count(self, database: Database, token_id: str, minute: int) -> int:
        """This call with all before it in that minute, as far as they are known here."""
        with self._lock:
            known = self._by_token.get(token_id)
            if known is None or known.minute != minute:
                known = self._by_token[token_id] = _Counted(minute)
            known.own += 1
            total = known.written + known.own
            if known.written and known.own < _BY and total < self._near:
                return total
            more, known.own = known.own, 0
        with database.write() as tx:
            row = {"token_id": token_id, "minute": minute, "count": more}
            key = api_calls.c.token_id, api_calls.c.minute
            ((written,),) = insert_or_add(
                tx, api_calls, [row], key=key, counter=api_calls.c.count, returning=[api_calls.c.count]
            )
        with self._lock:
            known.written = max(known.written, int(written))
        return int(written)
