"""The version of this program."""

from __future__ import annotations

from importlib import metadata


def product_version() -> str:
    """As it was installed; code that runs from where it lies has none, and its schemas tell it apart."""
    try:
        return metadata.version("tanggap")
    except metadata.PackageNotFoundError:
        return "unreleased"
