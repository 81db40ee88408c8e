"""Many cases at once: lists, search, triage, acts on several, news.

words.py      words of texts and of searches      indexing.py  kept with what is written
wanted.py     what an address asks for            conditions.py  the same, for the database
paging.py     pages of a long list                wishes.py      what they ask, sought.py: by words
listing.py    the lists                           chips.py       deadlines in words
triage.py     what waits for a coordinator        likeness.py  what may be the same matter
bulk.py       one act on many                     news.py      what is new; visits.py: since when
"""
