"""The app as an ASGI application: pages for people, and an interface for other programs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from urllib.parse import quote

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from docparse import __version__
from docparse.convert.data import to_json
from docparse.convert.html import to_html
from docparse.convert.markdown import to_markdown
from docparse.errors import DocparseError
from docparse.serve.child import Write, messages
from docparse.serve.corrections import MOST_TEXT, Correction
from docparse.serve.guard import Guard
from docparse.serve.pages import api_page, document_page, index_page
from docparse.serve.store import Entry, Store
from docparse.serve.waiting import ReadingQueue
from docparse.settings import ReadSettings
from docparse.types import Document, Kind
from docparse.viewer.frame import asset as viewer_asset
from docparse.viewer.frame import stylesheet

Made = Literal["html", "md", "json", "pdf", "report", "pairs"]
_TYPES = {
    "html": ("text/html; charset=utf-8", ".html"),
    "md": ("text/markdown; charset=utf-8", ".md"),
    "json": ("application/json", ".json"),
    "pdf": ("application/pdf", ".pdf"),
    "report": ("text/html; charset=utf-8", ".report.html"),
    "pairs": ("application/zip", ".pairs.zip"),
}
_STATIC = {
    "report.js": "text/javascript",
    "edit.js": "text/javascript",
    "app.js": "text/javascript",
    "report.css": "text/css",
    "app.css": "text/css",
}
# More are refused: each takes room on the disk.
MOST_WAITING = 100
# Processes that make a PDF, a report or pairs at the same time: each takes memory.
MOST_WRITING = 2
_BODY = {"requestBody": {"required": True, "content": {
    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}}  # fmt: skip
Id = Annotated[str, PathParameter(pattern="^[0-9a-f]{24}$")]
Name = Annotated[str, Query(description="What the file is called; for people only.")]


class Change(BaseModel):
    """A correction as it comes in; what is left out stays as it is."""

    page: int = Field(ge=1, le=1_000_000)
    block: int = Field(ge=0, le=1_000_000)
    part: int | None = Field(default=None, ge=0, le=10_000_000)
    text: str | None = Field(default=None, max_length=MOST_TEXT)
    kind: Kind | None = None
    bbox: tuple[int, int, int, int] | None = None


class App:
    """What the handlers of requests have in common.

    `timeout`: seconds for a page. `most_silence`: seconds that an upload may stand still.
    """

    def __init__(
        self, store: Store, waiting: ReadingQueue, settings: ReadSettings, *,
        most_bytes: int, timeout: float, most_silence: float = 30,
    ) -> None:  # fmt: skip
        self.store = store
        self.waiting = waiting
        self.settings = settings
        self.most_bytes = most_bytes
        self.timeout = timeout
        self.most_silence = most_silence
        self._writing = asyncio.Semaphore(MOST_WRITING)

    def entry(self, id_: str, *, done: bool = False) -> Entry:
        """The document of an id; a 404 or 409 answer if there is none, or not yet."""
        entry = self.store.find(id_)
        if entry is None:
            raise HTTPException(404, "there is no such document")
        if done and entry.state != "done":
            raise HTTPException(409, entry.error or "it has not been read yet")
        return entry

    async def receive(self, request: Request, name: str) -> Entry:
        """The body of a request as a new document that waits to be read."""
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length) > self.most_bytes:
            raise self._too_large()
        if self.store.num_waiting() >= MOST_WAITING:
            headers = {"Retry-After": "30"}
            reason = "too many documents are waiting; try again later"
            raise HTTPException(503, reason, headers)
        entry = self.store.create(name)
        try:
            await self._store(request, entry)
            entry.keep()
        except BaseException:
            self.store.remove(entry)
            raise
        self.waiting.put(entry)
        return entry

    async def _store(self, request: Request, entry: Entry) -> None:
        size = 0
        clock = asyncio.get_running_loop()
        try:
            with entry.original.open("xb") as file:
                async with asyncio.timeout(self.most_silence) as limit:
                    async for chunk in request.stream():
                        size += len(chunk)
                        if size > self.most_bytes:
                            raise self._too_large()
                        await run_in_threadpool(file.write, chunk)
                        limit.reschedule(clock.time() + self.most_silence)
        except TimeoutError as error:
            raise HTTPException(408, "the file did not go on coming") from error
        if not size:
            raise HTTPException(422, "the file is empty; send it as the body of the request")

    def _too_large(self) -> HTTPException:
        return HTTPException(413, f"a file has at most {self.most_bytes // 1_000_000} MB")

    async def make(self, entry: Entry, kind: Made, document: Document) -> bytes:
        """A document in one format; what needs its original is made by a process of its own."""
        texts: dict[str, Callable[[Document], str]] = {
            "html": to_html,
            "md": to_markdown,
            "json": to_json,
        }
        if kind in texts:
            return (await run_in_threadpool(texts[kind], document)).encode("utf-8", "replace")
        task = Write(
            entry.original,
            document,
            self.settings,
            cast(Literal["pdf", "report", "pairs"], kind),
            tuple(entry.corrections()),
        )
        async with self._writing:
            return await run_in_threadpool(_made, task, self.timeout)


def _made(task: Write, timeout: float) -> bytes:
    for message in messages(task, timeout):
        if isinstance(message, bytes):
            return message
    raise HTTPException(500, "nothing was made")


def create_app(app: App, *, token: str = "") -> Guard:
    """The application with all its routes, behind its guard."""
    api = FastAPI(
        title="docparse", version=__version__, docs_url=None, redoc_url=None,
        description="Turns PDFs, scans and images into HTML, Markdown and JSON.",
    )  # fmt: skip
    _add_interface(api, app)
    _add_documents(api, app)
    _add_pages(api, app)

    @api.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> Response:
        return JSONResponse({"error": error.detail}, error.status_code, error.headers)

    @api.exception_handler(ClientDisconnect)
    async def gone(_: Request, error: ClientDisconnect) -> Response:
        return Response(status_code=499)  # which nobody sees

    @api.exception_handler(DocparseError)
    async def failed(_: Request, error: DocparseError) -> Response:
        return JSONResponse({"error": str(error)}, 422)

    return Guard(api, token)


def _add_interface(api: FastAPI, app: App) -> None:
    @api.post("/v1/convert", openapi_extra=_BODY)
    async def convert(
        request: Request,
        format: Annotated[
            Literal["html", "md", "json", "pdf", "report"], Query(description="What to make.")
        ] = "json",
        name: Name = "document",
    ) -> Response:
        """Convert the file in the body and answer with the result; nothing of it is kept.

        The header `Docparse-Complete` is `false` if some pages could not be read.
        """
        entry = await app.receive(request, name)
        try:
            while entry.state in ("waiting", "reading"):
                if await request.is_disconnected():
                    raise HTTPException(499, "nobody waits for the result")
                await asyncio.sleep(0.05)
            if entry.state == "failed":
                raise HTTPException(422, entry.error)
            document = await run_in_threadpool(entry.result)
            data = await app.make(entry, format, document)
        finally:
            app.store.remove(entry)
        complete = str(document.complete).lower()
        return _download(data, format, name, {"Docparse-Complete": complete})


def _add_documents(api: FastAPI, app: App) -> None:
    @api.get("/documents")
    def documents() -> list[dict[str, Any]]:
        """All documents of the app and how far they have been read."""
        return [entry.status() for entry in app.store.all()]

    @api.post("/documents", status_code=201, openapi_extra=_BODY)
    async def add(request: Request, name: Name = "document") -> dict[str, Any]:
        """Read the file in the body and keep it to be looked at and corrected."""
        return (await app.receive(request, name)).status()

    @api.delete("/documents/{id}", status_code=204)
    def remove(id: Id) -> None:
        """Take a document away with all its corrections."""
        app.store.remove(app.entry(id))

    @api.patch("/documents/{id}")
    def correct(id: Id, change: Change) -> dict[str, Any]:
        """Correct the text, kind or box of a block, or of a cell or an item in it (`part`)."""
        entry = app.entry(id, done=True)
        try:
            entry.add(Correction(**change.model_dump()))
        except (ValueError, IndexError) as error:
            raise HTTPException(422, str(error)) from error
        return {"corrections": len(entry.corrections())}

    @api.get("/documents/{id}/result/{format}")
    async def result(id: Id, format: Made) -> Response:
        """A document with its corrections, or the corrections as training pairs."""
        entry = app.entry(id, done=True)
        data = await app.make(entry, format, await run_in_threadpool(entry.corrected))
        return _download(data, format, entry.name, {})


def _download(data: bytes, kind: str, name: str, headers: dict[str, str]) -> Response:
    media_type, ending = _TYPES[kind]
    stem = Path(re.split(r"[/\\]", name)[-1]).stem or "document"
    disposition = f"attachment; filename*=UTF-8''{quote(stem, safe='')}{ending}"
    headers = {**headers, "Content-Disposition": disposition}
    return Response(data, media_type=media_type, headers=headers)


def _add_pages(api: FastAPI, app: App) -> None:
    @api.get("/", include_in_schema=False)
    def index() -> HTMLResponse:
        return HTMLResponse(index_page(app.most_bytes // 1_000_000))

    @api.get("/api", include_in_schema=False)
    def interface() -> HTMLResponse:
        return HTMLResponse(api_page(api.openapi()))

    @api.get("/static/{name}", include_in_schema=False)
    def static(name: str) -> Response:
        if name not in _STATIC:
            raise HTTPException(404, "there is no such file")
        text = viewer_asset(name) if name.startswith("report.") else app_asset(name)
        return Response(text, media_type=_STATIC[name])

    @api.get("/documents/{id}/", include_in_schema=False)
    def document(id: Id) -> HTMLResponse:
        entry = app.entry(id, done=True)
        return HTMLResponse(document_page(entry, entry.corrected()))

    @api.get("/documents/{id}/style.css", include_in_schema=False)
    def style(id: Id) -> Response:
        return Response(stylesheet(app.entry(id, done=True).result()), media_type="text/css")

    @api.get("/documents/{id}/pages/{number}-{block}.webp", include_in_schema=False)
    def figure(id: Id, number: int, block: int) -> Response:
        return _picture(app.entry(id).pictures / f"{number}-{block}.webp")

    @api.get("/documents/{id}/pages/{number}.webp", include_in_schema=False)
    def picture(id: Id, number: int) -> Response:
        return _picture(app.entry(id).pictures / f"{number}.webp")


def _picture(path: Path) -> Response:
    if not path.is_file():
        raise HTTPException(404, "there is no such picture")
    return FileResponse(path, media_type="image/webp", headers={"Cache-Control": "private"})


def app_asset(name: str) -> str:
    """A script or stylesheet of the app."""
    from importlib.resources import files

    return files("docparse.serve").joinpath(name).read_text(encoding="utf-8")
