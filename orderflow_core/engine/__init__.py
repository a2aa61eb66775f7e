"""Who runs the units of a run: an instrument each, with sessions a day of one."""
