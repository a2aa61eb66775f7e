"""The command line of orderflow."""
