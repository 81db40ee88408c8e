"""A phrase written into the files of rules as a person would: one line added or changed, all the rest left as it is.

Whatever the file looks like, the result is read again and must say what the old one said plus that phrase, or it is
not given. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from services.router.proposing.yaml_places import Found, add_entry, as_data, expected_with, find_rules, scalar
from shared.errors import Refused

MOST_PHRASE = 100
MOST_FILE = 300_000
LARGEST_WEIGHT = 100
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Wish:
    """`rule` is the id of a rule of this agency; empty: a rule of its own.

    `kelurahan` or `kecamatan`: the phrase counts only there, which always needs a rule of its own.
    """

    agency: str
    phrase: str
    weight: int
    rule: str = ""
    kelurahan: str = ""
    kecamatan: str = ""


@dataclass(frozen=True, slots=True)
class Inserted:
    """The one file that is different, where the phrase stands in it, and the weight that it had before."""

    file: str
    text: str
    line: int
    rule: str
    was: int | None


def insert_phrase(files: Mapping[str, str], wish: Wish) -> Inserted:
    """Raises `Refused`: `cannot_insert` when the file is written so that a person has to do it."""
    phrase = " ".join(wish.phrase.split())
    if not phrase or len(phrase) > MOST_PHRASE:
        raise Refused(f"phrase: 1 to {MOST_PHRASE} characters are needed", code="bad_phrase")
    if wish.weight == 0 or abs(wish.weight) > LARGEST_WEIGHT:
        raise Refused(f"weight: a number from 1 to {LARGEST_WEIGHT} is needed", code="bad_weight")
    if not _CODE.fullmatch(wish.agency):
        raise Refused("agency: a code is needed", code="invalid_fields")
    rules = find_rules({name: text for name, text in files.items() if len(text) <= MOST_FILE})
    if wish.kelurahan or wish.kecamatan:
        found = _of_place(rules, wish)
        return _into(files, found, phrase, wish.weight) if found else _as_rule(files, rules, wish, phrase)
    if not wish.rule:
        return _as_rule(files, rules, wish, phrase)
    known = rules.get(wish.rule)
    if known is None or known.agency != wish.agency:
        raise Refused(f"there is no rule {wish.rule[:80]} of {wish.agency}", code="unknown_rule", status=404)
    return _into(files, known, phrase, wish.weight)


def _into(files: Mapping[str, str], rule: Found, phrase: str, weight: int) -> Inserted:
    old = files[rule.file]
    was = rule.weights.get(phrase)
    if was == weight:
        return Inserted(rule.file, old, rule.line_of(phrase), rule.id, was)
    text = add_entry(old, rule, phrase, weight)
    if text is None or as_data(text) != expected_with(old, rule, phrase, weight):
        raise Refused(f"{rule.file} has to be changed by hand", code="cannot_insert", status=409)
    return Inserted(rule.file, text, _line_in(rule.file, text, rule.id, phrase), rule.id, was)


def _as_rule(files: Mapping[str, str], rules: Mapping[str, Found], wish: Wish, phrase: str) -> Inserted:
    """A rule of its own, behind the agency's others, or in a file of its own where that is not possible."""
    place = wish.kelurahan or wish.kecamatan
    id_ = _free(f"{_slug(wish.agency)}-{_slug(place or phrase)}", rules)
    lines = _rule_lines(wish, id_, phrase)
    for name in sorted({rule.file for rule in rules.values() if rule.agency == wish.agency}):
        last = max((rule for rule in rules.values() if rule.file == name), key=lambda rule: rule.end_line)
        text = _appended(files[name], last, lines)
        if text is not None and _says_more(files[name], text):
            return Inserted(name, text, _line_in(name, text, id_, phrase), id_, None)
    stem = f"rules/{_slug(wish.agency)}"
    number = 1
    while (name := f"{stem}-{number}.yaml" if number > 1 else f"{stem}.yaml") in files:
        number += 1
    text = "rules:\n" + "".join(f"  {line}\n" for line in lines)
    return Inserted(name, text, _line_in(name, text, id_, phrase), id_, None)


def _rule_lines(wish: Wish, id_: str, phrase: str) -> list[str]:
    where = f" di {wish.kelurahan or wish.kecamatan}" if wish.kelurahan or wish.kecamatan else ""
    lines = [f"- id: {id_}", f"  agency: {wish.agency}", f"  about: {scalar(f'Ditambahkan di meja kerja{where}.')}"]
    lines += ["  phrases:", f"    {scalar(phrase)}: {wish.weight}"]
    for key, value in (("kelurahan", wish.kelurahan), ("kecamatan", wish.kecamatan)):
        if value:
            return [*lines, "  when:", f"    {key}: [{scalar(value)}]"]
    return lines


def _appended(text: str, last: Found, lines: list[str]) -> str | None:
    """The rule as one more item behind the last one; None when the list is not written line by line."""
    if last.dash_column is None:
        return None
    indent = " " * last.dash_column
    above = text.splitlines(keepends=True)
    if above and not above[-1].endswith(("\n", "\r")):
        above[-1] += "\n"
    return "".join([*above[: last.end_line], *(f"{indent}{line}\n" for line in lines), *above[last.end_line :]])


def _says_more(old: str, new: str) -> bool:
    before, after = as_data(old), as_data(new)
    if not isinstance(before, dict) or not isinstance(after, dict):
        return False
    rules, more = before.get("rules"), after.get("rules")
    if not isinstance(rules, list) or not isinstance(more, list):
        return False
    return more[: len(rules)] == rules and len(more) == len(rules) + 1 and {**after, "rules": rules} == before


def _of_place(rules: Mapping[str, Found], wish: Wish) -> Found | None:
    """A rule of the agency that speaks only in that place, and asks for nothing else."""
    wanted = {"kelurahan": [wish.kelurahan]} if wish.kelurahan else {"kecamatan": [wish.kecamatan]}
    for rule in rules.values():
        if rule.agency == wish.agency and rule.when == wanted:
            return rule
    return None


def _line_in(file: str, text: str, rule: str, phrase: str) -> int:
    found = find_rules({file: text}).get(rule)
    return found.line_of(phrase) if found else 0


def _free(id_: str, rules: Mapping[str, Found]) -> str:
    number, found = 1, id_
    while found in rules:
        number += 1
        found = f"{id_}-{number}"
    return found


def _slug(text: str) -> str:
    return _NOT_SLUG.sub("-", text.lower()).strip("-")[:40] or "x"
