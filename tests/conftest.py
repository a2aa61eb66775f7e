"""How many examples a property is tried with: few in the quick suite, many where asked for.

`pytest --hypothesis-profile=thorough` asks for many.
"""

from hypothesis import settings

settings.register_profile("quick", max_examples=20, deadline=None)
settings.register_profile("thorough", max_examples=150, deadline=None)
settings.load_profile("quick")
