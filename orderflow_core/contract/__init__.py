"""What sink and page agree on: names, the shapes of the files, and the number of their schema.

It imports nothing of the core but its errors and words, so that every room may import it.
"""
