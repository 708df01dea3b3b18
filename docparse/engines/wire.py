"""The chat completions protocol of OpenAI-compatible servers: a request's body, a stream's text."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import msgspec

from docparse.engines.base import Finish, Request, Usage

if TYPE_CHECKING:
    import PIL.Image

# How much of a reply's end is looked at, in characters, and how often the same must stand there.
LOOP_WINDOW = 4000
LOOP_TIMES = 12
# What a line says: the data of an event, or a whole reply, which stands on a line of its own.
_DATA = re.compile(rb"^(?:data:[ ]*|(?=\{))([^\r\n]+)", re.MULTILINE)
_END = b"[DONE]"
# Zlib's fastest: a page is sent once, and most servers are near.
_PNG_LEVEL = 1


class _Part(msgspec.Struct, gc=False):
    """A piece of a reply, or all of it."""

    content: str | None = None


_NOTHING = _Part()


class _Choice(msgspec.Struct, gc=False):
    """What a reply goes on with: `delta` in a stream, else `message`."""

    delta: _Part | None = None
    message: _Part | None = None
    finish_reason: str | None = None
    logprobs: Any = None


class _Event(msgspec.Struct, gc=False):
    """What is wanted of an event; all else is passed over."""

    choices: list[_Choice] | None = None
    usage: Any = None
    error: Any = None


_decode = msgspec.json.Decoder(list[_Event]).decode


class StreamError(Exception):
    """A reply that came damaged or cut; the same request may well succeed."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """A reply in full; its tokens as in `engines.base.Reply`."""

    text: str
    finish: Finish
    usage: Usage
    log_probabilities: tuple[float, ...] = ()
    token_ends: tuple[int, ...] = ()


def body_of(
    request: Request, model: str, url: str, *, with_schema: bool, with_chances: bool
) -> bytes:
    """The JSON that asks for a streamed reply about the picture at `url`."""
    picture = {"type": "image_url", "image_url": {"url": url}}
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
    if with_schema and request.schema is not None:
        schema = {"name": "reply", "strict": True, "schema": dict(request.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    if with_chances and request.with_chances:
        body["logprobs"] = True
    return json.dumps(body).encode()  # escapes halves of characters, which a PDF may hold


def data_url(picture: PIL.Image.Image) -> str:
    """The picture as it is, losslessly."""
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=_PNG_LEVEL)
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
    _logs: list[float] = field(default_factory=list)
    _ends: list[int] = field(default_factory=list)

    def feed(self, chunk: bytes) -> None:
        """More bytes, cut anywhere; StreamError where they hold what is no such event."""
        # Lines are put together as bytes, so that no character is torn.
        lines, newline, self._rest = (self._rest + chunk).rpartition(b"\n")
        self._take(lines)
        if newline and self.on_text:
            self.on_text("".join(self._parts))
        if self._length - self._checked >= LOOP_WINDOW // 2:
            self._checked = self._length
            if is_loop("".join(self._parts[-LOOP_WINDOW:])[-LOOP_WINDOW:]):
                self._finish, self.is_done = "repeat", True

    def reply(self) -> Streamed:
        """The reply, when there are no more bytes; StreamError where it was cut."""
        if not self.is_done:
            self._take(self._rest)
        if not self._finish:
            raise StreamError("the reply was cut before its end")
        finish = self._finish if self._finish in ("length", "repeat") else "stop"
        return Streamed(
            "".join(self._parts),
            cast(Finish, finish),
            self._usage,
            tuple(self._logs),
            tuple(self._ends),
        )

    def _take(self, lines: bytes) -> None:
        found = _DATA.findall(lines)
        if _END in found:
            self.is_done = True
            found = found[: found.index(_END)]
        for event in _events(found):
            if event.choices:
                choice = event.choices[0]
                self._finish = choice.finish_reason or self._finish
                text = (choice.delta or choice.message or _NOTHING).content
                if text:
                    self._parts.append(text)
                    self._length += len(text)
                if choice.logprobs:
                    self._take_chances(choice.logprobs)
            if event.usage:
                self._usage = _usage(event.usage)
            if event.error is not None:
                raise StreamError(f"the server broke off: {message_of(event.error)}")

    def _take_chances(self, logprobs: object) -> None:
        """The log-probabilities of the tokens that an event brought, which end where its text does.

        What has another form than OpenAI's is passed over.
        """
        content = logprobs.get("content") if isinstance(logprobs, dict) else None
        tokens = [
            (token, float(value))
            for entry in (content if isinstance(content, list) else ())
            if isinstance(entry, dict)
            and isinstance(token := entry.get("token"), str)
            and isinstance(value := entry.get("logprob"), int | float)
        ]
        at = self._ends[-1] if self._ends else 0
        for number, (token, value) in enumerate(tokens, start=1):
            at = self._length if number == len(tokens) else min(at + len(token), self._length)
            self._logs.append(value)
            self._ends.append(at)


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


def _events(found: list[bytes]) -> list[_Event]:
    """The events, decoded in one go, which takes less than one by one."""
    try:
        return _decode(b"[" + b",".join(found) + b"]")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StreamError("the server sent what is no JSON of a reply") from error


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
