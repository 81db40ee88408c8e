"""Reading what people typed."""

from __future__ import annotations

from flask import request

from services.desk.cases.case import storable


def typed(name: str, most: int) -> str:
    """A field of the form, without what no database takes, cut to `most` signs. Missing: empty."""
    return storable(request.form.get(name, ""))[:most]


def asked(name: str, most: int) -> str:
    """The same of the address's query, without space around it."""
    return storable(request.args.get(name, "")).strip()[:most]
