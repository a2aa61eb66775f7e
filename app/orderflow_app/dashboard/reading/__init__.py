"""What the page shows: the sink's files, each with its last good content."""
