"""Backup and restore: everything of one moment in one file, without the keys that open it.

manifest.py   what an archive says of itself, and whether it fits here (pure)
archive.py    the file: whole or not there       folders.py   notices and pack as parts of it
keys.py       which keys it needs                take.py      makes one; sources.py, postgres_tools.py: of what
target.py     what lies where it would go        load.py      puts it there; places.py: files, all or none
afterwards.py what is held, and has to be said, once it is there
"""
