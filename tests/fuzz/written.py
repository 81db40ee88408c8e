"""What people of the city write: rules, and every other file of a pack, wordings included. Mistakes are told, all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from services.router.decide import decide
from services.router.explain import explain_decision
from services.router.places import Gazetteer
from services.router.proposing.yaml_places import add_entry, as_data, expected_with, find_rules
from services.router.rule import RulesError
from services.router.rule_changes import compare_files
from services.router.rule_files import compile_files, lint_files
from shared.citypack import PackError, load_pack
from shared.wording.reading import load_wording
from tests.fuzz.decisions import CIMAHI
from tests.fuzz.harness import Harness, One, quick_folder, require
from tests.fuzz.seeds import TEXTS
from tests.unit.router.conftest import SMALL_CITY, write_city

RULE_WORDS = (
    "rules:", "  - id: ", "    agency: JALAN", "    about: x", "    phrases: {a: 1}", "    phrases:\n      a b: 2",
    "    not: [a]", "    also: [LAMPU]", "    when:", "all:", "any:", "not:", "near:", "within: 3", "channel: sms",
    "hours: 22:00-05:00", "    patterns: {'rw \\d+': 2}", "    emergency: true", "    urgent: yes", "    priority: 1",
    "    bias: -1", "    examples:", "settings: {minimum_score: 3}", "thanks:", "idioms: [a]", "&a", "*a", "<<: *a",
    "!!int", "!!python/object:os.system", "? ", "|", ">-", "---", "...", "%YAML 1.1", "\\x00", "\u2028", "{", "}", "[",
    "]", "~",
)  # fmt: skip
PACK_WORDS = (
    "code: ", "name: ", "kind: internal", "days:", "- date: 2026-01-01", "hours:", "mon: 08:00-16:00",
    "timezone: Asia/Jakarta", "clocks:", "ladder:", "retention:", "languages: [id, en]", "quiet_hours:", "{{ ", " }}",
    "{% for x in ", " %}", "{% endfor %}", "|e", "ticket", "__class__", "9" * 20, "-1", "1e999", "2026-02-30",
    "&a [*a]",
)  # fmt: skip
RULE_FILE = "rules/a.yaml"


@contextmanager
def rules() -> Iterator[One]:
    with quick_folder() as folder:
        pack = load_pack(write_city(folder))
    usual = {RULE_FILE: SMALL_CITY[RULE_FILE]}

    def one(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        files = {RULE_FILE: text}
        lint_files(files, pack)
        as_data(text)
        try:
            ruleset = compile_files(files, pack)
        except RulesError as error:
            require(error.problems, "refused without a reason")
            return
        require(ruleset.id == compile_files(files, pack).id, "the same rules are two sets")
        compare_files(usual, files, pack)
        require(compare_files(files, files, pack) == [], "a set differs from itself")
        gazetteer = Gazetteer(pack, ruleset.lexicon)
        for words in TEXTS[:6]:
            explain_decision(decide(words, ruleset, gazetteer), words, ruleset)
        _enter_a_phrase(text, files)

    yield one


def _enter_a_phrase(text: str, files: dict[str, str]) -> None:
    """What the desk does with a file when a phrase is proposed."""
    for rule in list(find_rules(files).values())[:3]:
        add_entry(text, rule, "kata baru", 3)
        expected_with(text, rule, "kata baru", 3)


@contextmanager
def pack_files() -> Iterator[One]:
    with quick_folder() as folder:
        place = folder / "pack"
        shutil.copytree(CIMAHI, place, ignore=shutil.ignore_patterns("rules", "wording"))
        (place / "rules").mkdir()
        (place / "rules" / "a.yaml").write_text("rules: []\n")
        yield _replacing(place, place.rglob("*.yaml"), lambda: load_pack(place))


@contextmanager
def wordings() -> Iterator[One]:
    with quick_folder() as folder:
        place = shutil.copytree(CIMAHI / "wording", folder / "wording") / "id"
        yield _replacing(place, place.iterdir(), lambda: load_wording(place))


def _replacing(place: Path, files: Iterable[Path], load: Callable[[], object]) -> One:
    """The first line of an input names the file that the rest is put in the place of."""
    names = {str(path.relative_to(place)): path for path in sorted(files)}

    def one(data: bytes) -> None:
        name, _, content = data.partition(b"\n")
        path = names.get(name.decode("latin-1"))
        if path is None:
            return
        usual = path.read_bytes()
        path.write_bytes(content)
        try:
            load()
        except PackError as error:
            require(error.problems, "refused without a reason")
        finally:
            path.write_bytes(usual)

    return one


def _seeds_of(place: Path, pattern: str) -> list[bytes]:
    paths = [path for path in sorted(place.rglob(pattern)) if "rules" not in path.parts]
    return [f"{path.relative_to(place)}\n".encode() + path.read_bytes()[:4_000] for path in paths]


def _rule_seeds() -> list[bytes]:
    """Files of the small city, and the shorter ones of the real one, whose agencies the small one does not know."""
    small = [text for name, text in SMALL_CITY.items() if name.startswith("rules/")]
    real = [path.read_text() for path in sorted((CIMAHI / "rules").glob("*.yaml"))]
    bad = sorted((Path(__file__).parents[1] / "unit" / "router" / "data").rglob("*.yaml"))
    return [text.encode() for text in (*small, *real, *(path.read_text() for path in bad)) if len(text) < 5_000]


def harnesses() -> list[Harness]:
    return [
        Harness("rules", rules, _rule_seeds, RULE_WORDS),
        Harness("pack_files", pack_files, lambda: _seeds_of(CIMAHI, "*.yaml"), (*PACK_WORDS, "|", ">-", "[", "{")),
        Harness("wordings", wordings, lambda: _seeds_of(CIMAHI / "wording" / "id", "*"), PACK_WORDS),
    ]
