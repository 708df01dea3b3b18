"""The app on a port of this machine, until it is interrupted."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from docparse.errors import MissingEngineError, UsageError
from docparse.settings import ReadSettings


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """Where the app listens, where it keeps documents, and how much it takes.

    `most_upload`: megabytes of one file. `page_timeout`: seconds.
    """

    host: str
    port: int
    folder: Path
    jobs: int
    most_upload: int
    page_timeout: int


def is_loopback(host: str) -> bool:
    """Whether an address is that of this machine for itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def serve(settings: ServeSettings, announce: Callable[[str], None]) -> None:
    """Runs the app. `announce` is told its address, with a token if others can reach it."""
    try:
        import uvicorn

        from docparse.serve.app import App, create_app
    except ImportError as error:
        raise MissingEngineError(
            f"the app needs {error.name}", hint="install it with `pip install 'docparse[serve]'`"
        ) from error
    from docparse.serve.store import Store
    from docparse.serve.waiting import ReadingQueue

    if not 0 < settings.port < 65536:
        raise UsageError(f"{settings.port} is no port", hint="use --port 8311")
    read = ReadSettings()
    waiting = ReadingQueue(read, jobs=settings.jobs, timeout=settings.page_timeout)
    app = App(
        Store(settings.folder),
        waiting,
        read,
        most_bytes=settings.most_upload * 1_000_000,
        timeout=settings.page_timeout,
    )
    token = "" if is_loopback(settings.host) else secrets.token_urlsafe(24)
    waiting.start()
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    announce(f"http://{host}:{settings.port}/" + (f"?token={token}" if token else ""))
    uvicorn.run(
        create_app(app, token=token),
        host=settings.host,
        port=settings.port,
        log_level="error",
        access_log=False,
        server_header=False,
    )
