"""Whatever people write, and however it is sent: nobody gets what is not his to read."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.delivery import Addressee
from services.notifier.writing.specimens import Story
from tests.unit.notifier.packs import LANGUAGES, written

TO_AGENCIES = {"case_notice", "case_copy", "case_addition", "case_reminder", "case_news", "case_escalation"}
MACHINES = {"webhook", "amqp"}
PHONES = st.from_regex(r"08[1-9][0-9]{8,10}", fullmatch=True) | st.from_regex(r"\+628[1-9][0-9]{8}", fullmatch=True)
MAILS = st.from_regex(r"qx[a-z]{3,10}@[a-z]{3,8}\.(com|id)", fullmatch=True)
NIKS = st.from_regex(r"3277[0-9]{12}", fullmatch=True)
NAMES = st.from_regex(r"Xq[a-z]{4,10} Zw[a-z]{4,10}", fullmatch=True)
WORDS = st.lists(st.from_regex(r"vv[a-z]{5,12}", fullmatch=True), min_size=3, max_size=12, unique=True)
STORIES = {"phone": PHONES, "mail": MAILS, "nik": NIKS, "name": NAMES, "words": WORDS}


def story(identity: str, language: str, phone: str, mail: str, nik: str, name: str, words: list[str]) -> Story:
    """All of it in whatever a citizen can write: text, addition, spot, and the phrase that decided."""
    said = f"{' '.join(words)}. NIK {nik}, telp {phone} atau {mail}. Salam, {name}"
    return Story(
        identity=identity, language=language, text=said, addition=said, detail=f"rumah {words[0]} {phone}",
        phrase=f"{words[1]} {phone}", reason=f"kata {words[2]}, {phone}",
        contact=Addressee("qxkontak@warga.id", "+628999000111", "Xqsendiri Zwsendiri", "K0NT-RAHASIA"),
    )  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@settings(deadline=None, max_examples=25)
@given(identity=st.sampled_from(["anonymous", "open", "confidential"]), **STORIES)
def test_no_cell_leaks(language: str, identity: str, **written_by: Any) -> None:
    one = story(identity, language, **written_by)
    contacts = (one.contact.email, one.contact.phone, one.contact.name, one.contact.tracking_code)
    secrets = [written_by["phone"], written_by["mail"], written_by["nik"]]
    for message, channel, parts in written(one):
        cell, read = f"{message}.{channel}.{identity}.{language}", "\n".join(parts)
        if message in TO_AGENCIES:
            assert not [secret for secret in contacts if secret in read], cell
        if message not in TO_AGENCIES or identity != "open" or channel in MACHINES or message == "case_copy":
            assert not [secret for secret in secrets if secret in read], cell
        if channel == "sms" or (identity == "confidential" and message in TO_AGENCIES):
            words = [*written_by["words"], *written_by["name"].split()]
            assert not [word for word in words if word in read], cell


@settings(deadline=None, max_examples=25)
@given(**STORIES)
def test_an_answer_stays_with_the_mail_to_the_citizen(**written_by: Any) -> None:
    one = story("open", "id", **written_by)
    answer = f"Jawaban {' '.join(reversed(written_by['words']))}"
    for message, channel, parts in written(Story(answer=answer, contact=one.contact)):
        if (message, channel) != ("case_update", "email"):
            assert written_by["words"][0] not in "\n".join(parts), f"{message}.{channel}"


def test_that_test_would_see_a_leak() -> None:
    read = {(message, channel): "\n".join(parts) for message, channel, parts in written(Story(identity="open"))}
    assert "0812-3456-7890" in read["case_notice", "email"]
    assert re.search(r"Lampu jalan mati", read["case_notice", "webhook"])
    assert "Budi Hartono" in read["receipt", "email"]
