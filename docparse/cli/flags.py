"""Command line flags made from the fields of settings classes, so that each is written once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from docparse.settings import Flag, flags_of


def with_settings(*classes: type) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Replaces the last parameters of a command, one for each settings class, by their flags."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(command, eval_str=True).parameters.values())
        kept, settings_names = own[: -len(classes)], [p.name for p in own[-len(classes) :]]

        @functools.wraps(command)
        def run(**given: Any) -> None:
            for parameter, cls in zip(settings_names, classes, strict=True):
                given[parameter] = cls(**{name: given.pop(name) for name in flags_of(cls)})
            command(**given)

        made = [_parameter(name, *flag) for cls in classes for name, flag in flags_of(cls).items()]
        signature = inspect.Signature(kept + made)
        run.__signature__ = signature  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
        return run

    return decorate


def _parameter(name: str, kind: object, flag: Flag, default: object) -> inspect.Parameter:
    option = typer.Option(
        *flag.names,
        help=flag.help,
        min=flag.least,
        max=flag.most,
        envvar=flag.env or None,
        show_default=default not in ("", None, False, 0.0),
    )
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[kind, option],
    )
