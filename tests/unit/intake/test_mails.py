"""Raw mails, each named after its defect: what becomes of them."""

import re
from typing import Any

import pytest

from tests.unit.intake.mail_world import DELIVERY, FOLDER, expected, raw_mail, sorted_mail

EXPECTED = expected()


@pytest.mark.parametrize("name", EXPECTED)
def test_what_becomes_of_it(name: str) -> None:
    told = EXPECTED[name]
    mail, sender, found = sorted_mail(
        raw_mail(name), told.get("mail_from", "siti@example.org"), told.get("to", ["lapor@kota.example.org"])
    )
    seen: dict[str, Any] = {
        "kind": found.kind.value,
        "reason": found.reason,
        "words": found.words,
        "what": found.what,
        "flags": list(found.flags),
        "asks": list(found.asks),
        "automatic": found.automatic,
        "subject": mail.subject,
        "sender": sender.address,
        "pictures": len(mail.attached.pictures),
        "linked": found.about is not None,
        "about": found.about is not None,
        "delivery": found.delivery_id == DELIVERY,
        "action": mail.report.action if mail.report else None,
    }
    known = {"mail_from", "to", "words_contain"}
    assert {key: seen[key] for key in told if key not in known} == {
        key: value for key, value in told.items() if key not in known
    }
    assert told.get("words_contain", "") in found.words


def test_every_mail_is_in_the_table() -> None:
    assert {path.stem for path in FOLDER.glob("*.eml")} == set(EXPECTED)
    assert len(EXPECTED) >= 60


def test_the_table_in_the_docs_says_what_becomes_of_its_mails() -> None:
    text = (FOLDER.parents[2] / "docs/intake.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| .+ \| (\w+)[^|]* \| ([^|]+) \| `(\w+)` \|$", text, re.MULTILINE)
    assert len(rows) >= 20
    for kind, codes, name in rows:
        told = EXPECTED[name]
        assert told["kind"] == kind, name
        reason = told.get("reason", "text")
        assert any(reason == code or (code.startswith("dsn") and reason.startswith("dsn")) for code in
                   re.findall(r"`(\w+)`", codes)), name  # fmt: skip


def test_every_reason_stands_in_the_docs() -> None:
    text = (FOLDER.parents[2] / "docs/intake.md").read_text(encoding="utf-8")
    reasons = {told["reason"] for told in EXPECTED.values() if "reason" in told}
    flags = {flag for told in EXPECTED.values() for flag in told.get("flags", [])}
    assert not [code for code in reasons | flags if f"`{code}`" not in text and not code.startswith("dsn")]
