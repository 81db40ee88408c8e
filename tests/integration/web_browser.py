"""A browser without scripts at intake's pages: it keeps cookies, opens the form and sends it."""

import html
import re
from collections.abc import Mapping
from typing import Any

from tests.unit.intake.building import Intake

PAGE = {"Accept": "text/html,*/*;q=0.8"}


class FormBrowser:
    def __init__(self, built: Intake, language: str = "", address: str = "127.0.0.1") -> None:
        self.client = built.client
        self.clock = built.clock
        self.headers = {**PAGE, **({"Accept-Language": language} if language else {})}
        self.environ = {"REMOTE_ADDR": address}

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.headers, environ_base=self.environ)

    def opened_form(self) -> dict[str, Any]:
        """The form's fields as they stand when it was filled in for a while."""
        page = self.get("/").text
        self.clock.pass_by(seconds=20)
        return {"kind": "pengaduan", "identity": "anonymous", **hidden_fields(page)}

    def send(self, form: Mapping[str, Any], path: str = "/complaints") -> Any:
        return self.client.post(path, data=dict(form), headers=self.headers, environ_base=self.environ)

    def receipt(self, form: Mapping[str, Any]) -> tuple[str, str, str]:
        """(ticket, tracking code, page)"""
        answer = self.send(form)
        assert answer.status_code == 303, answer.text
        page = self.get(answer.headers["Location"]).text
        ticket, code = re.findall(r'<dd class="ticket">([^<]+)</dd>', page)
        return ticket, code, page


def hidden_fields(page: str) -> dict[str, Any]:
    """A field that stands there several times as a list."""
    fields: dict[str, Any] = {}
    for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page):
        value = html.unescape(value)
        fields[name] = [*fields[name], value] if isinstance(fields.get(name), list) else value
        if name == "photo" and not isinstance(fields[name], list):
            fields[name] = [value]
    return fields


def buttons(page: str, name: str) -> list[str]:
    """What the buttons of that name send."""
    return [html.unescape(value) for value in re.findall(rf'<button[^>]*name="{name}" value="([^"]*)"', page)]
