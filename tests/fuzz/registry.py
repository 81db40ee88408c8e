"""All harnesses by name; each module is imported only when one of its harnesses is wanted."""

from importlib import import_module

from tests.fuzz.harness import Harness

MODULES = {
    "intake_pages": ("form", "api", "open311", "sms_requests"),
    "mails": ("mail_read", "mail_taken"),
    "texts": ("gateway", "text", "masking"),
    "decisions": ("deciding",),
    "pictures": ("photo", "photo_heif"),
    "written": ("rules", "pack_files", "wordings"),
    "messages": ("message_read", "message_handled"),
    "desk_pages": ("desk", "agency_api"),
}
NAMES = tuple(name for names in MODULES.values() for name in names)


def harness(name: str) -> Harness:
    module = next(module for module, names in MODULES.items() if name in names)
    found = import_module(f"tests.fuzz.{module}").harnesses()
    return next(one for one in found if one.name == name)
