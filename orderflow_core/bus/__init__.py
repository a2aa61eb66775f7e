"""Who gets what, when, and what happens when one fails."""
