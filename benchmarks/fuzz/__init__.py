"""Hostile input and killed runs, more than a test suite has time for.

    python -m benchmarks.fuzz

reads a million texts of levels and ten thousand changed databases, two hundred thousand more with
all indexes of the kernels checked, and kills two hundred runs. Each result must be that of the
plain oracle of the tests or a clean refusal. The same seed gives the same input, and the tests run
a sample of each.
"""
