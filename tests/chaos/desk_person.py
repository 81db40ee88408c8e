"""Somebody at the desk with a browser, who signs in again whenever the desk asks for it."""

import re
from typing import Any

import requests

from tests.chaos.channels import AWAY, SECONDS, UNREACHABLE, NotYet, TurnedDown, ask, words_of
from tests.chaos.target import Target

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_MOST_SIGNING_IN = 3


class DeskPerson:
    """Not for several threads. Everything raises `NotYet` while the desk is away, and says so with a 503."""

    def __init__(self, target: Target, login: str) -> None:
        self._target = target
        self._login = login
        self._session: requests.Session | None = None
        self._token = ""

    def get(self, path: str) -> requests.Response:
        return self._signed_in("GET", path)

    def post(self, path: str, form: dict[str, str]) -> requests.Response:
        """The answer itself; a redirection is not followed."""
        return self._signed_in("POST", path, data=form)

    def _signed_in(self, method: str, path: str, data: dict[str, str] | None = None) -> requests.Response:
        for _ in range(_MOST_SIGNING_IN):
            if self._session is None:
                self._sign_in()
            body = None if data is None else {**data, "csrf_token": self._token}
            answer = self._ask(method, path, data=body)
            if not _sends_to_login(answer) and answer.status_code != 400:
                return answer
            self._forget()
        raise TurnedDown(f"{self._login} cannot stay signed in: {answer.status_code} {words_of(answer.text)}")

    def _sign_in(self) -> None:
        self._session = self._target.session()
        try:
            token = self._token_of(self._ask("GET", "/login"))
            typed = {"csrf_token": token, "login": self._login, "password": self._password()}
            answer = self._ask("POST", "/login", data=typed)
            if answer.status_code != 303:
                raise TurnedDown(f"{self._login} may not sign in: {answer.status_code} {words_of(answer.text)}")
            self._token = self._token_of(self._ask("GET", "/enter"))
        except BaseException:
            self._forget()
            raise

    def _password(self) -> str:
        try:
            return self._target.demo_password()
        except Exception as error:  # it lies where the desk does
            raise NotYet(UNREACHABLE, str(error)) from error

    def _forget(self) -> None:
        if self._session is not None:
            self._session.close()
        self._session = None

    def _ask(self, method: str, path: str, **more: Any) -> requests.Response:
        session = self._session
        assert session is not None
        url = f"{self._target.desk_url}{path}"
        answer = ask(lambda: session.request(method, url, timeout=SECONDS, allow_redirects=False, **more))
        if answer.status_code == 503:
            raise NotYet(AWAY, f"503 {path}")
        return answer

    @staticmethod
    def _token_of(answer: requests.Response) -> str:
        found = _TOKEN.search(answer.text)
        if found is None:
            raise TurnedDown(f"no form: {answer.status_code} {words_of(answer.text)}")
        return found[1]


def _sends_to_login(answer: requests.Response) -> bool:
    return answer.status_code in (302, 303) and "/login" in answer.headers.get("Location", "")
