import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.mail.sender import read_verification

OURS = "mx.kota.example.org"


@pytest.mark.parametrize(
    ("headers", "flag"),
    [
        ([], None),
        (["mx.other.example.org; dmarc=pass header.from=example.org"], None),
        ([f"{OURS}; dmarc=pass header.from=example.org"], "sender_verified"),
        ([f"{OURS} 1; dmarc=pass (p=none; dis=none) header.from=example.org"], "sender_verified"),
        ([f"{OURS}; dmarc=fail header.from=example.org; dkim=pass header.d=example.org"], "sender_unverified"),
        ([f"{OURS}; dmarc=none; spf=pass smtp.mailfrom=siti@example.org"], "sender_verified"),
        ([f"{OURS}; spf=pass smtp.mailfrom=bounce@lain.example.com"], "sender_unverified"),
        ([f"{OURS}; dkim=pass header.d=example.org"], "sender_verified"),
        ([f"{OURS}; dkim=pass header.i=@mail.example.org"], "sender_unverified"),
        ([f"{OURS}; dkim=pass header.d=org"], "sender_unverified"),
        ([f"{OURS}; none"], "sender_unverified"),
        ([f"{OURS.upper()}; DMARC=Pass"], "sender_verified"),
        (["mx.other.example.org; dmarc=pass", f"{OURS}; dmarc=fail", f"{OURS}; dmarc=pass"], "sender_unverified"),
        (["mx.evil.example.org (mx.kota.example.org); dmarc=pass"], None),
    ],
)
def test_only_the_trusted_servers_first_word_counts(headers: list[str], flag: str | None) -> None:
    assert read_verification(headers, OURS, "siti@example.org") == flag
    assert read_verification(headers, "", "siti@example.org") is None


@given(st.lists(st.text(max_size=200).map(lambda text: f"{OURS}; {text}"), max_size=3), st.text(max_size=40))
def test_whatever_stands_there(headers: list[str], address: str) -> None:
    assert read_verification(headers, OURS, address) in (None, "sender_verified", "sender_unverified")
