"""Speaks HTTP to the app as another program would."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Client:
    """An app on a port of this machine, and the folder of its documents."""

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
