"""What the application knows of the API before it is built: its routes have their own guard."""

from __future__ import annotations

BLUEPRINT = "agency_api"
ROOT = "/api/agency"
PATH = f"{ROOT}/v1"
VIEWS = (
    "changes", "show", "photo", "send_photo", "acknowledge", "ask", "resume", "answer", "give_back", "close", "note",
    "reference",
)  # fmt: skip
ENDPOINTS = frozenset({"api-docs.openapi_json", *(f"{BLUEPRINT}.{view}" for view in VIEWS)})
"""They ask for a token, or show nothing of anybody; nobody logs in for them."""
