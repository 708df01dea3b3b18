"""Lines of text read by RapidOCR's recogniser, whose model lies inside its package.

Only the model file is used, on onnxruntime: the package itself need not be imported.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import PIL.Image

from docparse.engines.lines import VERTICAL_RATIO, LineText
from docparse.errors import MissingEngineError
from docparse.textlines.across import Across, set_across

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEIGHT = 48  # pixels: what the model sees of a line
# Wider lines are squeezed; a line of 100 letters is about 1200 wide.
WIDEST = 3200
# Columns of pictures in one run; more lines are run one after another.
BATCH_COLUMNS = 1200
# Widths of one batch differ by no more than this, for the model sees the padding too.
STEP = 160
BLANK = 0


def find_model() -> Path | None:
    """The recogniser's file in the installed package; None where it is not installed."""
    spec = importlib.util.find_spec("rapidocr")
    if spec is None or spec.origin is None:
        return None
    found = sorted((Path(spec.origin).parent / "models").glob("*rec*.onnx"))
    return found[-1] if found else None


class RapidReader:
    """A LineReader; `threads` as onnxruntime counts them, 0 for one on each core."""

    name = "rapidocr"

    def __init__(self, *, threads: int = 0) -> None:
        """Raises MissingEngineError where the package or its model is not there."""
        model = find_model()
        if model is None:
            raise MissingEngineError(
                "RapidOCR is not installed", hint="run `pip install 'docparse[ocr]'`"
            )
        import onnxruntime  # type: ignore[import-untyped]

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        # Kept between runs, memory for the widest batch is 150 MB more, and a tenth faster.
        options.enable_cpu_mem_arena = False
        self._session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        alphabet = self._session.get_modelmeta().custom_metadata_map["character"].split("\n")
        size = self._session.get_outputs()[0].shape[-1]
        self._alphabet = [*alphabet, " "][: size - 1]
        self._input: str = self._session.get_inputs()[0].name

    def read(self, pictures: Sequence[PIL.Image.Image]) -> list[LineText]:
        """See LineReader."""
        texts: list[LineText | None] = [None] * len(pictures)
        upright = [_upright(picture) for picture in pictures]
        lines = [_prepare(picture) for picture, _ in upright]
        for batch in _batches([line.shape[1] for line in lines]):
            width = -(-max(lines[i].shape[1] for i in batch) // STEP) * STEP
            for i, text in zip(batch, self._run([lines[i] for i in batch], width), strict=True):
                across = upright[i][1]
                texts[i] = text if across is None else _down(text, across, pictures[i].height)
        return [text for text in texts if text is not None]

    def _run(self, lines: Sequence[NDArray[np.uint8]], width: int) -> Iterator[LineText]:
        pixels = np.full((len(lines), HEIGHT, width), 255, np.uint8)
        for row, line in zip(pixels, lines, strict=True):
            row[:, : line.shape[1]] = line
        values = pixels.astype(np.float32) / 127.5 - 1
        inputs = np.repeat(values[:, None], 3, axis=1)
        probabilities: Any = self._session.run(None, {self._input: inputs})[0]
        for line, table in zip(lines, probabilities, strict=True):
            yield self._decode(table, line.shape[1] / width)

    def _decode(self, table: NDArray[np.float32], share: float) -> LineText:
        """The best path. `table`: [F, V]; `share`: how much of its width the line takes up."""
        best = table.argmax(axis=1)
        chars: list[str] = []
        confidence: list[float] = []
        spans: list[tuple[float, float]] = []
        total = len(best) * share
        before = BLANK
        for frame, number in enumerate(best.tolist()):
            score = float(table[frame, number])
            if number == before and number != BLANK:
                confidence[-1] = max(confidence[-1], score)
                spans[-1] = (spans[-1][0], min(1.0, (frame + 1) / total))
            elif number != BLANK:
                chars.append(self._alphabet[number - 1])
                confidence.append(score)
                spans.append((min(1.0, frame / total), min(1.0, (frame + 1) / total)))
            before = number
        # the few entries of several characters would not fit their spans
        return LineText("".join(c[0] for c in chars), tuple(confidence), tuple(spans), "ocr")


def _upright(picture: PIL.Image.Image) -> tuple[NDArray[np.uint8], Across | None]:
    """Grey values of a line from left to right; a vertical one is set anew."""
    grey = np.asarray(picture.convert("L"))
    if grey.shape[0] <= VERTICAL_RATIO * grey.shape[1]:
        return grey, None
    across = set_across(grey)
    return across.picture, across


def _down(text: LineText, across: Across, height: int) -> LineText:
    """What was read of a line set anew, with spans along the vertical one."""
    spans = tuple((across.down(a) / height, across.down(b) / height) for a, b in text.spans)
    return replace(text, spans=spans)


def _prepare(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Scaled to [HEIGHT, W]."""
    height, width = grey.shape
    size = (min(max(8, round(width * HEIGHT / height)), WIDEST), HEIGHT)
    return np.asarray(
        PIL.Image.fromarray(grey).resize(size, PIL.Image.Resampling.BILINEAR), dtype=np.uint8
    )


def _batches(widths: Sequence[int]) -> Iterator[list[int]]:
    """Lines of about the same width together."""
    batch: list[int] = []
    for i in sorted(range(len(widths)), key=widths.__getitem__):
        steps = -(-widths[i] // STEP) * STEP
        full = (len(batch) + 1) * steps > BATCH_COLUMNS
        if batch and (full or steps > 1.3 * widths[batch[0]] + STEP):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
