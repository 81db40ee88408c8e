"""The house rules that a machine can hold: who may import whom, how long a file may grow, where libraries live."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = ("intake", "router", "notifier", "desk")
CODE = sorted([*(ROOT / "services").rglob("*.py"), *(ROOT / "shared").rglob("*.py")])
TESTS = sorted((ROOT / "tests").rglob("*.py"))

ONLY_IN = {
    "kombu": ("shared/messaging/kombu_broker.py", "shared/messaging/kombu_"),
    "amqp": ("shared/messaging/kombu_broker.py", "shared/messaging/kombu_"),
    "pika": ("shared/messaging/pika_",),
    "psycopg": ("shared/storage/",),
    "sqlite3": ("shared/storage/",),
    "requests": ("shared/web/internal.py", "shared/messaging/management_api.py", "services/notifier/channels/"),
    "urllib3": ("services/notifier/channels/",),
    "smtplib": ("services/notifier/channels/",),
    "aiosmtpd": ("services/intake/mail/",),
    "PIL": ("services/intake/photos/",),
    "pillow_heif": ("services/intake/photos/",),
    "imap_tools": ("services/intake/mail/",),
    "segno": ("services/desk/assisted/",),
    "authlib": ("services/desk/people/oidc.py",),
    "joserfc": ("services/desk/people/oidc.py",),
    "pyotp": ("services/desk/people/second_factor.py",),
    "holidays": ("services/commands/pack_calendar.py",),
    "imaplib": ("services/intake/mail/",),
}
COMPOSITION = (
    "services/composition.py", "services/embedded.py", "services/__main__.py", "services/commands/",
    "services/operations/",
)  # fmt: skip
_PURE_ROUTER = (
    "circumstances", "condition_reading", "conditions", "decide", "decision", "difference", "evaluation",
    "evaluation_page", "explain", "finding", "folding", "lint", "matcher", "memory", "negation", "parts", "patterns",
    "phrases", "place_names", "places", "quoting", "reading", "rule", "rule_changes", "rule_files", "rule_identity",
    "rule_reading", "rules", "scoring", "text", "vocabulary", "learning/arrays", "learning/labelled",
    "learning/phrases", "learning/rule_writing", "learning/suggestion", "learning/weights",
    "proposing/checks", "proposing/draft", "proposing/insertion", "proposing/rebasing", "proposing/telling",
    "proposing/yaml_places",
)  # fmt: skip
PURE = (
    *(f"services/router/{name}.py" for name in _PURE_ROUTER),
    *(f"services/notifier/planning/{name}.py" for name in ("agencies", "citizens", "directory", "showing", "wishes")),
    *(f"services/notifier/writing/{name}.py" for name in (
        "compose", "document", "fields", "letters", "mail", "matrix", "preview", "short", "specimens",
    )),
    *(f"shared/wording/{name}.py" for name in ("checking", "parts", "phrases")), "services/intake/contacts.py",
    *(f"services/intake/mail/{name}.py" for name in (
        "addresses", "automation", "headers", "html", "parts", "reply", "report", "sender", "sorting", "submission",
        "text",
    )),
    *(f"services/desk/publishing/{name}.py" for name in (
        "checking", "draft", "exclusion", "personal", "places", "suggestion", "telling",
    )),
    "services/intake/mail/mailbox_account.py", "services/desk/cases/highlighting.py", "services/desk/people/person.py",
    "services/desk/people/addresses.py", "services/desk/people/browsers.py", "services/notifier/planning/persons.py",
    "services/notifier/planning/auditors.py", "services/desk/auditing/chain.py", "services/desk/auditing/wording.py",
    *(f"services/desk/directory/{name}.py" for name in ("absences", "days", "form", "merging")),
    "services/desk/cases/telling.py", "shared/city_calendar.py", "shared/city_deadlines.py",
    *(f"services/desk/deadlines/{name}.py" for name in ("clocks", "counting", "ladder", "showing", "telling")),
    *(f"services/desk/inbox/{name}.py" for name in ("chips", "wanted", "words")),
    "services/desk/assisted/typed.py", "services/desk/assisted/wording.py", "services/intake/assisted/reading.py",
    *(f"services/desk/export/{name}.py" for name in ("record", "wanted", "writing")), "shared/city_sp4n.py",
    "services/desk/wording.py", "shared/city_retention.py", "shared/marked_yaml.py",
    *(f"services/desk/erasing/{name}.py" for name in ("remains", "wording")),
    *(f"services/desk/rules/{name}.py" for name in (
        "draft", "flow", "lines", "problem_sentences", "problems", "reading", "wording",
    )),
    "shared/messaging/agency_queues.py", "shared/messaging/backoff.py", "shared/messaging/topology.py",
)  # fmt: skip
EMPTY_NAMES = {"utils", "helpers", "manager", "common", "misc"}
IMPURE = {"flask", "sqlalchemy", "requests", "kombu", "pika", "psycopg", "socket", "smtplib", "subprocess", "os"}


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def _imports(path: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{_relative(path)} imports relatively"
            found |= {node.module or "", *(f"{node.module}.{name.name}" for name in node.names)}
    return frozenset(found)


def _strange(path: Path) -> list[str]:
    """What a file imports of those above it or beside it."""
    name = _relative(path)
    own = "" if name.startswith("shared/") else name.split("/")[1]
    strange = {one for one in _imports(path) if one.split(".")[0] == "tests"}
    if not name.startswith(COMPOSITION):
        of_services = [one for one in _imports(path) if one.split(".")[0] == "services"]
        strange |= {one for one in of_services if not own or one.split(".")[1:2] not in ([], [own])}
    return [f"{name} imports {one}" for one in sorted(strange)]


def test_arrows_only_go_down() -> None:
    assert [problem for path in CODE for problem in _strange(path)] == []


def test_a_library_is_imported_where_its_adapter_is() -> None:
    found = [(_relative(path), one) for path in CODE for one in _imports(path) if one.split(".")[0] in ONLY_IN]
    assert [f"{name} imports {one}" for name, one in found if not name.startswith(ONLY_IN[one.split(".")[0]])] == []


def test_the_core_is_pure() -> None:
    problems = []
    for name in PURE:
        imported = _imports(ROOT / name)
        problems += [f"{name} imports {one}" for one in imported if one.split(".")[0] in IMPURE]
        problems += [f"{name} has an adapter" for one in imported if one.startswith(("shared.storage", "shared.web"))]
    assert problems == []


def test_files_and_functions_stay_readable() -> None:
    problems = [f"{_relative(path)} has {lines} lines" for path in CODE if (lines := _lines(path)) > 300]
    problems += [f"{_relative(path)}: a name that says nothing" for path in CODE if path.stem in EMPTY_NAMES]
    problems += [
        f"{_relative(path)}: {name} has {lines} lines" for path in CODE for name, lines in _long_functions(path)
    ]
    assert problems == []


def test_tests_stay_readable_and_patch_nothing() -> None:
    problems = [f"{_relative(path)} has {lines} lines" for path in TESTS if (lines := _lines(path)) > 400]
    problems += [f"{_relative(path)} patches" for path in TESTS if "unittest.mock" in _imports(path)]
    assert problems == []


def _lines(path: Path) -> int:
    return path.read_text().count("\n")


def _long_functions(path: Path) -> list[tuple[str, int]]:
    functions = [node for node in ast.walk(_tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = [(node.name, (node.end_lineno or 0) - node.lineno) for node in functions]
    return [(name, length) for name, length in lengths if length > 50]


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_skeleton(service: str) -> None:
    for name in ("__init__", "config", "app", "handlers", "repository"):
        assert (ROOT / "services" / service / f"{name}.py").exists(), f"{service} lacks {name}.py"
    tables = ROOT / "services" / service / "tables"
    assert tables.with_suffix(".py").exists() or tables.is_dir(), f"{service} lacks its tables"
    about = ast.get_docstring(ast.parse((ROOT / "services" / service / "__init__.py").read_text())) or ""
    assert {"Hears", "Says", "Path"} <= {word.strip(":") for word in about.split()}, about


def test_the_packages_come_from_this_folder() -> None:
    import services
    import shared

    assert Path(services.__file__ or "").parents[1] == ROOT
    assert Path(shared.__file__ or "").parents[1] == ROOT
