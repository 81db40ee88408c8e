"""What pages and programs say to people in plain letters, though no catalogue can know it.

A template is read as its skeleton: all its branches one after the other, each `{{ … }}` with the texts that it may
print itself, nothing in place of what `_()` or a variable prints.
"""

import ast
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from jinja2 import Environment, nodes

SAID_ALIKE = frozenset({"Tanggap", "kB", "SP4N-LAPOR!", "Bahasa Indonesia", "English"})
"""Names and units that are the same in every language; languages by their own names for themselves."""
MARKS = frozenset({"_", "gettext", "sentence"})
_UNSAID = MARKS | {"compile", "split"}
_READ_OUT = frozenset({"title", "placeholder", "aria-label", "aria-description", "alt", "label", "summary"})
_CODE = frozenset({"code", "pre", "kbd", "samp"})
"""What is typed or printed by programs is the same in every language."""
_BUTTONS = frozenset({"submit", "button", "reset"})
_LETTER = re.compile(r"[^\W\d_]")
_LOOKS_SAID = re.compile(r"[^\W\d_]{2,}[^<>=/{}]* [^\W\d_]{2,}|^[A-Z][a-z]{2,}$")
_NO_WORDS = re.compile(r'[\w-]+="[^"]*"|%[-+.\d]*[a-z]|[\w…-]+/[\w…-]+\.[a-z]+|^tanggap [a-z].*')
"""What may stand there besides words: an attribute, a number's format, the name of a file, a command."""
INDONESIAN = re.compile(
    r"\b(?:yang|dan|atau|tidak|belum|sudah|dengan|untuk|oleh|dari|pada|ini|itu|ke|di|lagi|laporan|pelapor|instansi|"
    r"jawaban|alasan|tanggal|pesan|kiriman|Anda|tulis|pilih|isi|simpan|batal|kembali|"
    r"cari|tutup|hapus|kirim|surel|sandi)\b",
    re.IGNORECASE,
)
"""Words that no program needs and few Indonesian sentences lack."""
_ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"])


def unmarked_in_template(source: str) -> list[str]:
    """Texts of a Jinja template that people read or hear and that are not marked with `_()`."""
    tree = _ENVIRONMENT.parse(source)
    reader = _Reader()
    reader.feed("".join(_skeleton(tree)))
    reader.close()
    return sorted({*reader.found, *_said_constants(tree)})


def unmarked_in_program(source: str) -> list[str]:
    """Indonesian texts of a Python module outside of `sentence()`, and calls of it without a literal text.

    Its docstrings don't count, nor what it looks for: patterns (`re.compile`) and lists of words (`"…".split()`), nor
    what stands beside other languages: `{"id": …, "en": …}`.
    """
    tree = ast.parse(source)
    marked = {id(part) for call in _calls(tree) if _name(call) in _UNSAID for part in ast.walk(call)}
    quiet = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)} | set(_beside_others(tree))
    found = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in marked | quiet
    }
    unread = {
        ast.unparse(call)
        for call in _calls(tree)
        if _name(call) in MARKS and not (call.args and isinstance(call.args[0], ast.Constant))
    }
    return sorted({text for text in found if " " in text.strip() and INDONESIAN.search(text)} | unread)


def unmarked_in_script(source: str) -> list[str]:
    """Indonesian texts between quotes in JavaScript: the page hands them over, in `data-` attributes."""
    plain = re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", source, flags=re.DOTALL)
    quoted = re.findall(r'"([^"\n]*)"|\'([^\'\n]*)\'|`([^`]*)`', plain)
    return sorted(text for parts in quoted for text in parts if " " in text.strip() and INDONESIAN.search(text))


def templates(service: Path) -> list[Path]:
    return sorted((service / "templates").rglob("*.html"))


def _skeleton(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.TemplateData):
        yield node.data
    elif isinstance(node, nodes.Macro) and _prints_names(node):
        return
    elif isinstance(node, nodes.Expr):
        yield f" {' '.join(_printed(node))} "
    else:
        fields = ("nodes", "body", "elif_", "else_")  # all branches; no tests, no arguments
        for field in fields:
            yield " " if field.endswith("_") else ""
            for child in getattr(node, field, None) or ():
                yield from _skeleton(child)


def _prints_names(macro: nodes.Macro) -> bool:
    """Whether it prints an id or the name of an attribute: nothing but small letters and hyphens, and no Indonesian."""
    printed = " ".join(data.data for data in macro.find_all(nodes.TemplateData))
    return bool(re.fullmatch(r"[a-z\s-]*", printed)) and not INDONESIAN.search(printed)


def _printed(node: nodes.Node | None) -> Iterator[str]:
    """The constants that an expression may give."""
    if isinstance(node, nodes.Const):
        yield from [node.value] if isinstance(node.value, str) else []
        return
    for kind, parts in _PARTS.items():
        if isinstance(node, kind):
            yield from (text for part in parts(node) for text in _printed(part))


def _of_call(call: Any) -> list[nodes.Node]:
    """`{1: 'one'}.get(x, 'many')` prints one or the other; of other calls it is not known."""
    looked_up = call.node
    return [looked_up.node, *call.args[1:]] if getattr(looked_up, "attr", "") == "get" else []


_PARTS: dict[type[nodes.Node], Callable[[Any], list[nodes.Node]]] = {
    nodes.CondExpr: lambda node: [node.expr1, node.expr2],
    nodes.Concat: lambda node: node.nodes,
    nodes.BinExpr: lambda node: [node.left, node.right],
    nodes.Filter: lambda node: [node.node, *(node.args if node.name in ("default", "d") else [])],
    nodes.Dict: lambda node: [pair.value for pair in node.items],
    nodes.Getitem: lambda node: [node.node],
    nodes.Call: _of_call,
}
"""Of which parts an expression may print one or all."""


def _said_constants(tree: nodes.Node) -> Iterator[str]:
    """Constants that look like words for people wherever they stand: handed to a macro, kept in a variable."""
    marked = {
        id(const)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in MARKS
        for const in call.find_all(nodes.Const)
    }
    for const in tree.find_all(nodes.Const):
        text = const.value
        if id(const) in marked or not isinstance(text, str) or text in SAID_ALIKE:
            continue
        if _LOOKS_SAID.search(_NO_WORDS.sub(" ", text)):
            yield text


class _Reader(HTMLParser):
    """Notes what is read or heard in a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: set[str] = set()
        self._in_code = 0

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is None and not self._in_code:
            self._note(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_code = max(0, self._in_code - (tag in _CODE))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_code += tag in _CODE
        given = {name: value or "" for name, value in attrs}
        is_button = tag == "input" and given.get("type") in _BUTTONS
        for name, value in given.items():
            words = name.startswith("data-") and INDONESIAN.search(value)
            if name in _READ_OUT or words or (name == "value" and is_button):
                self._note(value)

    def _note(self, text: str) -> None:
        text = _NO_WORDS.sub(" ", text)
        for name in SAID_ALIKE:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", text)
        if _LETTER.search(text):
            self.found.add(" ".join(text.split()))


def _beside_others(tree: ast.AST) -> Iterator[int]:
    for table in (node for node in ast.walk(tree) if isinstance(node, ast.Dict)):
        for key, value in zip(table.keys, table.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "id" and len(table.keys) > 1:
                yield id(value)


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _name(call: ast.Call) -> str:
    return str(getattr(call.func, "id", "") or getattr(call.func, "attr", ""))
