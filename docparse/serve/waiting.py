"""Documents waiting to be read, and the threads that have them read, one child process each."""

from __future__ import annotations

import queue
import shutil
import threading

from docparse.errors import DocparseError
from docparse.log import logger
from docparse.pipeline import Opened, PageResult, assemble, failed_page
from docparse.serve.child import LostError, Read, messages
from docparse.serve.store import Entry
from docparse.settings import ReadSettings
from docparse.types import Page


class ReadingQueue:
    """Reads documents in the order in which they came."""

    def __init__(self, settings: ReadSettings, *, jobs: int, timeout: float) -> None:
        self._settings = settings
        self._timeout = timeout
        self._waiting: queue.Queue[Entry] = queue.Queue()
        self._jobs = jobs

    def start(self) -> None:
        """Starts the threads, which end with the process."""
        for _ in range(self._jobs):
            threading.Thread(target=self._work, daemon=True).start()

    def put(self, entry: Entry) -> None:
        """Lets a document wait for its turn."""
        self._waiting.put(entry)

    def _work(self) -> None:
        while True:
            entry = self._waiting.get()
            if entry.is_removed:
                continue
            try:
                self.read(entry)
            except Exception as error:  # noqa: BLE001  the next document is to be read all the same
                logger.error("%s: %s", entry.name, " ".join(str(error).split()))
                entry.error = entry.error or f"internal error ({type(error).__name__})"
                entry.state = "failed"

    def read(self, entry: Entry) -> None:
        """Reads one document; how far it is can be seen in the entry."""
        entry.state = "reading"
        try:
            self._read(entry)
            entry.state = "done"
        except DocparseError as error:
            entry.error, entry.state = str(error), "failed"
        entry.keep()
        if entry.is_removed:  # while it was read: what was made since then goes too
            shutil.rmtree(entry.folder, ignore_errors=True)

    def _read(self, entry: Entry) -> None:
        opened: Opened | None = None
        pages: dict[int, Page] = {}
        left: tuple[int, ...] = ()
        while opened is None or left:
            task = Read(entry.original, entry.name, self._settings, entry.pictures, left)
            try:
                for message in messages(task, self._timeout):
                    if entry.is_removed:
                        return
                    if isinstance(message, Opened) and opened is None:
                        opened = message
                        left = opened.numbers if opened.document is None else ()
                        entry.pages = len(left)
                    elif isinstance(message, PageResult):
                        pages[message.page.number] = message.page
                        left = left[1:]
                        entry.pages_done = len(pages)
            except LostError as error:
                if not left:
                    raise
                # The page that was being read is lost, and the next process takes the rest.
                pages[left[0]] = failed_page(left[0], error.message)
                left = left[1:]
                entry.pages_done = len(pages)
        if opened.document is not None:
            entry.pages = entry.pages_done = len(opened.document.pages)
            entry.save_result(opened.document)
        else:
            entry.save_result(assemble(opened, list(pages.values())))
