"""Inputs that are nearly right, built by hypothesis: what a mutation of bytes would hardly come upon."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from tests.fuzz import seeds
from tests.fuzz.wire import request
from tests.integration.test_intake_mail_fuzz import mails

_TEXT = st.one_of(
    st.text(max_size=60), st.sampled_from(seeds.TEXTS), st.sampled_from(["", "\x00", "\ud7ff", "9" * 400])
)
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _TEXT),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)
_HEADERS = st.lists(st.sampled_from([word for word in seeds.HTTP_WORDS if ": " in word]), max_size=3)


def _json_body(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    bodies = st.dictionaries(st.sampled_from(names) | _TEXT, _VALUES, max_size=6)
    return st.one_of(bodies, _VALUES).map(json.dumps)


def _fields(words: tuple[str, ...]) -> st.SearchStrategy[str]:
    names = st.sampled_from([word.strip("&").partition("=")[0] for word in words])
    pairs = st.lists(st.tuples(names, _TEXT), max_size=10)
    return pairs.map(lambda found: "&".join(f"{name}={quote(value, errors='replace')}" for name, value in found))


def _requests(path: str, kind: str, bodies: st.SearchStrategy[str], *always: str) -> st.SearchStrategy[bytes]:
    made = st.tuples(bodies, _HEADERS)
    return made.map(lambda one: request(f"POST {path}", one[0], f"Content-Type: {kind}", *always, *one[1]))


def _queries(path: str, words: tuple[str, ...]) -> st.SearchStrategy[bytes]:
    return st.tuples(_fields(words), _HEADERS).map(lambda one: request(f"GET {path}?{one[0]}", "", *one[1]))


def _proved(bodies: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return bodies.map(lambda body: f"csrf_token=@@CSRF@@&opened=@@OPENED@@&code=@@CODE@@&{body}")


_API = ("text", "contact", "place", "kind", "identity", "channel", "external_refs")
_SMS = ("id", "from", "to", "text", "part", "sent_at", "delivery", "status", "reason", "answer")
_SIGNED = ("X-Tanggap-Timestamp: @@NOW@@", "X-Tanggap-Signature: @@SIGN@@")
_FORM, _OPEN311, _KANNEL = _fields(seeds.FORM_WORDS), _fields(seeds.OPEN311_WORDS), seeds.SMS_WORDS[:10]

STRATEGIES: dict[str, st.SearchStrategy[Any]] = {
    "form": st.one_of(
        _requests("/complaints", seeds.URLENCODED, _proved(_FORM), "Accept: text/html"),
        _requests("/complaints/@@TICKET@@/additions", seeds.URLENCODED, _proved(_FORM)),
        _requests("/complaints/@@TICKET@@/rating", seeds.URLENCODED, _proved(_FORM)),
    ),
    "api": _requests("/api/v1/complaints", "application/json", _json_body(_API)),
    "open311": st.one_of(
        *(_requests(f"/open311/v2/requests.{end}", seeds.URLENCODED, _OPEN311) for end in ("json", "xml")),
        _queries("/open311/v2/requests.xml", seeds.OPEN311_WORDS),
    ),
    "sms_requests": st.one_of(
        _queries("/sms/kannel", _KANNEL),
        _requests("/sms/generic", "application/json", _json_body(_SMS), *_SIGNED),
        _requests("/sms/generic/report", "application/json", _json_body(_SMS), *_SIGNED),
    ),
    "mail_read": mails(),
    "mail_taken": mails(),
    "text": _TEXT.map(lambda text: text.encode("utf-8", "replace")),
    "masking": _TEXT.map(lambda text: text.encode("utf-8", "replace")),
    "deciding": st.lists(_TEXT, max_size=5).map(lambda texts: " ".join(texts).encode("utf-8", "replace")),
}
"""By harness; those that read YAML, pictures and messages live on mutations of whole ones."""
