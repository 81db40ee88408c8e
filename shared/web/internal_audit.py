"""A service's audit rows by its internal API: for the desk, which seals and shows those of all services."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask import Blueprint, request
from sqlalchemy import Table

from shared.audit_reading import MOST_ROWS, Digest, Wanted, digests, find_rows
from shared.errors import Refused, Transient
from shared.storage.database import Database
from shared.web.internal import InternalClient, internal_blueprint

_ALL = (1 << 62) - 1
_SHA256 = re.compile("[0-9a-f]{64}")


def audit_api(database: Database, audit: Table, token: str) -> Blueprint:
    """`GET /internal/audit/digests?after=&limit=` and `GET /internal/audit/rows?actor=&act=&…`; nothing is written."""
    blueprint = internal_blueprint("audit", token)

    @blueprint.get("/audit/digests")
    def digests_after() -> dict[str, Any]:
        after, limit = _number("after", 0, _ALL), _number("limit", MOST_ROWS, MOST_ROWS)
        with database.read() as connection:
            found = digests(connection, audit, after, limit)
        return {"rows": [[one.seq, one.at.isoformat(), one.digest] for one in found]}

    @blueprint.get("/audit/rows")
    def rows() -> dict[str, Any]:
        wanted, limit = _wanted(), _number("limit", MOST_ROWS, MOST_ROWS)
        with database.read() as connection:
            found = find_rows(connection, audit, wanted, limit)
        return {"rows": [{**row, "at": row["at"].isoformat()} for row in found]}

    return blueprint


class RemoteAudit:
    """The rows of another service. Everything raises `Transient` when it is away or cannot be understood."""

    def __init__(self, client: InternalClient) -> None:
        self._client = client

    def digests(self, after: int, limit: int) -> list[Digest]:
        answer = self._client.get("/audit/digests", {"after": str(after), "limit": str(limit)})
        try:
            return [_digest(*row) for row in answer["rows"]]
        except (LookupError, TypeError, ValueError) as error:
            raise Transient("the answer about audit rows cannot be read", code="service_away") from error

    def rows(self, wanted: Wanted, limit: int) -> list[Mapping[str, Any]]:
        asked = {name: value for name, value in _asked(wanted).items() if value}
        answer = self._client.get("/audit/rows", {**asked, "limit": str(limit)})
        try:
            return [{**row, "seq": int(row["seq"]), "at": _moment(row["at"])} for row in answer["rows"]]
        except (LookupError, TypeError, ValueError) as error:
            raise Transient("the answer about audit rows cannot be read", code="service_away") from error


class OwnAudit:
    """The rows of the service's own database, by the same questions."""

    def __init__(self, database: Database, audit: Table) -> None:
        self._database = database
        self._audit = audit

    def digests(self, after: int, limit: int) -> list[Digest]:
        with self._database.read() as connection:
            return digests(connection, self._audit, after, limit)

    def rows(self, wanted: Wanted, limit: int) -> list[Mapping[str, Any]]:
        with self._database.read() as connection:
            return list(find_rows(connection, self._audit, wanted, limit))


def _asked(wanted: Wanted) -> dict[str, str]:
    moments = {name: value.isoformat() if value else "" for name, value in
               (("since", wanted.since), ("until", wanted.until))}  # fmt: skip
    before = "" if wanted.before is None else str(wanted.before)
    texts = {name: value for name, value in asdict(wanted).items() if isinstance(value, str)}
    return {**texts, **moments, "before": before}


def _wanted() -> Wanted:
    shown = request.args
    try:
        return Wanted(
            actor=shown.get("actor", "")[:100], act=shown.get("act", "")[:60], subject=shown.get("subject", "")[:64],
            since=_moment(shown["since"]) if "since" in shown else None,
            until=_moment(shown["until"]) if "until" in shown else None,
            before=_number("before", 0, _ALL) if "before" in shown else None,
        )  # fmt: skip
    except ValueError as error:
        raise Refused(f"a time or a number cannot be read: {error}", code="invalid_fields") from error


def _digest(seq: Any, at: Any, digest: Any) -> Digest:
    """Raises `ValueError` or `TypeError` for what could not be sealed."""
    if not (isinstance(seq, int) and 0 < seq <= _ALL and _SHA256.fullmatch(str(digest))):
        raise ValueError("no number and digest of a row")
    return Digest(seq, _moment(at), digest)


def _moment(text: Any) -> datetime:
    """Raises `ValueError` for what is no time with its zone."""
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment


def _number(name: str, usual: int, most: int) -> int:
    text = request.args.get(name, str(usual))
    if not (text.isascii() and text.isdigit() and int(text) <= most):
        raise Refused(f"{name}: a whole number up to {most} is needed", code="invalid_fields")
    return int(text)
