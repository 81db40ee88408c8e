"""The desk's tables, by subject. What the migrations made must equal these; a test compares them."""

from services.desk.tables.base import audit, messaging, metadata
from services.desk.tables.cases import (
    case_additions,
    case_answers,
    case_events,
    case_followers,
    case_ratings,
    case_texts,
    cases,
)
from services.desk.tables.directory import agencies
from services.desk.tables.people import login_attempts, people, sessions

__all__ = [
    "agencies",
    "audit",
    "case_additions",
    "case_answers",
    "case_events",
    "case_followers",
    "case_ratings",
    "case_texts",
    "cases",
    "login_attempts",
    "messaging",
    "metadata",
    "people",
    "sessions",
]
