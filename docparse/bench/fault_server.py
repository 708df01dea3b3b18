"""A chat completions server on loopback that answers from a script, and fails as it is told.

As a command: `python -m docparse.bench.fault_server SHARE TOKENS SECONDS` prints its address, fails
in that share of requests, and streams replies of so many tokens within so many seconds.
"""

from __future__ import annotations

import contextlib
import json
import random
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, get_args

Fault = Literal["", "500", "429", "stall", "cut", "garbage", "half"]
FAULTS: tuple[Fault, ...] = tuple(fault for fault in get_args(Fault) if fault)
MODEL = "scripted"
# Longer than any test's patience.
_STALL = 30.0

Answer = Callable[[dict[str, Any]], tuple[list[str], float]]


class FaultServer(ThreadingHTTPServer):
    """Answers by `answer`: a request's body to pieces of text and the seconds they take.

    `fault` gives what goes wrong with request number n (from 0). `upstream`: the address of a real
    server that replies are taken from instead. `seen`: every body; `keys`: every Authorization.
    `key`: the only one that is let in; `refuses_schema`, `refuses_chances`, `status`: what is
    refused, and with what.
    """

    daemon_threads = True
    request_queue_size = 256

    def __init__(
        self, answer: Answer, fault: Callable[[int], Fault] = lambda n: "", upstream: str = ""
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer, self.fault, self.upstream = answer, fault, upstream
        self.seen: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.under_way, self.most_under_way = 0, 0
        self.key, self.refuses_schema, self.refuses_chances, self.status = "", False, False, 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """What goes after --server."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news."""


@contextlib.contextmanager
def serving(server: FaultServer) -> Iterator[FaultServer]:
    """The server at work in a thread, until the context ends."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultServer
    # Small writes go out at once, as those of real servers do.
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: stderr belongs to the client."""

    def do_GET(self) -> None:
        if not self.path.startswith("/v1/"):
            self._whole(404, {"error": {"message": "no such path"}})
        elif self._is_refused():
            return
        elif self.server.upstream:
            with urllib.request.urlopen(self.server.upstream + "/models") as found:
                self._whole(200, json.load(found))
        else:
            self._whole(200, {"object": "list", "data": [{"id": MODEL, "object": "model"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server = self.server
        with server.lock:
            number = len(server.seen)
            server.seen.append(body)
            server.keys.append(self.headers.get("Authorization"))
            server.under_way += 1
            server.most_under_way = max(server.most_under_way, server.under_way)
        try:
            if not self._is_refused(body):
                self._reply(body, server.fault(number))
        finally:
            with server.lock:
                server.under_way -= 1

    def _is_refused(self, body: dict[str, Any] | None = None) -> bool:
        """Whether the key or the body is refused; the answer is then given."""
        server, given = self.server, self.headers.get("Authorization", "")
        if server.key and given != f"Bearer {server.key}":
            self._whole(401, {"error": {"message": f"wrong key: {given}"}})
        elif server.refuses_schema and body and "response_format" in body:
            self._whole(400, {"error": {"message": "response_format is not known"}})
        elif server.refuses_chances and body and "logprobs" in body:
            self._whole(400, {"error": {"message": "logprobs is not known"}})
        elif server.status and body:
            self._whole(server.status, {"error": {"message": "refused"}})
        else:
            return False
        return True

    def _reply(self, body: dict[str, Any], fault: Fault) -> None:
        if fault == "500":
            self._whole(500, {"error": {"message": "out of luck"}})
        elif fault == "429":
            self._whole(429, {"error": {"message": "too many"}}, ("Retry-After", "0"))
        elif fault == "stall":
            time.sleep(_STALL)
            self.close_connection = True
        else:
            self._stream(self._events(body), fault)

    def _events(self, body: dict[str, Any]) -> Iterator[bytes]:
        if self.server.upstream:
            request = urllib.request.Request(
                self.server.upstream + "/chat/completions",
                json.dumps(body).encode(),
                {"Content-Type": "application/json"},
            )
            with urllib.request.urlopen(request) as found:
                yield from found
            return
        pieces, seconds = self.server.answer(body)
        for piece in pieces:
            choice: dict[str, Any] = {"delta": {"content": piece}, "finish_reason": None}
            if body.get("logprobs"):
                choice["logprobs"] = {"content": [{"token": piece, "logprob": -0.5}]}
            yield _event(choice)
            time.sleep(seconds / len(pieces))
        yield _event({"delta": {}, "finish_reason": "stop"})
        yield b"data: [DONE]\n\n"

    def _stream(self, events: Iterator[bytes], fault: Fault) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for count, event in enumerate(events):
            if count == 2 and fault:
                if fault == "garbage":
                    self._chunk(b"data: {\x00\xff not json\n\n")
                elif fault == "half":
                    self._chunk(b'data: {"choices": [{"delta": {"content": "\xe6\x97')
                self.close_connection = True
                return  # without the last chunk: cut
            self._chunk(event)
        self._chunk(b"")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def _whole(self, status: int, body: object, *headers: tuple[str, str]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (("Content-Type", "application/json"), *headers):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _event(choice: dict[str, Any]) -> bytes:
    data = {"object": "chat.completion.chunk", "choices": [{"index": 0, **choice}]}
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


def faults(share: float, *, seed: int = 0) -> Callable[[int], Fault]:
    """A fault in that share of requests, of each kind alike, the same at each run."""

    def pick(number: int) -> Fault:
        dice = random.Random(seed * 1_000_003 + number)
        return dice.choice(FAULTS) if dice.random() < share else ""

    return pick


def page_reply(num_tokens: int) -> list[str]:
    """A page in QwenVL HTML, in as many pieces."""
    words = [f"word{n} " for n in range(max(1, num_tokens - 2))]
    return ['<p data-bbox="28 28 560 560">', *words, "</p>"]


def main(share: float, num_tokens: int, seconds: float) -> None:
    server = FaultServer(lambda body: (page_reply(num_tokens), seconds), faults(share))
    sys.stdout.write(server.url + "\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
