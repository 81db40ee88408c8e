import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.mail.keeping import RawMails, with_envelope
from services.intake.mail.text import parse_mail
from services.intake.submission import KeptRaw
from shared.blobs import BlobFolder
from shared.errors import Rejected
from shared.sealing import Sealer


@pytest.fixture
def raws(tmp_path: Path) -> RawMails:
    return RawMails(BlobFolder(tmp_path), Sealer(["k" * 40]))


@pytest.mark.parametrize("raw", [b"", b"\x00\xff" * 10, os.urandom(5_000_000)], ids=["empty", "short", "large"])
def test_what_was_kept_is_read_again(raws: RawMails, raw: bytes) -> None:
    kept = raws.keep(raw)
    assert kept.size == len(raw)
    assert raws.read(kept) == raw
    assert bool(kept.sealed) == (len(raw) < 1000)
    assert list(raws.folder.names()) == ([] if kept.sealed else [kept.sha256])
    raws.drop(kept)
    assert raws.read(kept) == (raw if kept.sealed else None)


def test_a_mail_without_its_end_or_under_other_keys_is_not_read(raws: RawMails) -> None:
    kept = raws.keep(os.urandom(5_000_000))
    whole = raws.folder.get(kept.sha256)
    assert whole is not None
    cut = raws.folder.put(whole.rpartition(b"\n")[0])
    small = raws.keep(b"small")
    others = RawMails(raws.folder, Sealer(["x" * 40]))
    for one, reader in ((KeptRaw(cut, 1), raws), (kept, others), (small, others)):
        with pytest.raises(Rejected) as refused:
            reader.read(one)
        assert refused.value.code == "unreadable_seal"
    other = raws.folder.put(raws.sealer.seal("no mail").encode())
    with pytest.raises(Rejected):
        raws.read(KeptRaw(other, 1))


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=3))
def test_whatever_an_envelope_says_it_adds_no_line_of_its_own(mail_from: str, recipients: list[str]) -> None:
    whole = with_envelope(b"Subject: Lampu\r\n\r\nPadam.\r\n", mail_from, recipients)
    assert whole.count(b"\r\n") == 4 + len(recipients)
    mail = parse_mail(whole)
    assert (mail.subject, mail.body) == ("Lampu", "Padam.")


def test_an_envelope_is_read_again() -> None:
    mail = parse_mail(with_envelope(b"To: lain@example.org\r\n\r\nHalo\r\n", "", ["lapor+x@example.org"]))
    assert mail.return_path == ""
    assert mail.addressed == ("lain@example.org", "lapor+x@example.org")
    assert parse_mail(with_envelope(b"\r\nHalo\r\n", None, [])).return_path is None
