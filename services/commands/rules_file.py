"""A file of labelled complaints, as people export it from a table."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.router.learning.labelled import Labelled
from shared.citypack import Agency
from shared.errors import TanggapError
from shared.marked_yaml import suggest

_LONGEST_FIELD = 10_000_000
_SHOWN = 8


class FileUnusable(TanggapError):
    """The file does not hold what it should; the message says what, and what to do."""

    code = "file_unusable"


@dataclass(frozen=True, slots=True)
class Row:
    """`id` is that of the column `id`, or the number of the line. `label` is an agency's code where it is known."""

    id: str
    text: str
    label: str


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """Rows in the order of the file, and how often labels stood there that no agency has."""

    rows: tuple[Row, ...]
    unknown: Mapping[str, int]

    def warning(self) -> str:
        """A sentence about unknown labels; empty when there are none."""
        if not self.unknown:
            return ""
        shown = ", ".join(f"`{label}` ({count})" for label, count in list(self.unknown.items())[:_SHOWN])
        more = f" and {len(self.unknown) - _SHOWN} more" if len(self.unknown) > _SHOWN else ""
        return f"No agency of the pack has the code or name {shown}{more}."


def read_labelled(path: Path, text: str, label: str, agencies: Sequence[Agency]) -> LabelledFile:
    """Rows with the columns `text` and `label`; labels may be codes, names or aliases. Raises `FileUnusable`."""
    codes = _codes(agencies)
    rows: list[Row] = []
    unknown: Counter[str] = Counter()
    for line, found in _read(path, (text, label)):
        said = (found[label] or "").strip()
        code = codes.get(said.casefold())
        if not said:
            continue
        if code is None:
            unknown[said] += 1
        rows.append(Row((found.get("id") or f"line {line}").strip(), found[text] or "", code or said))
    if not rows:
        raise FileUnusable(f"{path.name} holds no complaint with something in the column `{label}`.")
    labelled = LabelledFile(tuple(rows), dict(unknown.most_common()))
    if sum(unknown.values()) == len(rows):
        raise FileUnusable(f"{labelled.warning()} Is it the right pack? Choose one by `tanggap --pack DIR rules …`.")
    return labelled


def labelled_from(examples: Sequence[Labelled], agencies: Sequence[Agency]) -> LabelledFile:
    """The same of complaints that the desk's people labelled. An agency that the pack lacks counts as unknown."""
    known = {agency.code for agency in agencies}
    unknown = Counter(example.label for example in examples if example.label not in known)
    rows = tuple(Row(example.id, example.text, example.label) for example in examples)
    return LabelledFile(rows, dict(unknown.most_common()))


def read_texts(path: Path, text: str, label: str | None, agencies: Sequence[Agency]) -> tuple[Row, ...]:
    """Every row with something in the column `text`; `label` is empty where nothing is said. Raises `FileUnusable`."""
    codes = _codes(agencies)
    rows: list[Row] = []
    for line, found in _read(path, (text, label) if label else (text,)):
        said = (found[label] or "").strip() if label else ""
        written = found[text] or ""
        if written.strip():
            rows.append(Row((found.get("id") or f"line {line}").strip(), written, codes.get(said.casefold(), said)))
    if not rows:
        raise FileUnusable(f"{path.name} holds nothing in the column `{text}`.")
    return tuple(rows)


def _codes(agencies: Sequence[Agency]) -> dict[str, str]:
    """Codes by every way to name an agency; a code outweighs a name, and a name an alias."""
    known = {alias.casefold(): agency.code for agency in agencies for alias in agency.aliases}
    known.update({agency.name.casefold(): agency.code for agency in agencies})
    known.update({agency.code.casefold(): agency.code for agency in agencies})
    return known


def _read(path: Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str | None]]]:
    csv.field_size_limit(_LONGEST_FIELD)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names = list(reader.fieldnames or ())
            if not names:
                raise FileUnusable(f"{path.name} is empty; the first line should name the columns.")
            for column in columns:
                if column not in names:
                    raise FileUnusable(f"{path.name} has no column `{column}`. {suggest(column, names)}")
            return [(reader.line_num, row) for row in reader]
    except UnicodeDecodeError as error:
        raise FileUnusable(f"{path.name} is not UTF-8 text (byte {error.start}). Save it as UTF-8 CSV.") from error
    except csv.Error as error:
        raise FileUnusable(f"{path.name} is not a CSV table: {error}.") from error
    except OSError as error:
        raise FileUnusable(f"{path} cannot be read: {error.strerror}.") from error
