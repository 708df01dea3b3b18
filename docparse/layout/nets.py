"""PyMuPDF's layout nets, run faster than it runs them and with the same answers to the bit.

It loads all of them at once, though many documents have no table. Its sessions give their memory
back after every run, which costs a third of the time in page faults, and its way to shrink a
picture takes four times as long as it must.
"""

from __future__ import annotations

import inspect
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime  # type: ignore[import-untyped]

import docparse.mupdf  # noqa: F401  before all parts of PyMuPDF, which load its own nets else

# isort: split
from pymupdf.layout.common_util import to_gray
from pymupdf.layout.onnx import BoxRFDGNN as boxes
from pymupdf.layout.onnx.ImageFeatureExtractorV1 import (
    ImageFeatureExtractorV1,
)
from pymupdf.layout.onnx.table_grid_types import GridPrediction
from pymupdf.layout.onnx.TableGridExtractorV2 import (
    TableGridExtractorV2,
    _decode_anchors,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


def session(path: str, *, threads: int, keep: bool) -> Any:
    """An ONNX session on so many threads (0: as many as there are cores).

    `keep`: it holds on to its memory between runs, which is worth it where every run needs the
    same; a net whose inputs grow with the page would hold what its largest page needed.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors only: PyMuPDF's graph warns of shapes on each page
    # Threads that wait in a loop for their next run would take the cores from all others.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = keep
    # Planned memory is one large block more, and no faster.
    options.enable_mem_pattern = not keep
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


class PictureNet(ImageFeatureExtractorV1):  # type: ignore[misc]
    """The net that sees the page as a picture; it can run while the page's text is read."""

    def __init__(self, path: str, *, alone: bool) -> None:
        """`alone`: everything in one thread, also what `begin` would start in another."""
        super().__init__(session(path, threads=1 if alone else 0, keep=True))
        self._pool = None if alone else ThreadPoolExecutor(1, "picture-net")
        self._begun: Future[list[NDArray[np.float32]]] | None = None
        self._image = np.empty((0, 0, 3), np.uint8)
        inputs = self._session.get_inputs()[0]
        self._input = inputs.name
        self._combined: NDArray[np.float32] | None = None
        self._logits: NDArray[np.float32] | None = None
        self._raw_outputs: NDArray[np.float32] | None = None
        self._target_h, self._target_w = inputs.shape[2:]

    def begin(self, image: NDArray[np.uint8]) -> None:
        """Starts the run that `predict` will next be asked for, with the same image, RGB.

        One that is under way on that image goes on.
        """
        if self._pool and not (self._begun and np.array_equal(image, self._image)):
            self._image = image
            self._begun = self._pool.submit(self._run, image)

    def predict(self, page_img: NDArray[np.uint8], aug_fetmap: None = None) -> None:
        """As PyMuPDF's: the answers are then there for its other methods."""
        begun, self._begun = self._begun, None
        combined, logits = begun.result() if begun else self._run(page_img)
        self._page_h, self._page_w = page_img.shape[:2]
        self._combined, self._logits, self._raw_outputs = combined, logits, logits
        self._detections_picture = self._detections_non_picture = None

    def _run(self, image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        self._combined = self._logits = self._raw_outputs = None  # 60 MB of the page before
        gray = to_gray(shrink(image, (self._target_w, self._target_h))).astype(np.float32)
        low, high = gray.min(), gray.max()
        gray = (gray - low) / (high - low) if high > low else np.zeros_like(gray)
        answers: list[NDArray[np.float32]] = self._session.run(
            ["combined", "logits"], {self._input: gray[None, None]}
        )
        return answers


class GridNet(TableGridExtractorV2):  # type: ignore[misc]
    """The net that proposes where rows and columns of a table part; loaded for a first table."""

    def __init__(self, *args: Any, threads: int, **kwargs: Any) -> None:
        # Not as PyMuPDF does it, which loads the net and runs it once.
        given = inspect.signature(super().__init__).bind(*args, **kwargs)
        given.apply_defaults()
        self.__dict__.update(given.arguments)
        self._conn_sess = None
        self._threads = threads

    @cached_property
    def _grid_sess(self) -> Any:
        return session(self.grid_onnx_path, threads=self._threads, keep=True)

    def predict_grid(self, image_bgr: NDArray[np.uint8]) -> GridPrediction:
        """As PyMuPDF's."""
        height, width = image_bgr.shape[:2]
        input_height, input_width = self._grid_sess.get_inputs()[0].shape[2:]
        small = shrink(image_bgr, (input_width, input_height))[:, :, ::-1]
        net_input = (small.astype(np.float32) / 255.0).transpose(2, 0, 1)[None]
        rows_on, rows_off, columns_on, columns_off, *_ = self._grid_sess.run(
            None, {"image": net_input}
        )
        least = self.nms_min_dist
        rows, row_odds, _ = _decode_anchors(rows_on[0], rows_off[0], self.h_on_threshold, least)
        columns, column_odds, _ = _decode_anchors(
            columns_on[0], columns_off[0], self.v_on_threshold, least
        )
        return GridPrediction(
            h_lines=sorted(float(y) * height for y in rows),
            v_lines=sorted(float(x) * width for x in columns),
            h_on_prob=row_odds,
            v_on_prob=column_odds,
            h_lines_norm=rows,
            v_lines_norm=columns,
            h_cls=np.ones(len(rows), dtype=np.int32),
        )


class Model(boxes.BoxRFDGNN):  # type: ignore[misc]
    """PyMuPDF's model with these nets in it; `alone`: everything in one thread."""

    def __init__(self, *, alone: bool) -> None:
        self._threads = 1 if alone else 0
        theirs = boxes.TableGridExtractorV2
        boxes.TableGridExtractorV2 = partial(GridNet, threads=self._threads)
        try:
            super().__init__()
        finally:
            boxes.TableGridExtractorV2 = theirs
        self.feature_extractor = PictureNet(self.imf_model_path, alone=alone)

    def load_onnx_model(self, model_path: str) -> None:
        self.session = session(model_path, threads=self._threads, keep=False)


def shrink(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """An image, (height, width, 3), at `size` (width, height), between the four nearest pixels.

    Equal to `resize_image` of pymupdf.layout.common_util.
    """
    (x0, x1, y0, y1), weights = _places(image.shape[:2], size)
    shrunk = np.empty((size[1], size[0], 3), dtype=np.uint8)
    for channel in range(3):
        above, below = image[y0, :, channel], image[y1, :, channel]
        mixed = weights[0] * above[:, x0]
        mixed += weights[1] * above[:, x1]
        mixed += weights[2] * below[:, x0]
        mixed += weights[3] * below[:, x1]
        shrunk[:, :, channel] = mixed
    return shrunk


@lru_cache(maxsize=1)
def _places(
    shape: tuple[int, int], size: tuple[int, int]
) -> tuple[tuple[NDArray[np.intp], ...], tuple[NDArray[np.float64], ...]]:
    """Columns and rows of the nearest pixels, and the weights of the four."""
    (height, width), (new_width, new_height) = shape, size
    x = (np.arange(new_width) + 0.5) * (width / new_width) - 0.5
    y = (np.arange(new_height) + 0.5) * (height / new_height) - 0.5
    x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
    dx, dy = (x - x0)[None, :], (y - y0)[:, None]
    x1, y1 = np.clip(x0 + 1, 0, width - 1), np.clip(y0 + 1, 0, height - 1)
    places = (np.clip(x0, 0, width - 1), x1, np.clip(y0, 0, height - 1), y1)
    return places, ((1 - dx) * (1 - dy), dx * (1 - dy), (1 - dx) * dy, dx * dy)
