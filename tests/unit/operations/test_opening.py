"""Reading dead letters: what is shown to everybody, and what only on request."""

import json
from pathlib import Path

import pytest

from services.operations.letters import Letter, pick
from services.operations.opening import closed, content_sealer, head_of, opened
from shared.contracts.envelope import Codec, Envelope
from shared.errors import Refused
from shared.sealing import Sealer
from tests.unit.notifier.samples import NOW, received

KEY = "k" * 40
WORDS = "Jalan berlubang"
BODY = Codec(Sealer([KEY])).encode(Envelope.of(received(), source="intake", time=NOW))


def test_the_text_is_a_size_unless_it_is_opened() -> None:
    shown = closed(BODY)
    assert shown["data"]["text"].startswith("<sealed, ")
    assert WORDS not in json.dumps(shown)
    assert WORDS in opened(BODY, Sealer([KEY]))["data"]["text"]


def test_numbers_in_free_text_are_masked() -> None:
    body = json.dumps({"data": {"reason": "telepon 081234567890", "ticket": "CMH-0000-0000"}}).encode()
    assert closed(body)["data"] == {"reason": "telepon [telepon]", "ticket": "CMH-0000-0000"}


@pytest.mark.parametrize(("keys", "why"), [(None, "is not set"), (["z" * 40], "opens it")])
def test_what_no_key_opens_is_said(keys: list[str] | None, why: str) -> None:
    assert why in opened(BODY, Sealer(keys) if keys else None)["data"]["text"]


@pytest.mark.parametrize("body", [b"", b"[1]", b"\xff\x00", b'{"a"', b"nothing"])
def test_garbage_is_a_size(body: bytes) -> None:
    assert closed(body) == f"<{len(body)} bytes that are no JSON object>"
    assert isinstance(opened(body, None), str)
    assert head_of(body) == {}


def test_a_demonstrations_key_is_read_and_never_made(tmp_path: Path) -> None:
    assert content_sealer({}, tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "content_keys").write_text(KEY + "\n")
    sealer = content_sealer({}, tmp_path)
    assert sealer is not None
    assert sealer.unseal(Sealer([KEY]).seal("x")) == "x"


def letter(message_id: str, queue: str = "q") -> Letter:
    return Letter("inbox", "router", queue, message_id, "", "", "bug", "", 1, NOW, "", b"")


def test_a_letter_is_picked_by_its_end() -> None:
    letters = [letter("0193-aaaa-111111"), letter("0193-bbbb-222222"), letter("0193-bbbb-222222", "other")]
    assert [one.queue for one in pick(letters, "…222222")] == ["q", "other"]
    assert pick(letters, " 0193-AAAA-111111 ") == letters[:1]


@pytest.mark.parametrize(
    ("wanted", "code"), [("0193-b", ""), ("0193-", "no_such_letter"), ("333333", "no_such_letter")]
)
def test_a_wrong_id_is_refused(wanted: str, code: str) -> None:
    letters = [letter("0193-aaaa-111111"), letter("0193-bbbb-222222"), letter("0193-b9999")]
    with pytest.raises(Refused) as refused:
        pick(letters, wanted)
    assert refused.value.code == (code or "ambiguous_id")
