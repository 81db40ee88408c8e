import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.contacts import ContactVault, normalise_email, normalise_phone
from services.intake.submission import Contact
from shared.sealing import ContactHasher, Sealer


@pytest.mark.parametrize(
    "text",
    ["081234567890", "0812 3456 7890", "0812-3456-7890", "+6281234567890", "628123456789" + "0", "812 3456 7890"],
)
def test_one_number_has_one_form(text: str) -> None:
    assert normalise_phone(text) == "+6281234567890"


@pytest.mark.parametrize("text", ["", "abc", "12345", "0000000000", "1708", "TELKOMSEL", "08123", "0" * 5000])
def test_what_is_no_number(text: str) -> None:
    assert normalise_phone(text) is None
    assert normalise_phone(text, by_carrier=True) is None


def test_a_carrier_knows_numbers_that_no_table_knows() -> None:
    assert normalise_phone("0812345678901234") is None
    assert normalise_phone("0812345678901234", by_carrier=True) == "+62812345678901234"


@pytest.mark.parametrize("text", ["nama@contoh.id", " nama@CONTOH.id ", "a.b+c@x-y.co.id"])
def test_addresses(text: str) -> None:
    local, domain = text.strip().split("@")
    assert normalise_email(text) == f"{local}@{domain.lower()}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a@b",
        "a b@c.id",
        "a@b@c.id",
        "a@b.id\nBcc: x@y.id",
        "a@-.id",
        "a..b@c.id",
        "é@c.id",
        "a@c.1",
        "a" * 300 + "@c.id",
    ],
)
def test_what_is_no_address(text: str) -> None:
    assert normalise_email(text) is None


@given(st.text(st.characters(codec=None)))
def test_normalising_never_fails_and_settles(text: str) -> None:
    for normalise in (normalise_email, normalise_phone):
        once = normalise(text)
        assert once is None or normalise(once) == once


def test_sealed_contacts_are_equal_by_key_only() -> None:
    vault = ContactVault(Sealer(["k" * 40]), ContactHasher("p" * 40))
    one = vault.seal(Contact(email="Warga@contoh.id", phone="+6281234567890", name="Siti"))
    two = vault.seal(Contact(email="warga@contoh.id", phone="+6281234567891"))
    assert one["email_key"] == two["email_key"]
    assert one["phone_key"] != two["phone_key"]
    assert "Siti" not in str(one)
    assert vault.unseal(one) == {"email": "Warga@contoh.id", "phone": "+6281234567890", "name": "Siti"}
    assert vault.unseal(two)["name"] is None
