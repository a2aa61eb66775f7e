"""How a sink writes: one run to a folder, and whole files or none."""
