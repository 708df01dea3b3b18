"""An OpenAI-compatible server as an engine: vLLM, SGLang, llama.cpp, Ollama, LM Studio."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import threading
import time
from collections.abc import Coroutine, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import Any, ClassVar, NoReturn, TypeVar

import aiohttp

from docparse.engines.base import Reply, Request
from docparse.engines.pace import Pace, pause_before
from docparse.engines.wire import ReplyStream, Streamed, StreamError, body_of, data_url, message_of
from docparse.errors import MissingEngineError, UnreadableInputError, UsageError
from docparse.log import logger
from docparse.model.resize import smart_resize

Result = TypeVar("Result")

KEY = "DOCPARSE_API_KEY"
# Qwen2-VL and Qwen2.5-VL: patches of 14 pixels, merged two by two; limits of their processors.
FACTOR = 28
LEAST_PIXELS = 56 * 56
MOST_PIXELS = 28 * 28 * 16384
# Times that one request is sent, when what went wrong may pass.
TRIES = 5
# The server is busy or restarts; anything else that it refuses, it would refuse again.
_PASSING = {408, 409, 425, 429, 500, 502, 503, 504, 529}
_OVERLOADED = {429, 503, 529}
# Reads are spaced so that many tokens come at once, and all replies are read at the same moments:
# waking up is what costs time.
_READ_SPACING = 0.25


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: to connect, for the next piece of a reply, for a whole reply, for a lost server."""

    connect: float = 10.0
    piece: float = 120.0
    reply: float = 1800.0
    lost: float = 300.0


class _PassingError(Exception):
    """Worth another try; `after`: seconds that the server asks to wait."""

    def __init__(self, reason: str, *, after: float = 0.0, is_connect: bool = False) -> None:
        super().__init__(reason)
        self.after = after
        self.is_connect = is_connect


@dataclass
class ServerEngine:
    """Replies from a server. `most`: requests at the same time; the limit adapts below that.

    Raises MissingEngineError where the server cannot be reached, refuses the key, or has no such
    model: at once, and also later when it is gone for good. The key is taken from DOCPARSE_API_KEY.
    `num_sent` counts requests, repeated ones too; `encoding`: processor seconds that pictures
    took to become PNG.
    """

    url: str
    name: str
    most: int = 32
    takes_drafts: ClassVar[bool] = False
    patience: Patience = field(default_factory=Patience)

    def __post_init__(self) -> None:
        self._key = os.environ.get(KEY, "")
        self.pace = Pace(self.most)
        self._with_schema = self._with_chances = True
        self.num_sent = 0
        self.encoding = 0.0
        self._check_model()

    def size_for(self, width: int, height: int, *, max_pixels: int | None) -> tuple[int, int]:
        """Multiples of 28 near the given size, which a server's own resize then leaves alone."""
        most = min(max_pixels or MOST_PIXELS, MOST_PIXELS)
        try:
            rows, columns = smart_resize(
                height, width, factor=FACTOR, min_pixels=LEAST_PIXELS, max_pixels=most
            )
        except ValueError as error:
            raise UnreadableInputError(str(error), hint="cut the page into parts first") from error
        return columns, rows

    def generate(self, requests: Iterable[Request]) -> Iterator[tuple[int, Reply]]:
        """Replies as they end, several under way at once; see Engine."""
        source = enumerate(requests)
        under_way: dict[Future[Reply], int] = {}
        is_more = True
        with _loop_in_thread() as loop:
            session = _in(loop, self._open_session())
            try:
                while is_more or under_way:
                    if is_more and len(under_way) < self.pace.now:
                        asked = next(source, None)
                        is_more = asked is not None
                        if asked is not None:
                            # Encoded here, so that replies of others are read meanwhile.
                            answer = self._answer(session, asked[1], self._encode(asked[1]))
                            future = asyncio.run_coroutine_threadsafe(answer, loop)
                            under_way[future] = asked[0]
                    full = not is_more or len(under_way) >= self.pace.now
                    for done in _done(under_way, timeout=1.0 if full else 0.0):
                        yield under_way.pop(done), done.result()
            finally:
                for future in under_way:
                    future.cancel()
                _in(loop, session.close())

    async def _open_session(self) -> aiohttp.ClientSession:
        timeout = aiohttp.ClientTimeout(
            total=self.patience.reply,
            sock_connect=self.patience.connect,
            sock_read=self.patience.piece,
        )
        return aiohttp.ClientSession(
            headers=self._headers(),
            timeout=timeout,
            connector=aiohttp.TCPConnector(limit=self.most),
            trust_env=True,
        )

    def _headers(self) -> dict[str, str]:
        kind = {"Content-Type": "application/json"}
        return kind | {"Authorization": f"Bearer {self._key}"} if self._key else kind

    def _encode(self, request: Request) -> str:
        begun = time.thread_time()
        url = data_url(request.picture)
        self.encoding += time.thread_time() - begun
        return url

    async def _answer(self, session: aiohttp.ClientSession, request: Request, url: str) -> Reply:
        """The reply to a request, sent as often as there is hope."""
        lost_since, attempt = 0.0, 0
        while True:
            attempt += 1
            start = time.monotonic()
            try:
                streamed = await self._send(session, request, url)
            except _RefusedError as error:
                return Reply("", "failed", problem=str(error))
            except _PassingError as error:
                lost_since = (lost_since or start) if error.is_connect else 0.0
                if lost_since and time.monotonic() - lost_since > self.patience.lost:
                    raise self._missing(f"is gone: {error}") from None
                attempt -= error.is_connect
                if attempt >= TRIES:
                    return Reply("", "failed", problem=f"{error} ({TRIES} times)")
                logger.info("%s; it is sent again", error)
                await asyncio.sleep(pause_before(max(1, attempt), asked=error.after))
                continue
            self.pace.went_well(time.monotonic() - start)
            return Reply(
                streamed.text,
                streamed.finish,
                log_probabilities=streamed.log_probabilities,
                token_ends=streamed.token_ends,
                usage=streamed.usage,
            )

    async def _send(self, session: aiohttp.ClientSession, request: Request, url: str) -> Streamed:
        body = body_of(
            request,
            self.name,
            url,
            with_schema=self._with_schema,
            with_chances=self._with_chances,
        )
        self.num_sent += 1
        try:
            async with session.post(self._path("chat/completions"), data=body) as response:
                if response.status != 200:
                    self._refuse(response, await response.text(errors="replace"), request)
                return await self._read(response, request)
        except StreamError as error:
            raise _PassingError(self._hide(str(error))) from error
        except TimeoutError as error:
            self.pace.was_overloaded()
            is_connect = isinstance(error, aiohttp.ConnectionTimeoutError)
            raise _PassingError(
                "the server gave no answer in time", is_connect=is_connect
            ) from None
        except aiohttp.ClientError as error:
            is_connect = isinstance(error, aiohttp.ClientConnectorError)
            why = self._hide(f"{type(error).__name__}: {error}")
            raise _PassingError(f"the connection broke ({why})", is_connect=is_connect) from None

    async def _read(self, response: aiohttp.ClientResponse, request: Request) -> Streamed:
        stream = ReplyStream(request.on_text)
        while not stream.is_done:
            chunk = await response.content.readany()
            if not chunk:
                break
            stream.feed(chunk)
            transport = response.connection.transport if response.connection else None
            # a transport that does not read was stopped by its own side, which alone may go on
            if transport is not None and transport.is_reading() and not stream.is_done:
                transport.pause_reading()
                await asyncio.sleep(_READ_SPACING - time.monotonic() % _READ_SPACING)
                transport.resume_reading()
        return stream.reply()

    def _path(self, name: str) -> str:
        return f"{self.url.rstrip('/')}/{name}"

    def _refuse(self, response: aiohttp.ClientResponse, text: str, request: Request) -> NoReturn:
        """Raises what fits the status of a response."""
        status = response.status
        said = self._said(text)
        if status in (401, 403):
            raise self._missing(f"refuses the key ({said})", hint=f"set {KEY} to the right one")
        if status in _OVERLOADED:
            self.pace.was_overloaded()
        if status in _PASSING:
            after = response.headers.get("retry-after", "")
            seconds = float(after) if re.fullmatch(r"\d+(\.\d+)?", after) else 0.0
            raise _PassingError(f"the server answered {status} ({said})", after=seconds)
        if status in (400, 422) and request.with_chances and self._with_chances:
            logger.warning("the server gives no probabilities of tokens (%s)", said)
            self._with_chances = False
            raise _PassingError("the server gives no probabilities")
        if status in (400, 422) and request.schema is not None and self._with_schema:
            logger.warning("the server takes no JSON Schema (%s); replies are not held to it", said)
            self._with_schema = False
            raise _PassingError("the server takes no JSON Schema")
        raise _RefusedError(
            f"the server refused the page with {status} ({said}); try a smaller --max-pixels"
        )

    def _said(self, text: str) -> str:
        try:
            return self._hide(message_of(json.loads(text)))
        except ValueError:
            return self._hide(message_of(text))

    def _check_model(self) -> None:
        try:
            status, text = asyncio.run(self._get_models())
        except ValueError as error:  # aiohttp.InvalidURL is one
            raise UsageError(
                f"{self.url} is no address", hint="give --server http://HOST:PORT/v1"
            ) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            why = self._hide(str(error)) or type(error).__name__
            raise self._missing(f"cannot be reached: {why}") from None
        if status in (401, 403):
            raise self._missing("refuses the key", hint=f"set {KEY} to the right one")
        names = _model_names(text) if status == 200 else None
        if names is None:
            raise self._missing(
                f"has no list of models ({status})",
                hint="most servers want --server http://HOST:PORT/v1",
            )
        if self.name not in names:
            there = ", ".join(names[:20]) or "none"
            raise self._missing(
                f"has no model {self.name}; it has {there}", hint="give one of these with --model"
            )

    async def _get_models(self) -> tuple[int, str]:
        async with (
            await self._open_session() as session,
            session.get(self._path("models")) as response,
        ):
            return response.status, await response.text(errors="replace")

    def _missing(self, what: str, *, hint: str = "") -> MissingEngineError:
        hint = hint or "check that it runs, and the address given with --server"
        return MissingEngineError(f"the server {self.shown} {what}", hint=hint)

    @property
    def shown(self) -> str:
        """The address without what may be a secret in it."""
        return re.sub(r"(?<=//)[^/@]+@|[?#].*", "", self.url)

    def _hide(self, text: str) -> str:
        """A text of the server's, without the key that it may repeat."""
        return text.replace(self._key, "***") if self._key else text


class _RefusedError(Exception):
    """The server refuses this request and would do so again."""


def _done(under_way: dict[Future[Reply], int], *, timeout: float) -> list[Future[Reply]]:
    if not under_way:
        return []
    return list(wait(under_way, timeout=timeout, return_when=FIRST_COMPLETED).done)


def _model_names(text: str) -> list[str] | None:
    """The names in a list of models, None where it is no such list."""
    try:
        return [str(entry["id"]) for entry in json.loads(text)["data"]]
    except (ValueError, KeyError, TypeError):
        return None


@contextlib.contextmanager
def _loop_in_thread() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="server", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _in(loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run_coroutine_threadsafe(coroutine, loop).result()
