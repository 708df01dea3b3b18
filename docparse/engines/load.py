"""The engine and the profile of the model that settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docparse.settings import ReadSettings

if TYPE_CHECKING:
    from docparse.engines.base import Engine
    from docparse.profiles import Profile


def load_engine(settings: ReadSettings) -> tuple[Engine, Profile]:
    """The model that the settings name, loaded or asked for, and the profile that fits it."""
    from docparse.profiles import pick_profile

    profile = pick_profile(settings.model, wanted=settings.profile)  # a wrong name: no loading
    if settings.server:
        from docparse.engines.server import ServerEngine

        return ServerEngine(settings.server, settings.model, settings.max_requests), profile
    from docparse.engines.local import LocalEngine, find_checkpoint

    folder = find_checkpoint(settings.model)
    engine = LocalEngine(folder, name=settings.model, bits=settings.quantize)
    kind = engine.model_type
    return engine, pick_profile(settings.model, model_type=kind, wanted=settings.profile)
