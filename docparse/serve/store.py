"""The documents of the app, each in a folder of its own, named by chance and by nothing else."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from docparse.convert.data import from_data, to_json
from docparse.files import write_whole
from docparse.serve.corrections import Correction, correct, load, merge, save
from docparse.types import Document

State = Literal["waiting", "reading", "done", "failed"]
_ID = re.compile(r"[0-9a-f]{24}")
_MOST_NAME = 200


@dataclass
class Entry:
    """One document: its folder, and how far it has been read."""

    id: str
    folder: Path
    name: str
    state: State = "waiting"
    pages: int = 0
    pages_done: int = 0
    error: str = ""
    is_removed: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def original(self) -> Path:
        return self.folder / "original"

    @property
    def pictures(self) -> Path:
        return self.folder / "pages"

    def status(self) -> dict[str, Any]:
        """How far it is, for the browser."""
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "pages": self.pages,
            "pages_done": self.pages_done,
            "error": self.error,
        }

    def keep(self) -> None:
        """Writes what is known of it, to be found again after a restart; nothing once removed."""
        data = json.dumps({"name": self.name, "state": self.state, "error": self.error})
        with self.lock:
            if not self.is_removed:
                write_whole(self.folder / "entry.json", data.encode("utf-8"))

    def save_result(self, document: Document) -> None:
        """Keeps the document as it was read."""
        write_whole(self.folder / "result.json", to_json(document).encode("utf-8", "replace"))

    def result(self) -> Document:
        """The document as it was read."""
        return from_data(json.loads((self.folder / "result.json").read_text(encoding="utf-8")))

    def corrections(self) -> list[Correction]:
        """What has been put right so far."""
        return load(self.folder / "corrections.json")

    def corrected(self) -> Document:
        """The document with what has been put right."""
        return correct(self.result(), self.corrections())

    def add(self, correction: Correction) -> None:
        """Keeps one more correction beside the result; IndexError if it fits nothing."""
        with self.lock:
            merged = merge(self.corrections(), correction)
            correct(self.result(), merged)
            save(self.folder / "corrections.json", merged)


class Store:
    """All documents below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._entries: dict[str, Entry] = {}
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime):
            if _ID.fullmatch(path.name) and (path / "entry.json").is_file():
                self._entries[path.name] = _found(path)

    def create(self, name: str) -> Entry:
        """A new document. `name` is for people to read and never becomes part of a path."""
        id_ = secrets.token_hex(12)
        folder = self._folder / id_
        (folder / "pages").mkdir(parents=True)
        entry = Entry(id_, folder, shown_name(name))
        self._entries[id_] = entry
        return entry

    def find(self, id_: str) -> Entry | None:
        """The document of that id, if there is one."""
        return self._entries.get(id_)

    def all(self) -> list[Entry]:
        """All documents, the newest first."""
        return list(reversed(list(self._entries.values())))

    def num_waiting(self) -> int:
        """How many documents are to be read, those that are still being sent among them."""
        return sum(entry.state == "waiting" for entry in self.all())

    def remove(self, entry: Entry) -> None:
        """Takes a document away, with all that was made of it."""
        self._entries.pop(entry.id, None)
        with entry.lock:
            entry.is_removed = True
            shutil.rmtree(entry.folder, ignore_errors=True)


def shown_name(name: str) -> str:
    """The last part of a name, printable and of a sensible length."""
    last = re.split(r"[/\\]", name)[-1]
    printable = "".join(char for char in last if char.isprintable()).strip()
    return printable[:_MOST_NAME] or "document"


def _found(folder: Path) -> Entry:
    data = json.loads((folder / "entry.json").read_text(encoding="utf-8"))
    state: State = "done" if data.get("state") == "done" else "failed"
    error = str(data.get("error", "")) or "the app was stopped while it was read"
    entry = Entry(folder.name, folder, shown_name(str(data.get("name", ""))), state)
    entry.error = "" if state == "done" else error
    if state == "done":
        entry.pages = entry.pages_done = len(entry.result().pages)
    return entry
