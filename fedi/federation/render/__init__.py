"""Our documents as they go over the wire: pure functions from facts to dictionaries.

Arrays are always arrays, ids are plain strings, the public collection is written in full, and
nothing is null that could be left out. May import `ap` and `kit` only.
"""
