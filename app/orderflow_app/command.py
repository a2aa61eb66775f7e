"""What every command of `orderflow` does with its options."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand


class Command(TyperCommand):
    """Refuses an option that is given twice where one would go unseen."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; ends with a usage error."""
        _, _, given = self.make_parser(ctx).parse_args(args=list(args))
        for option in given:
            single = not getattr(option, "multiple", True) and not getattr(option, "is_flag", True)
            if single and given.count(option) > 1:
                ctx.fail(f"{option.opts[0]} is given {given.count(option)} times: give it once")
        return super().parse_args(ctx, args)
