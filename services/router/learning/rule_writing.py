"""Suggested rules as files: ordinary rules in the language that officers write, with the support of each phrase."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from itertools import groupby

from services.router.learning.suggestion import MARGIN_WORDS, LearnedPhrase, Suggestion
from shared.citypack import RuleFile

SETTINGS_FILE, SUPPORT_FILE = "rules/general.yaml", "support.csv"
# Words that YAML would read as something else than text.
_MEANS_SOMETHING = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_NEVER = 100_000  # no score of learned rules reaches this


def write_rules(suggestion: Suggestion, names: Mapping[str, str], *, settings: bool = True) -> list[RuleFile]:
    """A file for each agency and, unless rules in force keep theirs, one with the settings the weights were made for.

    `names` gives the agencies' names by code.
    """
    files = [RuleFile(SETTINGS_FILE, _settings(suggestion))] if settings else []
    for agency, phrases in groupby(suggestion.phrases, key=lambda one: one.agency):
        path = f"rules/{agency.lower().replace('_', '-')}.yaml"
        files.append(RuleFile(path, _rule(agency, names.get(agency, agency), list(phrases), suggestion)))
    return files


def write_support(suggestion: Suggestion) -> str:
    """The support of every phrase as a table, with ids of complaints to look at. It holds no text of them."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["agency", "phrase", "weight", "hits", "right", "precision", "examples"])
    for one in suggestion.phrases:
        precision = f"{one.right / one.hits:.2f}" if one.hits else ""
        table.writerow([one.agency, one.phrase, one.weight, one.hits, one.right, precision, " ".join(one.examples)])
    return out.getvalue()


def _settings(suggestion: Suggestion) -> str:
    lines = [
        f"# Dipelajari dari {suggestion.texts} pengaduan berlabel.",
        "#",
        "# Nilai instansi adalah jumlah bobot ungkapannya, juga yang di dalam ungkapan lain, ditambah bias instansi.",
        "# Bobot di bawah 0 berbicara melawan instansi itu. Kata-kata pertama sebuah laporan dihitung dua kali.",
    ]
    if suggestion.trial:
        trial = suggestion.trial
        lines += [
            "#",
            f"# Dicoba pada {trial.texts} pengaduan terakhir sebelum mereka ikut dipelajari: {trial.coverage:.0%}",
            f"# diteruskan, {trial.precision:.1%} di antaranya benar; bila semua diteruskan {trial.accuracy:.1%}.",
        ]
    lines += [
        "settings:",
        "  overlap: all",
        f"  opening_words: {suggestion.opening_words}",
        f"  minimum_score: {suggestion.margin} # calon tunggal pun perlu nilai sebesar jarak itu",
        f"  margin: {suggestion.margin} # jarak ke calon kedua; di bawahnya dilihat orang",
        f"  margin_words: {MARGIN_WORDS} # jarak itu untuk laporan sekian kata; yang lebih panjang perlu lebih",
        f"  also_score: {_NEVER}",
    ]
    return "\n".join(lines) + "\n"


def _rule(agency: str, name: str, phrases: list[LearnedPhrase], suggestion: Suggestion) -> str:
    lines = [
        f"# {name}.",
        "#",
        "# Di belakang tiap ungkapan: berapa pengaduan memuatnya, dan berapa bagian yang memang urusan instansi ini.",
        "rules:",
        f"  - id: dipelajari-{agency.lower().replace('_', '-')}",
        f"    agency: {agency}",
        f"    about: {json.dumps(f'Kata-kata warga dalam pengaduan yang menjadi urusan {name}.', ensure_ascii=False)}",
    ]
    if suggestion.bias.get(agency):
        lines.append(f"    bias: {suggestion.bias[agency]}")
    lines.append("    phrases:")
    lines += [f"      {_key(one.phrase)}: {one.weight} # {one.hits}, {_share(one)}" for one in phrases]
    return "\n".join(lines) + "\n"


def _key(phrase: str) -> str:
    return json.dumps(phrase) if phrase in _MEANS_SOMETHING else phrase


def _share(one: LearnedPhrase) -> str:
    return f"{one.right / one.hits:.0%}" if one.hits else "-"
