"""The door to numpy and scipy, which only learning needs."""

from __future__ import annotations

import importlib
from typing import Any, NamedTuple

from shared.errors import TanggapError


class LearningUnavailable(TanggapError):
    """The optional libraries are not installed; the message says how to install them."""

    code = "learning_unavailable"

    def __init__(self, missing: str) -> None:
        super().__init__(f"Learning rules needs `{missing}`, which is not installed. Run: pip install numpy scipy")


class Arrays(NamedTuple):
    """`np` is numpy and `sparse` scipy.sparse; untyped, since they may be absent where types are checked."""

    np: Any
    sparse: Any


def load_arrays() -> Arrays:
    """Imports both when called. Raises `LearningUnavailable`."""
    try:
        return Arrays(importlib.import_module("numpy"), importlib.import_module("scipy.sparse"))
    except ImportError as error:
        raise LearningUnavailable(error.name or "numpy") from error
