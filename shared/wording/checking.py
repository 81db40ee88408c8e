"""Which constructs a template may be made of, told by file and line. Pure.

A template is written by whoever writes a city's wording, not by whoever programs: it names fields, asks whether one is
there or is a certain word, and goes through lists. It calls nothing, computes nothing and looks into nothing, so that
no template can take long, grow without bounds or reach what it was not given.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes

from shared.marked_yaml import Problem, suggest
from shared.wording.parts import FILES, LAYOUT, ROW, SHARED, Part

MOST_NESTED_LOOPS = 2
MOST_FILE_SIGNS = 60_000
_LOOP = frozenset({"first", "last", "index"})
_FILTERS = frozenset({"join"})
_PLAIN = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.If, nodes.CondExpr, nodes.Compare,
    nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Concat, nodes.Keyword,
)  # fmt: skip


@dataclass(frozen=True)
class _Scope:
    """What can be named at one place: fields, loop variables with what they have, macros."""

    part: Part
    variables: Mapping[str, frozenset[str]] = field(default_factory=dict)
    macros: frozenset[str] = frozenset()
    loops: int = 0


class _Check:
    """One file's problems, and the fields that it uses."""

    def __init__(self, name: str, macros: frozenset[str]) -> None:
        self.name = name
        self.macros = macros
        self.problems: list[Problem] = []
        self.used: set[str] = set()
        self.parent = ""

    def complain(self, node: nodes.Node, what: str, instead: str) -> None:
        self.problems.append(Problem(self.name, node.lineno, what, instead))

    def look(self, node: nodes.Node, scope: _Scope) -> None:
        special = _SPECIAL.get(type(node))
        if special is not None:
            special(self, node, scope)
        elif isinstance(node, _PLAIN):
            self.look_inside(node, scope)
        else:
            kind = type(node).__name__.lower()
            self.complain(node, f"This cannot be used in wording ({kind}).", "Use fields, `if` and `for` only.")

    def look_inside(self, node: nodes.Node, scope: _Scope) -> None:
        """In the order written: what is imported can be used after it."""
        for child in node.iter_child_nodes():
            if isinstance(child, nodes.FromImport):
                scope = replace(scope, macros=scope.macros | self.imported(child))
            else:
                self.look(child, scope)

    def imported(self, node: nodes.FromImport) -> frozenset[str]:
        names = [one for one in node.names if isinstance(one, str)]
        source = node.template.value if isinstance(node.template, nodes.Const) else ""
        if source != ROW or len(names) != len(node.names):
            self.complain(
                node, "Only what `row.html` holds can be imported.", f'Write `{{% from "{ROW}" import row %}}`.'
            )
        for unknown in sorted(set(names) - self.macros):
            self.complain(node, f"`{ROW}` has no `{unknown}`.", suggest(unknown, sorted(self.macros)))
        return frozenset(names)


def _name(check: _Check, node: nodes.Name, scope: _Scope) -> None:
    if node.name in scope.variables:
        if scope.variables[node.name]:
            names = ", ".join(sorted(scope.variables[node.name]))
            check.complain(node, f"`{node.name}` is not a text.", f"Write `{node.name}.` and one of: {names}.")
    elif node.name not in scope.part.may:
        check.complain(node, f"`{node.name}` cannot be used here.", suggest(node.name, sorted(scope.part.may)))
    else:
        check.used.add(node.name)


def _attribute(check: _Check, node: nodes.Getattr, scope: _Scope) -> None:
    owner = node.node.name if isinstance(node.node, nodes.Name) else ""
    known = _LOOP if owner == "loop" and scope.loops else scope.variables.get(owner, frozenset())
    if node.attr not in known:
        what = f"`{owner or '…'}.{node.attr}` cannot be used here."
        check.complain(node, what, suggest(node.attr, sorted(known)) if known else "Write a field's name alone.")


def _loop(check: _Check, node: nodes.For, scope: _Scope) -> None:
    source = node.iter.name if isinstance(node.iter, nodes.Name) else ""
    target = node.target.name if isinstance(node.target, nodes.Name) else ""
    items = scope.part.lists.get(source) if source not in scope.variables else None
    if items is None or not target or node.recursive:
        lists = ", ".join(sorted(scope.part.lists)) or "none"
        check.complain(node, "This is no list to go through.", f"Lists that can be used here: {lists}.")
        items = frozenset()
    elif target in scope.part.may or target == "loop":
        check.complain(node, f"`{target}` is a field already.", "Call it differently in this loop.")
    if scope.loops >= MOST_NESTED_LOOPS:
        check.complain(node, "These loops lie too deep in each other.", f"At most {MOST_NESTED_LOOPS} can.")
    check.used.add(source)
    inner = replace(scope, variables={**scope.variables, target: items}, loops=scope.loops + 1)
    for child in (*node.body, *node.else_, *([node.test] if node.test else [])):
        check.look(child, inner)


def _filter(check: _Check, node: nodes.Filter, scope: _Scope) -> None:
    if node.name not in _FILTERS or node.node is None:
        known = ", ".join(sorted(_FILTERS))
        check.complain(node, f"The filter `{node.name}` cannot be used in wording.", f"Known: {known}.")
        return
    source = node.node.name if isinstance(node.node, nodes.Name) else ""
    if scope.part.lists.get(source) != frozenset() or not all(isinstance(one, nodes.Const) for one in node.args):
        check.complain(node, "Only a list of texts can be joined.", 'Write for instance `{{ why | join(", ") }}`.')
    check.used.add(source)


def _call(check: _Check, node: nodes.Call, scope: _Scope) -> None:
    name = node.node.name if isinstance(node.node, nodes.Name) else ""
    if name not in scope.macros or node.dyn_args is not None or node.dyn_kwargs is not None:
        check.complain(node, "Nothing can be called in wording.", f"Only what is imported from `{ROW}`.")
    for child in (*node.args, *node.kwargs):
        check.look(child, scope)


def _block(check: _Check, node: nodes.Block, scope: _Scope) -> None:
    """A block sees neither loop variables nor what another block imported."""
    check.look_inside(node, _Scope(scope.part))


def _extends(check: _Check, node: nodes.Extends, scope: _Scope) -> None:
    source = node.template.value if isinstance(node.template, nodes.Const) else ""
    kind = check.name.partition(".")[2]
    alike = [name for name in FILES if name.partition(".")[2] == kind and name != check.name]
    if source in alike or (source == LAYOUT and check.name.endswith(".html")):
        check.parent = source
    else:
        check.complain(node, f"`{source}` cannot be extended here.", suggest(str(source), [LAYOUT, *alike]))


def _macro(check: _Check, node: nodes.Macro, scope: _Scope) -> None:
    if check.name != ROW or node.defaults:
        check.complain(node, f"A macro can only stand in `{ROW}`.", "Write it out here.")
    parameters = {argument.name: frozenset[str]() for argument in node.args}
    for child in node.body:
        check.look(child, replace(scope, variables=parameters))


_SPECIAL: Mapping[type[nodes.Node], Callable[[_Check, Any, _Scope], None]] = {
    nodes.Name: _name,
    nodes.Getattr: _attribute,
    nodes.For: _loop,
    nodes.Filter: _filter,
    nodes.Call: _call,
    nodes.Block: _block,
    nodes.Extends: _extends,
    nodes.Macro: _macro,
}


def check_templates(environment: Environment, sources: Mapping[str, str]) -> list[Problem]:
    """Every problem of the templates that could be read; `sources` are whole files by name."""
    checks = {
        name: _checked(environment, name, source, _macros(environment, sources)) for name, source in sources.items()
    }
    problems = [problem for check in checks.values() for problem in check.problems]
    for name, part in FILES.items():
        if name not in checks or any(one.line == 0 or "cannot be read" in one.what for one in checks[name].problems):
            continue
        used = _used_with_parents(name, checks)
        for missing in sorted(part.must - used):
            problems.append(
                Problem(name, 1, f"`{missing}` is missing.", f"Write `{{{{ {missing} }}}}` where it belongs.")
            )
    return problems


def _checked(environment: Environment, name: str, source: str, macros: frozenset[str]) -> _Check:
    check = _Check(name, macros)
    if len(source) > MOST_FILE_SIGNS:
        check.problems.append(Problem(name, 0, "The file is too large for a message.", "Shorten it."))
        return check
    try:
        check.look(environment.parse(source, name), _Scope(FILES.get(name) or SHARED[name]))
    except TemplateSyntaxError as error:
        check.problems.append(Problem(name, error.lineno, f"The template cannot be read: {error.message}.", ""))
    except RecursionError:
        check.problems.append(Problem(name, 0, "The template cannot be read: it is too deep.", "Write it out."))
    return check


def _macros(environment: Environment, sources: Mapping[str, str]) -> frozenset[str]:
    try:
        return frozenset(one.name for one in environment.parse(sources.get(ROW, "")).find_all(nodes.Macro))
    except (TemplateSyntaxError, RecursionError):  # told where the file is looked at
        return frozenset()


def _used_with_parents(name: str, checks: Mapping[str, _Check], seen: Collection[str] = ()) -> set[str]:
    """Itself or by the message that it extends. What is unknown there is told there."""
    check = checks[name]
    used = set(check.used)
    if check.parent in FILES and check.parent in checks and check.parent not in seen:
        used |= _used_with_parents(check.parent, checks, (*seen, name))
    return used
