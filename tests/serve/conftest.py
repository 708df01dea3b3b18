"""The app on a free port of this machine, and a document that it has read."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymupdf
import pytest
import uvicorn

from docparse.serve.app import App, create_app
from docparse.serve.store import Store
from docparse.serve.waiting import ReadingQueue
from docparse.settings import ReadSettings

SENTENCE = "The harbour is quiet today, and the boats wait for the evening tide to come in."


@dataclass
class Client:
    """Speaks HTTP to the app as another program would."""

    port: int
    folder: Path
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, bytes, dict[str, str]]:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {**self.headers, **given})
            answer = connection.getresponse()
            return answer.status, answer.read(), {k.lower(): v for k, v in answer.getheaders()}
        finally:
            connection.close()

    def send(self, data: bytes, name: str = "a.pdf") -> str:
        status, body, _ = self.ask("POST", f"/documents?name={name}", data)
        assert status == 201, body
        return str(json.loads(body)["id"])

    def wait(self, id_: str, seconds: float = 120) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for item in json.loads(self.ask("GET", "/documents")[1]):
                if item["id"] == id_ and item["state"] in ("done", "failed"):
                    found: dict[str, Any] = item
                    return found
            time.sleep(0.05)
        raise AssertionError("it was not read in time")


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Client]]:
    """Starts an app; all are stopped at the end."""
    servers: list[tuple[uvicorn.Server, threading.Thread]] = []

    def run(*, token: str = "", most_bytes: int = 5_000_000, timeout: float = 100) -> Client:
        folder = tmp_path_factory.mktemp("app") / "work"
        read = ReadSettings(reader="off")
        waiting = ReadingQueue(read, jobs=1, timeout=timeout)
        app = App(Store(folder), waiting, read, most_bytes=most_bytes, timeout=timeout)
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
        data: bytes = pdf.tobytes()
        return data
