"""Parts of pages that say the same to many people: written once, and kept as long as the process lives."""

from __future__ import annotations

from collections.abc import Hashable

from flask import Flask, request
from markupsafe import Markup

from shared.web.languages import tongue

_MOST = 2000
"""Parts, in all languages: some kilobytes each."""


def install_fixed_parts(app: Flask) -> None:
    """`fixed_part(FILE, MACRO, ...)` for templates: what that macro writes.

    It may depend on nothing but its arguments, the language, and the globals that every template has.
    """
    written: dict[Hashable, Markup] = {}

    def fixed_part(file: str, macro: str, *given: Hashable) -> Markup:
        key = file, macro, given, tongue(), request.script_root
        found = written.get(key)
        if found is None:
            if len(written) >= _MOST:
                written.clear()
            found = getattr(app.jinja_env.get_template(file).module, macro)(*given)
            assert "csrf_token" not in found, "a token of one person would be kept for all"
            written[key] = found
        return found

    app.jinja_env.globals["fixed_part"] = fixed_part
