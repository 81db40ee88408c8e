"""What `/openapi.json` says beyond the schemas: the city's places, and how partners prove who they are.

A request that fits the description is accepted, one that does not is refused, as far as a schema can say it.
"""

from __future__ import annotations

from typing import Any

from services.intake.api.schemas import MOST_REFERENCES, SYSTEM_NAME, SYSTEM_NUMBER
from shared.city import CityPack

KEY_SCHEME = "partnerKey"


def describe_places(place: dict[str, Any], pack: CityPack) -> None:
    """Any kecamatan without a kelurahan, or a kelurahan with its own kecamatan or none."""
    kept = {name: place["properties"][name] for name in ("detail", "latitude", "longitude")}
    kecamatan = [area.kecamatan for area in pack.areas]
    choices = [({"enum": [*kecamatan, None]}, {"type": ["null"]})]
    choices += [
        ({"enum": [area.kecamatan, None]}, {"enum": [one.name for one in area.kelurahan]})
        for area in pack.areas
        if area.kelurahan
    ]
    place.pop("properties")
    place.pop("additionalProperties", None)
    place["anyOf"] = [
        {
            "type": "object",
            "properties": {"kecamatan": of_kecamatan, "kelurahan": of_kelurahan, **kept},
            "additionalProperties": False,
        }
        for of_kecamatan, of_kelurahan in choices
    ]


def describe_references(references: dict[str, Any]) -> None:
    references |= {
        "maxProperties": MOST_REFERENCES,
        "propertyNames": {"pattern": f"^{SYSTEM_NAME}$"},
        "additionalProperties": {"type": "string", "pattern": f"^{SYSTEM_NUMBER}$"},
    }


def describe_keys(spec: Any) -> None:
    """A partner's key is optional: who has none sends complaints as a citizen does."""
    spec.components.security_scheme(
        KEY_SCHEME,
        {"type": "http", "scheme": "bearer", "description": "A key that the city's operator issued: `tgk_…`"},
    )


OPTIONAL_KEY: list[dict[str, list[str]]] = [{}, {KEY_SCHEME: []}]
