"""Which addresses a webhook may have: as written, and as resolved."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.address_guard import AddressGuard, RefusedAddress

PUBLIC = AddressGuard()
CITY = AddressGuard.of(["10.1.0.0/16", "fd00:1::/32"])

INNER = (
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.255.0.9",
    "169.254.169.254", "172.16.0.1", "172.31.255.1", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1",
    "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1",
    "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1",
    "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "5f00::1",
)  # fmt: skip
OUTER = (
    "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1", "203.0.112.1",
    "2606:4700:4700::1111", "2a00:1450::8", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1",
)  # fmt: skip


def reason(guard: AddressGuard, url: str) -> str:
    """Empty when it may be tried."""
    try:
        guard.check_url(url)
    except RefusedAddress as refused:
        return refused.reason
    return ""


def bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


@pytest.mark.parametrize("address", INNER)
def test_nothing_inside_is_within_reach_by_address_or_by_name(address: str) -> None:
    assert reason(PUBLIC, f"https://{bracketed(address)}/hook") == "not_public"
    with pytest.raises(RefusedAddress):
        PUBLIC.check_addresses("https", [ipaddress.ip_address(address)])


@pytest.mark.parametrize("address", OUTER)
def test_the_public_internet_is(address: str) -> None:
    assert reason(PUBLIC, f"https://{bracketed(address)}:8443/hook?a=b") == ""
    PUBLIC.check_addresses("https", [ipaddress.ip_address(address)])


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://2130706433/", "bad_host"),  # decimal
        ("https://017700000001/", "bad_host"),  # octal
        ("https://0x7f000001/", "bad_host"),  # hexadecimal
        ("https://0177.0.0.1/", "bad_host"),
        ("https://0x7f.1/", "bad_host"),
        ("https://0x7f.0.0.0x1/", "bad_host"),
        ("https://127.1/", "bad_host"),
        ("https://127.0.1/", "bad_host"),
        ("https://127.0.0.01/", "bad_host"),
        ("https://127.0.0.1./", "bad_host"),
        ("https://good.example./", "bad_host"),
        ("https://good@127.0.0.1/", "has_login"),
        ("https://good.example@127.0.0.1/", "has_login"),
        ("https://user:password@good.example/", "has_login"),
        ("https://good.example\\@127.0.0.1/", "has_login"),
        ("https://127.0.0.1\\.good.example/", "bad_url"),
        ("https:\\\\127.0.0.1/", "not_https"),
        ("https:/127.0.0.1/", "not_https"),
        ("https:///127.0.0.1/", "bad_url"),
        ("https://good.example/\\..\\x", "bad_url"),
        ("https://good.example /", "bad_url"),
        (" https://good.example/", "not_https"),
        ("https://good.example/a b", "bad_url"),
        ("https://good.example/\tx", "bad_url"),
        ("https://good.example/\r\nHost: x", "bad_url"),
        ("https://good.example/#x", "bad_url"),
        ("https://good.example?x", "bad_url"),
        ("https://good_host.example/", "bad_url"),
        ("https://%31%32%37.0.0.1/", "bad_url"),
        ("https://bücher.example/", "bad_url"),
        ("https://①②⑦.⓪.⓪.①/", "bad_url"),
        ("https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "bad_url"),
        ("https://127。0。0。1/", "bad_url"),
        ("https://-bad.example/", "bad_host"),
        ("https://bad..example/", "bad_host"),
        ("https://[::1%25lo]/", "bad_url"),
        ("https://[fe80::1%lo]/", "bad_url"),
        ("https://[127.0.0.1]/", "bad_host"),
        ("https://[:::1]/", "bad_host"),
        ("https://good.example:0/", "bad_port"),
        ("https://good.example:65536/", "bad_port"),
        ("https://good.example:/", "bad_url"),
        ("https://good.example:22x/", "bad_url"),
        ("http://good.example/", "not_https"),
        ("HTTPS://good.example/", "bad_url"),
        ("ftp://good.example/", "not_https"),
        ("file:///etc/passwd", "not_https"),
        ("gopher://127.0.0.1:11211/x", "not_https"),
        ("//good.example/", "not_https"),
        ("", "not_https"),
        ("https://good.example/" + "x" * 2000, "bad_url"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(url: str, why: str) -> None:
    assert reason(PUBLIC, url) == why
    assert reason(CITY, url) in (why, "" if url == "http://good.example/" else why)


@pytest.mark.parametrize(
    "url", ["https://good.example", "https://Hook.Good.Example:8443/a/b?c=d&e=%20", "https://xn--bcher-kva.example/x@y"]
)
def test_usual_addresses_are_fine(url: str) -> None:
    target = PUBLIC.check_url(url)
    assert target.host == target.host.lower()
    assert target.scheme == "https"


def test_one_inner_answer_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(RefusedAddress, match=r"10\.0\.0\.1"):
        PUBLIC.check_addresses("https", [ipaddress.ip_address(one) for one in ("8.8.8.8", "10.0.0.1")])
    with pytest.raises(RefusedAddress):
        PUBLIC.check_addresses("https", [])


def test_the_citys_own_networks_may_be_allowed_also_without_encryption() -> None:
    assert reason(CITY, "https://10.1.2.3/") == reason(CITY, "http://10.1.2.3:8080/hook") == ""
    assert reason(CITY, "http://[fd00:1::5]/") == reason(CITY, "https://[::ffff:10.1.2.3]/") == ""
    assert reason(CITY, "https://10.2.2.3/") == "not_public"
    assert reason(CITY, "http://8.8.8.8/") == "not_https"
    assert reason(CITY, "http://hook.example/") == "", "its addresses decide"
    with pytest.raises(RefusedAddress, match="none of the city's own"):
        CITY.check_addresses("http", [ipaddress.ip_address(one) for one in ("10.1.2.3", "8.8.8.8")])


@given(st.ip_addresses())
def test_the_judgement_never_fails_and_what_it_lets_through_is_global(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    try:
        PUBLIC.check_addresses("https", [address])
    except RefusedAddress:
        return
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None) or address
    assert not any((inner.is_loopback, inner.is_link_local, inner.is_multicast, inner.is_unspecified))
    assert inner.is_global or address in ipaddress.ip_network("64:ff9b::/96")


@given(st.text(max_size=60) | st.text("htps:/@[]\\.0x127#?% a", max_size=60).map(lambda rest: f"https://{rest}"))
def test_any_text_is_judged(text: str) -> None:
    try:
        target = PUBLIC.check_url(text)
    except RefusedAddress:
        return
    assert target.host.isascii()
    assert not set(target.host) & set("@\\/ %")
