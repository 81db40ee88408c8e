"""Complaints near a place, for offering them to whoever is about to complain of the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, or_, select

from services.intake.similar import MOST_CHARACTERS, degrees_around
from services.intake.tables import complaints, seen
from shared.contracts.fields import Place

MOST_CANDIDATES = 100
_SHOWN = (
    complaints.c.complaint_id,
    complaints.c.kind,
    complaints.c.kecamatan,
    complaints.c.kelurahan,
    complaints.c.latitude,
    complaints.c.longitude,
    complaints.c.agency_name,
    complaints.c.received_at,
)
_MAY_BE_OFFERED = and_(
    complaints.c.identity != "confidential", complaints.c.joined_to.is_(None), complaints.c.receipt != "automatic"
)


def candidates(connection: Connection, place: Place, kind: str, since: datetime) -> list[RowMapping]:
    """The latest ones in the same kelurahan or in a box around the position, with the beginning of their texts."""
    near: list[ColumnElement[bool]] = []
    if place.kelurahan:
        near.append(complaints.c.kelurahan == place.kelurahan)
    if place.latitude is not None and place.longitude is not None:
        high, wide = degrees_around(place.latitude)
        near.append(
            and_(
                complaints.c.latitude.between(place.latitude - high, place.latitude + high),
                complaints.c.longitude.between(place.longitude - wide, place.longitude + wide),
            )
        )
    if not near:
        return []
    statement = (
        select(*_SHOWN, func.substr(complaints.c.text, 1, MOST_CHARACTERS).label("text"))
        .where(or_(*near), complaints.c.received_at >= since, complaints.c.kind == kind, _MAY_BE_OFFERED)
        .order_by(complaints.c.received_at.desc())
        .limit(MOST_CANDIDATES)
    )
    return [row._mapping for row in connection.execute(statement)]


def may_be_joined(connection: Connection, complaint_id: str) -> bool:
    statement = select(complaints.c.complaint_id).where(complaints.c.complaint_id == complaint_id, _MAY_BE_OFFERED)
    return connection.execute(statement).first() is not None


def is_seen(connection: Connection, keys: Sequence[str]) -> bool:
    """Whether a message with one of these keys was taken before."""
    return connection.execute(select(seen.c.seen_key).where(seen.c.seen_key.in_(keys)).limit(1)).first() is not None
