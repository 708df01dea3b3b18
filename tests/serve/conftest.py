"""The app on a free port of this machine, and a document that it has read."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator

import PIL.Image
import pymupdf
import pytest
import uvicorn
from serve_client import Client

from docparse.serve.app import App, create_app
from docparse.serve.store import Store
from docparse.serve.waiting import ReadingQueue
from docparse.settings import ReadSettings

SENTENCE = "The harbour is quiet today, and the boats wait for the evening tide to come in."


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Client]]:
    """Starts an app; all are stopped at the end."""
    servers: list[tuple[uvicorn.Server, threading.Thread]] = []

    def run(*, token: str = "", most_bytes: int = 5_000_000, most_silence: float = 30) -> Client:
        folder = tmp_path_factory.mktemp("app") / "work"
        read = ReadSettings(reader="off")
        waiting = ReadingQueue(read, jobs=1, timeout=100)
        app = App(
            Store(folder), waiting, read, most_bytes=most_bytes, timeout=100,
            most_silence=most_silence,
        )  # fmt: skip
        waiting.start()
        config = uvicorn.Config(create_app(app, token=token), port=0, log_level="error")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        servers.append((server, thread))
        return Client(server.servers[0].sockets[0].getsockname()[1], folder)

    yield run
    for server, _ in servers:
        server.should_exit = True
    for _, thread in servers:
        thread.join(timeout=10)


@pytest.fixture(scope="session")
def client(start: Callable[..., Client]) -> Client:
    return start()


@pytest.fixture(scope="session")
def pdf_file() -> bytes:
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        page.insert_text((72, 100), "The harbour", fontsize=20)
        page.insert_textbox((72, 130, 520, 300), SENTENCE * 3, fontsize=11)
        photo = io.BytesIO()
        PIL.Image.effect_noise((224, 150), 60).save(photo, "JPEG")
        page.insert_image((72, 400, 520, 700), stream=photo.getvalue())
        data: bytes = pdf.tobytes()
        return data
