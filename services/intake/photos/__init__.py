"""Photos: from whatever a phone makes to a plain JPEG without any metadata, kept by its content.

Path: `store.py` (what callers use) -> `heading.py` (what it is, how big it would get; nothing is decoded yet) ->
`decoding.py`, or `heif.py` in a process of its own -> `encoding.py`. Position and orientation are read by `exif.py`.
"""
