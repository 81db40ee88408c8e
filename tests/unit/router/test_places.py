from __future__ import annotations

import pytest

from services.router.places import Gazetteer, Place
from services.router.rules import RuleSet


def hidden(text: str, rules: RuleSet, gazetteer: Gazetteer) -> list[str]:
    reading = rules.lexicon.scan(text)
    return [reading.tokens[index].text for index in sorted(gazetteer.survey(reading, text).hidden)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pju mati di jl Sekolah Dasar Baru", ["sekolah", "dasar", "baru"]),
        ("jalan rusak", []),
        ("jl lobang besar", ["lubang", "besar"]),
        ("depan rumah sakit Kasih Ibu bolong", ["depan", "rumah", "sakit", "kasih", "ibu"]),
        ("dekat lampu merah gelap", ["dekat", "lampu", "merah", "gelap"]),
        ("didepan toko mati", ["didepan", "toko"]),
        ("gang melati rusak", ["gang", "melati"]),
        ("jalan. Pju mati", []),
        ("depan", []),
        ("jl", []),
    ],
)
def test_place_expressions_are_set_aside(
    text: str, expected: list[str], small_rules: RuleSet, small_gazetteer: Gazetteer
) -> None:
    assert hidden(text, small_rules, small_gazetteer) == expected


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("lubang di mekar wangi", Place("Hulu", "Mekarwangi")),
        ("lubang di MEKARWANGI", Place("Hulu", "Mekarwangi")),
        ("lubang di hilir kota", Place("Hilir Kota")),
        ("lubang di mekarwangi dan tanjung", None),
        ("lubang besar", None),
        ("lubang di kelurahan besar", Place("Hulu", "Besar")),
        ("lubang di kelurahan besar dan mekarwangi", Place("Hulu")),
        ("lubang di jalan tanjung", None),
        ("lubang di jalan bunga mawar tanjung", Place("Hilir Kota", "Tanjung")),
        ("lubang di tanjung arah mekarwangi", Place("Hilir Kota", "Tanjung")),
        ("warga tanjung, di mekarwangi ada lubang", Place("Hulu", "Mekarwangi")),
        ("saya warga tanjung", Place("Hilir Kota", "Tanjung")),
    ],
)
def test_the_place_is_what_the_mentions_agree_on(
    text: str, place: Place | None, small_rules: RuleSet, small_gazetteer: Gazetteer
) -> None:
    assert small_gazetteer.survey(small_rules.lexicon.scan(text), text).place == place


@pytest.mark.parametrize(
    ("text", "outside"),
    [
        ("jalan rusak di seberangan", ("EXT_SEBERANG",)),
        ("jalan rusak di tanjung dekat seberangan", ()),
        ("jalan rusak dekat seberangan", ()),
        ("jalan rusak arah seberangan", ()),
        ("saya warga seberangan", ()),
        ("jalan seberangan rusak", ()),
        ("jalan raya seberangan rusak", ()),
        ("jalan bunga mawar seberangan rusak", ("EXT_SEBERANG",)),
        ("jalan tanjung seberangan rusak", ()),
        ("lubang di seberangan, perbatasan tanjung", ("EXT_SEBERANG",)),
    ],
)
def test_outside_is_only_where_it_happened(
    text: str, outside: tuple[str, ...], small_rules: RuleSet, small_gazetteer: Gazetteer
) -> None:
    assert small_gazetteer.survey(small_rules.lexicon.scan(text), text).outside == outside


def test_a_form_names_a_kelurahan_in_any_spelling(cimahi_gazetteer: Gazetteer) -> None:
    assert cimahi_gazetteer.place_of("Leuwi Gajah") == Place("Cimahi Selatan", "Leuwigajah")
    assert cimahi_gazetteer.place_of("Utama") == Place("Cimahi Selatan", "Utama")
    assert cimahi_gazetteer.place_of("Atlantis") is None
    assert cimahi_gazetteer.place_of("") is None


def test_every_kelurahan_of_the_pack_is_known(cimahi_gazetteer: Gazetteer, cimahi: object) -> None:
    for area in cimahi.areas:  # type: ignore[attr-defined]
        for kelurahan in area.kelurahan:
            assert cimahi_gazetteer.place_of(kelurahan.name) == Place(area.kecamatan, kelurahan.name)
