"""Plain values as the XML of Open311. Pure."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

# What each element of a list is called.
_ITEMS = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
# Whatever is no character of XML 1.0 cannot stand in it, not even escaped.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_xml(root: str, value: Any) -> bytes:
    """UTF-8 with its declaration. Lists stand under the name that holds them, one element each; None is empty."""
    element = Element(root)
    _fill(element, value)
    written: bytes = tostring(element, encoding="utf-8", xml_declaration=True)
    return written


def _fill(element: Element, value: Any) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _fill(SubElement(element, name), inner)
    elif isinstance(value, list):
        for inner in value:
            _fill(SubElement(element, _ITEMS[element.tag]), inner)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = _NO_XML.sub("", str(value))
