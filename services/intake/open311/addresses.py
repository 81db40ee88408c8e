"""What an address below `/open311/` asks for. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from shared.errors import Refused

JSON, XML = "json", "xml"
FORMATS = (JSON, XML)

# By resource: what may stand between the slashes (`*` is a name), and the methods.
_READ = ("GET", "HEAD")
_RESOURCES: dict[tuple[str, ...], tuple[str, ...]] = {
    ("discovery",): _READ,
    ("v2", "discovery"): _READ,
    ("v2", "services"): _READ,
    ("v2", "services", "*"): _READ,
    ("v2", "requests"): (*_READ, "POST"),
    ("v2", "requests", "*"): _READ,
    ("v2", "tokens", "*"): _READ,
}


@dataclass(frozen=True)
class Address:
    """`resource` is for instance `requests`, or `requests/*` with the rest in `name`."""

    resource: str
    name: str
    format: str
    methods: tuple[str, ...]


def format_of(path: str) -> str:
    """The format that an answer to this path is written in, also when nothing is there: JSON unless it asks for XML."""
    return XML if path.rpartition(".")[2].lower() == XML else JSON


def read_address(path: str) -> Address:
    """Raises `Refused`: 404 where nothing is, 406 for what is there in other formats only."""
    stem, dot, suffix = path.rpartition(".")
    for shape, methods in _RESOURCES.items():
        name = _fits(shape, stem if dot else path)
        if name is None:
            continue
        if suffix.lower() not in FORMATS or not dot:
            raise Refused("Akhiri alamat dengan .json atau .xml.", code="unknown_format", status=406)
        resource = "/".join(shape).removeprefix("v2/")
        return Address(resource, name, suffix.lower(), methods)
    raise Refused("Tidak ada apa-apa di alamat ini. Lihat /open311/discovery.json.", code="no_resource", status=404)


def _fits(shape: tuple[str, ...], path: str) -> str | None:
    """The name in the path (empty where the shape has none), or None when it has another shape."""
    parts = tuple(path.split("/"))
    if len(parts) != len(shape):
        return None
    named = [part for wanted, part in zip(shape, parts, strict=True) if wanted == "*"]
    if any(wanted not in ("*", part) for wanted, part in zip(shape, parts, strict=True)) or "" in named:
        return None
    return named[0] if named else ""
