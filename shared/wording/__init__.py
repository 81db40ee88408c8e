"""What a city writes to people: templates and phrases of its pack, checked whole when they are read.

`wording/` holds what all mails share (`layout.html`, their frame, and `row.html`, a line of a table), and a folder for
each language with `phrases.yaml` and the parts of each message, for instance `receipt.subject.txt`,
`receipt.email.txt`, `receipt.email.html`, `receipt.sms.txt`. `parts.MESSAGES` says which parts there are and which
fields a part may and must use: a template that asks for anything else is refused before the service starts, not when a
citizen waits for it.
"""

from shared.wording.parts import MESSAGES
from shared.wording.phrases import Phrases
from shared.wording.reading import Wording, Wordings, WordingTooLong, load_wording, load_wordings, wording_problems

__all__ = [
    "MESSAGES",
    "Phrases",
    "Wording",
    "WordingTooLong",
    "Wordings",
    "load_wording",
    "load_wordings",
    "wording_problems",
]
