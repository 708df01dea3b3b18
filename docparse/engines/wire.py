"""The chat completions protocol of OpenAI-compatible servers: a request's body, a stream's text."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from docparse.engines.base import Finish, Request, Usage

# How much of a reply's end is looked at, in characters, and how often the same must stand there.
LOOP_WINDOW = 4000
LOOP_TIMES = 12
_decode = json.JSONDecoder().decode
# Zlib's fastest: a page is sent once, and most servers are near.
_PNG_LEVEL = 1


class StreamError(Exception):
    """A reply that came damaged or cut; the same request may well succeed."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """A reply in full."""

    text: str
    finish: Finish
    usage: Usage


def body_of(request: Request, model: str) -> dict[str, Any]:
    """The JSON body that asks for a streamed reply, with the picture as a PNG data URL."""
    picture = {"type": "image_url", "image_url": {"url": data_url(request)}}
    text = {"type": "text", "text": request.message.user}
    is_text_first = request.message.order == "text-first"
    system = request.message.system
    body: dict[str, Any] = {
        "model": model,
        "messages": [
            *([{"role": "system", "content": system}] if system else []),
            {"role": "user", "content": [text, picture] if is_text_first else [picture, text]},
        ],
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.schema is not None:
        schema = {"name": "reply", "strict": True, "schema": dict(request.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body


def data_url(request: Request) -> str:
    """The picture as it is, losslessly."""
    file = io.BytesIO()
    request.picture.save(file, "PNG", compress_level=_PNG_LEVEL)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")


@dataclass(slots=True)
class ReplyStream:
    """Server-sent events to the reply, or a whole reply where the server does not stream.

    `is_done`: nothing more is wanted, because the reply has ended or goes round in a loop.
    """

    on_text: Callable[[str], None] | None = None
    is_done: bool = False
    _rest: bytes = b""
    _parts: list[str] = field(default_factory=list)
    _finish: str = ""
    _usage: Usage = field(default_factory=Usage)
    _length: int = 0
    _checked: int = 0

    def feed(self, chunk: bytes) -> None:
        """More bytes, cut anywhere; StreamError where they hold what is no such event."""
        # Lines are put together as bytes, so that no character is torn.
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        self._take(lines)
        if lines and self.on_text:
            self.on_text("".join(self._parts))
        if self._length - self._checked >= LOOP_WINDOW // 2:
            self._checked = self._length
            if is_loop("".join(self._parts[-LOOP_WINDOW:])[-LOOP_WINDOW:]):
                self._finish, self.is_done = "repeat", True

    def reply(self) -> Streamed:
        """The reply, when there are no more bytes; StreamError where it was cut."""
        if not self.is_done:
            self._take([self._rest])
        if not self._finish:
            raise StreamError("the reply was cut before its end")
        finish = self._finish if self._finish in ("length", "repeat") else "stop"
        return Streamed("".join(self._parts), cast(Finish, finish), self._usage)

    def _take(self, lines: list[bytes]) -> None:
        found = []
        for line in lines:
            if line.startswith(b"data:"):
                line = line[5:].strip()
                if line == b"[DONE]":
                    self.is_done = True
                    break
                found.append(line)
            elif line.startswith(b"{"):  # a whole reply stands on a line of its own
                found.append(line)
        for event in _events(found):
            if event.get("usage"):
                self._usage = _usage(event["usage"])
            text, ended = _delta(event)
            self._finish = ended or self._finish
            if text:
                self._parts.append(text)
                self._length += len(text)


def is_loop(tail: str) -> bool:
    """Whether a text ends in many copies of the same, of up to a twelfth of its length."""
    end, at = tail[-LOOP_TIMES // 2 :], len(tail) - LOOP_TIMES // 2
    # Only where the last characters stood before can a copy have ended.
    while (at := tail.rfind(end, 0, at + len(end) - 1)) >= 0:
        size = len(tail) - len(end) - at
        if size * LOOP_TIMES > len(tail):
            break
        # A row of dots or blanks is no loop until it is very long.
        times = max(LOOP_TIMES, 1200 // size)
        if times * size <= len(tail) and tail.endswith(tail[-size:] * times):
            return True
    return False


def _events(found: list[bytes]) -> list[dict[str, Any]]:
    """The events, decoded in one go, which takes half the time of one by one."""
    try:
        events = _decode("[" + b",".join(found).decode() + "]")
    except ValueError as error:
        raise StreamError("the server sent what is no JSON") from error
    for event in events:
        if not isinstance(event, dict):
            raise StreamError("the server sent JSON that is no reply")
        if "error" in event:
            raise StreamError(f"the server broke off: {message_of(event)}")
    return list(events)


def _delta(event: dict[str, Any]) -> tuple[str, str | None]:
    """New text, and why the reply ended if it did."""
    choices = event.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        return "", None
    part = choices[0].get("delta") or choices[0].get("message") or {}
    text = part.get("content") if isinstance(part, dict) else None
    ended = choices[0].get("finish_reason")
    return text if isinstance(text, str) else "", ended if isinstance(ended, str) else None


def _usage(given: object) -> Usage:
    counts = given if isinstance(given, dict) else {}

    def count(name: str) -> int:
        value = counts.get(name)
        return value if isinstance(value, int) else 0

    return Usage(prompt_tokens=count("prompt_tokens"), new_tokens=count("completion_tokens"))


def message_of(body: object) -> str:
    """What a server's error says, in one line of moderate length."""
    error = body.get("error", body) if isinstance(body, dict) else body
    text = error.get("message", error) if isinstance(error, dict) else error
    return " ".join(str(text).split())[:300]
