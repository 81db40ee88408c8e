"""The errors of the house. Three words, three behaviours; anything else is a bug."""

from __future__ import annotations


class TanggapError(Exception):
    """Root of all errors that this project raises on purpose.

    `code` is stable: logs, metrics, problem+json and dead letters carry it, people script against it.
    """

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class Rejected(TanggapError):
    """Will never succeed: do not retry, put it in front of a person."""

    code = "rejected"


class Transient(TanggapError):
    """May succeed later. `retry_after_seconds` is a wish of the other side; None leaves it to the back-off."""

    code = "transient"

    def __init__(self, message: str, *, code: str | None = None, retry_after_seconds: float | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after_seconds = retry_after_seconds


class AlreadyDone(TanggapError):
    """The effect exists already: nothing to do, nothing wrong."""

    code = "already_done"


class Refused(TanggapError):
    """Input of a person or a machine outside that cannot be taken, with a sentence for them.

    `fields` maps a field name to its sentence; `status` is the HTTP status that fits.
    """

    code = "refused"

    def __init__(
        self, message: str, *, code: str | None = None, status: int = 422, fields: dict[str, str] | None = None
    ) -> None:
        super().__init__(message, code=code)
        self.status = status
        self.fields = fields or {}


class ConfigError(TanggapError):
    """The configuration cannot be used; the message names every problem at once."""

    code = "config"
