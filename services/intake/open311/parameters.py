"""The parameters of a request, as the standard wants them read: an empty one counts as not given. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from services.intake.text import clean_line, clean_text
from shared.errors import Refused

_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,60})\](\[\])?")


@dataclass
class Parameters:
    """Reading never raises: what is wrong is kept by parameter until `check`, so that all of it is said at once."""

    values: dict[str, list[str]]
    problems: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def of(pairs: Iterable[tuple[str, str]]) -> Parameters:
        """Repetitions of the same value count once."""
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            known = values.setdefault(name, [])
            if value not in known and clean_text(value):
                known.append(value)
        return Parameters(values)

    def text(self, name: str) -> str:
        """As it was written, of several lines; empty when it was not given. Two different ones are a problem."""
        found = self.values.get(name, [])
        if len(found) > 1:
            self.complain(name, "Isian ini dikirim lebih dari sekali dengan isi berbeda.")
        return found[0] if found else ""

    def line(self, name: str, *, most: int) -> str:
        """Cleaned and on one line; a longer one is a problem."""
        raw = self.text(name)
        line = clean_line(raw) if len(raw) <= 20 * most else raw
        if len(line) > most:
            self.complain(name, f"Isian ini terlalu panjang: paling banyak {most} huruf.")
            return ""
        return line

    def several(self, name: str) -> tuple[str, ...]:
        """Comma-separated, repeated, or both; each once, in the order given."""
        parts = (clean_line(part) for value in self.values.get(name, []) for part in value.split(","))
        return tuple(dict.fromkeys(part for part in parts if part))

    def attributes(self) -> dict[str, list[str]]:
        """The answers to what a service definition asks, by code: `attribute[code]` and `attribute[code][]`."""
        found: dict[str, list[str]] = {}
        for name, values in self.values.items():
            match = _ATTRIBUTE.fullmatch(name)
            if match and values:
                found.setdefault(match[1], []).extend(values)
        return found

    def complain(self, name: str, sentence: str) -> None:
        self.problems.setdefault(name, sentence)

    def check(self) -> None:
        """Raises `Refused` (400) with a sentence for each parameter that is wrong."""
        if self.problems:
            sentence = " ".join(dict.fromkeys(self.problems.values()))
            raise Refused(sentence, code="bad_parameters", status=400, fields=dict(self.problems))
