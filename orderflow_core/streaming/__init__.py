"""From rows to blocks: how a source is read, and where a range begins and ends."""
