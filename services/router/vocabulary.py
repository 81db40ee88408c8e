"""The words of all phrases, a character each, so that phrases are found as strings in a string.

A word of a text stands for the phrase word that it is a form of. Where it is a form of several ("parkirannya" of
`parkiran` and `parkir`), the phrases are spelt out at compile time with each of them; the few words that this does not
cover are `odd` and looked at one by one. So what a phrase finds never depends on the other phrases.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice, product

from services.router.memory import Memory
from services.router.text import Lexicon, Token

NOTHING = ""
UNKNOWN = " "
_MOST_SPELLINGS = 256
_FIRST_SIGN = 0x100
_SURROGATES = range(0xD800, 0xE000)


class Vocabulary:
    """`symbols` gives each token its character: `NOTHING` for light words, `UNKNOWN` for words of no phrase."""

    def __init__(self, words: Iterable[str], lexicon: Lexicon) -> None:
        self._words = sorted(set(words))
        known = set(self._words)
        self._signs = dict(zip(self._words, _signs(), strict=False))
        self._forms = {word: known.intersection(lexicon.token(word).forms) for word in self._words}
        self._above: dict[str, list[str]] = {word: [] for word in self._words}
        for word, forms in self._forms.items():
            for form in forms:
                self._above[form].append(word)
        self.symbols: Memory[Token, str] = Memory(self._symbol)
        self.odd: dict[Token, frozenset[str]] = {}  # what the symbols of those tokens met so far do not stand for

    def tidy(self) -> None:
        """Forgets when there is too much to remember; call it between two texts."""
        self.symbols.tidy()
        if not self.symbols:
            self.odd.clear()

    def spell(self, words: tuple[str, ...]) -> list[str]:
        """The strings that stand for these words: one, and one more for each fuller form that has them as a form."""
        choices = [self._above[word] for word in words]
        rows = islice(product(*choices), _MOST_SPELLINGS)
        return ["".join(self._signs[word] for word in row) for row in rows]

    def _symbol(self, token: Token) -> str:
        if token.light:
            return NOTHING
        word = self._fullest(token)
        left_over = frozenset(form for form in token.forms if form in self._forms) - self._forms.get(word, set())
        if left_over:
            self.odd[token] = left_over
        return self._signs[word] if word else UNKNOWN

    def _fullest(self, token: Token) -> str:
        forms = [form for form in token.forms if form in self._forms]
        fitting = [form for form in forms if self._forms[form] <= set(forms)]
        return max(fitting, key=lambda form: len(self._forms[form]), default="")


def _signs() -> Iterable[str]:
    for code in range(_FIRST_SIGN, 0x110000):
        if code not in _SURROGATES:
            yield chr(code)
