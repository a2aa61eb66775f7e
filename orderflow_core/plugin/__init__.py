"""What a plugin author sees: the base classes, the hooks, and what measures are made with."""
