"""The desk's tables, by subject. What the migrations made must equal these; a test compares them."""

from services.desk.tables.api import api_answers, api_calls, api_changes, api_photos
from services.desk.tables.base import audit, messaging, metadata, vitals
from services.desk.tables.cases import case_contents, case_copies, case_events, case_parts, cases
from services.desk.tables.deadlines import calendars_used, case_clocks
from services.desk.tables.directory import absences, agencies, agency_tokens, agency_versions
from services.desk.tables.figures import case_figures, figure_periods, figure_sums, figures_due
from services.desk.tables.people import login_attempts, people, person_links, recovery_codes, sessions
from services.desk.tables.publishing import publications
from services.desk.tables.sealing import audit_heads, audit_sealing, audit_seals
from services.desk.tables.search import case_search, inbox_visits
from services.desk.tables.working import drafts

__all__ = [
    "absences",
    "agencies",
    "agency_tokens",
    "agency_versions",
    "api_answers",
    "api_calls",
    "api_changes",
    "api_photos",
    "audit",
    "audit_heads",
    "audit_sealing",
    "audit_seals",
    "calendars_used",
    "case_clocks",
    "case_contents",
    "case_copies",
    "case_events",
    "case_figures",
    "case_parts",
    "case_search",
    "cases",
    "drafts",
    "figure_periods",
    "figure_sums",
    "figures_due",
    "inbox_visits",
    "login_attempts",
    "messaging",
    "metadata",
    "people",
    "person_links",
    "publications",
    "recovery_codes",
    "sessions",
    "vitals",
]
