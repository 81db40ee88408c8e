"""Intake's tables, by subject. What the migrations made must equal these; a test compares them."""

from services.intake.tables.base import audit, messaging, metadata, vitals
from services.intake.tables.complaints import (
    additions,
    answer_photos,
    answers,
    attachments,
    complaints,
    pending_questions,
    questions,
    ratings,
    timeline,
)
from services.intake.tables.contacts import (
    blocked_contacts,
    contact_checks,
    contacts,
    receipt_counts,
    suppressions,
    wrong_codes,
)
from services.intake.tables.messages import (
    mailbox_mails,
    quarantine,
    raw_messages,
    refusals,
    seen,
    sms_answers,
    sms_parts,
)
from services.intake.tables.open_data import open_counts, open_months
from services.intake.tables.partners import api_keys, assisted_entries, external_numbers
from services.intake.tables.privacy import erasure_wishes, unwanted_files
from services.intake.tables.published import published

__all__ = [
    "additions",
    "answer_photos",
    "answers",
    "api_keys",
    "assisted_entries",
    "attachments",
    "audit",
    "blocked_contacts",
    "complaints",
    "contact_checks",
    "contacts",
    "erasure_wishes",
    "external_numbers",
    "mailbox_mails",
    "messaging",
    "metadata",
    "open_counts",
    "open_months",
    "pending_questions",
    "published",
    "quarantine",
    "questions",
    "ratings",
    "raw_messages",
    "receipt_counts",
    "refusals",
    "seen",
    "sms_answers",
    "sms_parts",
    "suppressions",
    "timeline",
    "unwanted_files",
    "vitals",
    "wrong_codes",
]
