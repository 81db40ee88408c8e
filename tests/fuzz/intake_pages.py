"""Intake's doors by HTTP: form, JSON API, Open311, SMS. Each input is a whole request to the real application."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from services.intake import tables
from services.intake.channels.generic_sms import signature
from services.intake.submission import MOST_TEXT_CHARACTERS
from services.intake.text import clean_text
from shared.reply_marks import report_signature
from tests.fuzz import seeds
from tests.fuzz.harness import Harness, One, quick_folder, require
from tests.fuzz.wire import Answered, Wire, body_of, check_answer, raw_request
from tests.unit.intake.building import KEY, Intake, intake
from tests.unit.intake.open311_city import open311_city

WEBHOOK_KEY = "n" * 40
DELIVERY = "0192f6e0-0000-7000-8000-000000000001"
REBUILT_AFTER = 1_500
"""Requests: a database that grows for an hour would be what is measured."""
_TICKET = re.compile(rb"CMH-[0-9A-Z]{4}-[0-9A-Z]{4}")


@dataclass
class IntakePages:
    """The application with one complaint in it, and what a request may know of it."""

    built: Intake
    wire: Wire = field(init=False)
    words: dict[bytes, bytes] = field(default_factory=dict)
    cookie: bytes = b""

    def __post_init__(self) -> None:
        self.wire = Wire(self.built.service.web)
        client = self.built.client
        page = client.get("/", headers={"Accept": "text/html"}).text
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
        self.built.clock.pass_by(seconds=20)
        sent = client.post("/api/v1/complaints", json={"text": "Lampu padam di Cibeber.", "contact": None})
        given = sent.get_json()
        self.cookie = b"tanggap_intake=" + client.get_cookie("tanggap_intake").value.encode()
        self.words = {
            b"CSRF": hidden["csrf_token"].encode(), b"OPENED": hidden["opened"].encode(),
            b"TICKET": given["ticket"].encode(), b"CODE": given["tracking_code"].encode(),
            b"DELIVERY": DELIVERY.encode(), b"REPORT": report_signature([KEY], DELIVERY).encode(),
            b"NOW": str(int(self.built.clock.now().timestamp())).encode(), b"PNG": seeds.SMALL_PNG,
            b"NONCE": b"n" * 20,
        }  # fmt: skip

    def one(self, data: bytes) -> None:
        before = time.monotonic()
        raw = raw_request(data, self.words, self.cookie)
        signed = signature(WEBHOOK_KEY, self.words[b"NOW"].decode(), body_of(raw)).encode()
        raw = raw.replace(b"@@SIGN@@", signed)
        answered = self.wire.send(raw)
        if answered is None:
            return
        check_answer(answered)
        if answered.status in (200, 201, 303):
            self._check_stored(answered)
        if answered.status == 201 and b"\nidempotency-key:" in raw.lower() and time.monotonic() - before < 60:
            again = self.wire.send(raw)
            require(again and again.body == answered.body, "the same key and content was answered otherwise")

    def _check_stored(self, answered: Answered) -> None:
        """What was acknowledged is stored, clean and within bounds."""
        told = b"%s %s" % (answered.body[:3000], answered.headers.get("location", "").encode("utf-8", "replace"))
        for ticket in {found.decode() for found in _TICKET.findall(told)}:
            with self.built.database.read() as connection:
                where = tables.complaints.c.ticket == ticket
                row = connection.execute(select(tables.complaints.c.text).where(where)).first()
            if row is None:
                require(answered.status != 201, "an acknowledged complaint is not stored")
            else:
                require(row.text == clean_text(row.text), "a stored text is not clean")
                require(0 < len(row.text) <= MOST_TEXT_CHARACTERS + 100, "a stored text is empty or too long")


@contextmanager
def pages() -> Iterator[One]:
    def build() -> tuple[Any, IntakePages]:
        folder = quick_folder()
        place = folder.__enter__()
        world = intake(
            f"sqlite:///{place}/intake.db", pack=open311_city(), sms_webhook_keys=(WEBHOOK_KEY,),
            public_url="http://127.0.0.1:8000",
        )  # fmt: skip
        built = world.__enter__()

        def leave() -> None:
            world.__exit__(None, None, None)
            folder.__exit__(None, None, None)

        return leave, IntakePages(built)

    state = [*build(), 0]

    def one(data: bytes) -> None:
        state[2] += 1
        if state[2] % REBUILT_AFTER == 0:
            state[0]()
            state[:2] = build()
        state[1].built.clock.pass_by(seconds=1)
        state[1].one(data)

    try:
        yield one
    finally:
        state[0]()


def harnesses() -> list[Harness]:
    words = ("@@CSRF@@", "@@OPENED@@", "@@TICKET@@", "@@CODE@@", "@@NONCE@@", *seeds.HTTP_WORDS)
    api = tuple(json.dumps(name) for name in ("text", "contact", "place", "latitude", "kind", "identity", "phone"))
    return [
        Harness("form", pages, seeds.form, (*words, *seeds.FORM_WORDS)),
        Harness("api", pages, seeds.api, (*words, *api, *seeds.JSON_WORDS)),
        Harness("open311", pages, seeds.open311, (*words, *seeds.OPEN311_WORDS)),
        Harness("sms_requests", pages, seeds.sms, (*words, *seeds.SMS_WORDS)),
    ]
