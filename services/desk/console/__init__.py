"""The operator's page: is all well, and if not what is wrong, since when, and what to do.

around.py   asks the other services how they are        looks.py    what only the desk can see: deadlines, seals, …
picture.py  all signs of all processes (pure)           wording.py  what they say in words (pure)
helping.py  what is wrong, and what to do (pure)        console.py  the page's model, put together from memory
at_work.py  all of it as the desk's process has it
"""
