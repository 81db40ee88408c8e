import pytest

from services.intake.identity import read_identity


@pytest.mark.parametrize(
    ("text", "identity", "rest"),
    [
        ("TERBUKA lampu jalan mati", "open", "lampu jalan mati"),
        ("TERBUKA: LAMPU JALAN MATI", "open", "LAMPU JALAN MATI"),
        ("terbuka, lampu mati", "open", "lampu mati"),
        ("Terbuka\nlampu mati", "open", "lampu mati"),
        ("RAHASIA ada pungli", "confidential", "ada pungli"),
        ("rahasia ada pungli", "confidential", "rahasia ada pungli"),
        ("TERBUKA", "open", ""),
        ("lampu mati", "anonymous", "lampu mati"),
        ("", "anonymous", ""),
    ],
)
def test_the_first_word_sets_the_mode(text: str, identity: str, rest: str) -> None:
    assert read_identity(text) == (identity, rest)


@pytest.mark.parametrize(
    "text", ["Terbuka lubang besar di jalan", "TERBUKA LUBANG BESAR DI JALAN", "terbukanya got", "saya TERBUKA saja"]
)
def test_a_sentence_that_begins_so_gives_no_name_away(text: str) -> None:
    assert read_identity(text) == ("anonymous", text)
