"""What happens in the browser when one of the page's controls is used; the server is not asked."""

from __future__ import annotations

from collections.abc import Callable

from dash import ClientsideFunction, Dash, Input, Output


def register(app: Dash) -> None:
    """Register what each control calls of `assets`."""
    add: Callable[..., None] = app.clientside_callback

    def browser(name: str, *arguments: Output | Input) -> None:
        add(ClientsideFunction("orderflow", name), *arguments)

    browser("choose", Input("instrument", "value"))
    browser("beside", Input("beside", "value"))
    browser("day", Input("day", "value"))
    browser("scheme", Output("provider", "forceColorScheme"), Input("theme", "value"))
    browser("span", Input("span", "value"))
    browser("length", Input("length", "value"))
    browser("follow", Input("follow", "checked"))
    browser("png", Input("png", "n_clicks"))
    browser("csv", Input("csv", "n_clicks"))
