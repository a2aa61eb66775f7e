"""A run: the loop, one pipeline an instrument, the digest and the report."""
