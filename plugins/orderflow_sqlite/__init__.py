"""Recorded books and trades out of SQLite files.

The source is `orderflow_sqlite.source.SqliteSource`; it is not imported here, so that the
commands of this package start fast.
"""
