"""The words of a text that rules can see, for those who look for new rules."""

from __future__ import annotations

from itertools import accumulate, groupby

from services.router.places import Gazetteer
from services.router.text import COMMA, Lexicon

_LONGEST_RUN = 3
Clauses = tuple[tuple[str, ...], ...]


def topic_forms(text: str, lexicon: Lexicon, gazetteer: Gazetteer) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """Clause by clause the words that rules can see, each with its forms (first as understood, then without affixes).

    Quoted mail, salutation and signature, place expressions, fillers and numbers are not among them. A phrase finds a
    word by any of its forms, and neighbours in a clause are neighbours to a phrase.
    """
    reading = lexicon.scan(text)
    survey = gazetteer.survey(reading, text)
    heavy = [index for index, token in enumerate(reading.tokens) if not token.light]
    clauses = list(accumulate(gap >= COMMA for gap in reading.gaps))
    runs = [list(run) for _, run in groupby((at for at in heavy if at not in survey.hidden), key=clauses.__getitem__)]
    # Later words of a name may begin a thought of their own; there rules see them beside what follows.
    for place, index in enumerate(heavy):
        if index in survey.free:
            run = heavy[place : place + _LONGEST_RUN]
            runs.append([at for at in run if clauses[at] == clauses[index]])
    return tuple(tuple(reading.tokens[index].forms for index in run) for run in runs)


def topic_words(text: str, lexicon: Lexicon, gazetteer: Gazetteer) -> Clauses:
    """As `topic_forms`, each word as understood. Any run of neighbours, joined by spaces, is a phrase found there."""
    return tuple(tuple(forms[0] for forms in clause) for clause in topic_forms(text, lexicon, gazetteer))
