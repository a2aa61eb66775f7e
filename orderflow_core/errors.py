"""The errors that end a run, each with the exit code that the command line gives it."""


class OrderflowError(Exception):
    """A plugin failed, or another error that has no narrower class; exit code 1."""

    exit_code = 1


class EventError(ValueError):
    """The columns of an event do not fit together."""


class SettingsError(OrderflowError):
    """Settings or usage are wrong; holds every problem that was found; exit code 2."""

    exit_code = 2

    def __init__(self, *problems: str) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(problems))


class InputError(OrderflowError):
    """An input cannot be used; exit code 3."""

    exit_code = 3


class OutputError(OrderflowError):
    """An output cannot be written; exit code 4."""

    exit_code = 4
