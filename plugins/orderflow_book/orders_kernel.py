"""The book's kernel with numbers of orders, for a run in which a plugin asks for them."""

from __future__ import annotations

from orderflow_book.applying import compiled

best_after_rows = compiled(counted=True)
