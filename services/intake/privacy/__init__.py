"""Removing for good what people wrote and who they were: when its days are over, or since they asked for it.

erasing.py removes parts of one complaint in one transaction and says so; purging.py finds what is due; holder.py all
that is held of one contact. Only the `repository_…` modules know tables.
"""
