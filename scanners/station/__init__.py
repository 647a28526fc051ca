"""One small process per station: it reads, signs, keeps and hands on what was scanned. It knows light, not meaning.

``agent`` is the process; ``outbox`` what it keeps, ``server`` whom it tells, ``manifest`` what it may show while nobody
answers, ``bridge`` how a page on the same machine then gets it, ``command`` the words of ``coi-station``.
"""
