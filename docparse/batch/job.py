"""One document of a run: where it comes from, where its outputs go, and what is known of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from docparse.files import clear_parts
from docparse.pipeline import Pictures
from docparse.settings import Format, WriteSettings


@dataclass(frozen=True, slots=True)
class Job:
    """`name` is its place below the output folder, unique in a run, and what messages call it.

    `data`: a path, or bytes from stdin. `stem`: the outputs without their endings; None is stdout.
    """

    data: Path | bytes
    name: str
    stem: Path | None
    endings: tuple[tuple[str, Format], ...]

    @property
    def outputs(self) -> tuple[tuple[Path | None, Format], ...]:
        """Every output with its format; None is stdout."""
        return tuple((self._with(ending), kind) for ending, kind in self.endings)

    def _with(self, ending: str) -> Path | None:
        return None if self.stem is None else self.stem.with_name(self.stem.name + ending)

    def figures(self, write: WriteSettings, *, is_batch: bool) -> Path | None:
        """The folder for pictures of figures; None where they are embedded, or left out."""
        # A report shows whole pages, and cuts its own pictures from them.
        if write.embed_images or all(kind in ("report", "pdf") for _, kind in self.endings):
            return None
        if write.figures:
            return write.figures / f"{self.name}_files" if is_batch else write.figures
        return self._with("_files")

    def clear_parts(self, write: WriteSettings, *, is_batch: bool) -> None:
        """Removes what was left half written when the job was killed."""
        for path, _ in self.outputs:
            if path:
                clear_parts(path.parent, path.name)
        pictures = self.figures(write, is_batch=is_batch)
        for folder in pictures, self.overlay(write, is_batch=is_batch):
            if folder:
                clear_parts(folder)

    def overlay(self, write: WriteSettings, *, is_batch: bool) -> Path | None:
        """The folder for pictures of pages with their boxes, if they are wanted."""
        return write.overlay / self.name if write.overlay and is_batch else write.overlay

    def pictures(self, write: WriteSettings, *, is_batch: bool) -> Pictures:
        """How the outputs refer to pictures of figures."""
        folder = self.figures(write, is_batch=is_batch)
        if folder is None:
            return Pictures(embed=write.embed_images)
        base = self.stem.parent if self.stem else Path()
        return Pictures(folder=Path(os.path.relpath(folder, base)).as_posix())
