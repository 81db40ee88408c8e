"""Deliveries: of a complaint, as a list, one with its story; sent again or cancelled by a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, request

from services.notifier import acts, listing, repository
from services.notifier.internal.asking import MOST_DAYS, acting, number, plain, wanted
from shared.errors import Refused
from shared.service import Spine

COUNTED_DAYS = 7


def add_deliveries(blueprint: Blueprint, spine: Spine) -> None:
    database, clock = spine.database, spine.clock

    @blueprint.get("/deliveries")
    def of_complaint() -> dict[str, Any]:
        complaint_id = request.args.get("complaint_id", "")
        if not complaint_id:
            raise Refused("complaint_id is missing", code="missing_complaint_id", status=400)
        with database.read() as connection:
            return {"deliveries": plain(repository.deliveries_of(connection, complaint_id))}

    @blueprint.get("/deliveries/newest")
    def newest() -> dict[str, Any]:
        """A page; `next` is what `before` has to be for the one after it, empty at the end."""
        look, limit = wanted(clock.now())
        with database.read() as connection:
            rows = listing.newest(connection, look, limit + 1)
        more = rows[limit - 1]["delivery_id"] if len(rows) > limit else ""
        return {"deliveries": plain(rows[:limit]), "next": more}

    @blueprint.get("/deliveries/counts")
    def counts() -> dict[str, Any]:
        days = number("days", COUNTED_DAYS, MOST_DAYS)
        with database.read() as connection:
            return {"counts": listing.count(connection, clock.now() - timedelta(days=days)), "days": days}

    @blueprint.get("/deliveries/<delivery_id>")
    def story(delivery_id: str) -> dict[str, Any]:
        with database.read() as connection:
            told = listing.story(connection, delivery_id)
        if told is None:
            raise Refused("there is no such delivery", code="no_such_delivery", status=404)
        twice = acts.may_arrive_twice(told["state"], told["channel"])
        return {**plain(told), "may_arrive_twice": twice}

    _add_acts(blueprint, spine)


def _add_acts(blueprint: Blueprint, spine: Spine) -> None:
    database = spine.database

    @blueprint.post("/deliveries/<delivery_id>/retry")
    def retry(delivery_id: str) -> dict[str, Any]:
        """`sure` has to be true for what may have arrived already."""
        by, body = acting()
        with database.write() as tx:
            acts.retry(tx, spine, delivery_id, by, sure=body.get("sure") is True)
        return {"delivery_id": delivery_id}

    @blueprint.post("/deliveries/<delivery_id>/cancel")
    def cancel(delivery_id: str) -> dict[str, Any]:
        by, _ = acting()
        with database.write() as tx:
            acts.cancel(tx, spine, delivery_id, by)
        return {"delivery_id": delivery_id}
