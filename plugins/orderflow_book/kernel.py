"""The book's kernel without numbers of orders."""

from __future__ import annotations

from orderflow_book.applying import compiled

best_after_rows = compiled(counted=False)
