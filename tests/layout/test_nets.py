"""Our runs of PyMuPDF's nets answer what PyMuPDF's own answer, to the bit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pymupdf
import pytest
from pymupdf.layout.common_util import resize_image
from pymupdf.layout.DocumentLayoutAnalyzer import get_model

from docparse.layout.nets import Model, PictureNet, shrink

REPORT = Path(__file__).parents[2] / "samples" / "report.pdf"


def image_of(number: int) -> np.ndarray[Any, Any]:
    """A page of the sample as RGB, one pixel a point."""
    with pymupdf.open(REPORT) as document:
        pixmap = document[number].get_pixmap()
        pixels = np.frombuffer(pixmap.samples, dtype=np.uint8)
        return pixels.reshape(pixmap.height, pixmap.width, 3)


@pytest.fixture(scope="module")
def theirs() -> Any:
    return get_model()._model


@pytest.mark.parametrize("shape", [(842, 595), (300, 300), (80, 100), (17, 9), (1, 1), (2000, 1)])
def test_a_picture_is_shrunk_as_by_pymupdf(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(7).integers(0, 256, (*shape, 3), dtype=np.uint8)
    np.testing.assert_array_equal(shrink(image, (300, 280)), resize_image(image, (300, 280)))


@pytest.mark.parametrize("begins", [True, False], ids=["ahead", "when asked"])
def test_the_picture_net_sees_the_same(theirs: Any, *, begins: bool) -> None:
    image = image_of(0)
    net = PictureNet(theirs.imf_model_path, alone=not begins)
    if begins:
        net.begin(image)
    net.predict(image)
    own = theirs.feature_extractor
    own.predict(image)
    np.testing.assert_array_equal(net.get_feature_map(), own.get_feature_map())
    np.testing.assert_array_equal(net.get_class_logits(), own.get_class_logits())
    assert net.get_picture_detections() == own.get_picture_detections()


def test_a_run_under_way_on_an_image_goes_on(theirs: Any) -> None:
    image = image_of(0)
    net = PictureNet(theirs.imf_model_path, alone=False)
    net.begin(image)
    begun = net._begun
    net.begin(image.copy())
    assert net._begun is begun
    net.begin(image[:400])
    assert net._begun is not begun


def test_the_grid_net_sees_the_same(theirs: Any) -> None:
    image = image_of(0)[100:300]
    boxes = [
        [20.0 + 90 * i, 10.0 + 30 * j, 80.0 + 90 * i, 22.0 + 30 * j]
        for i in range(5)
        for j in range(6)
    ]
    grid, cells = Model(alone=True).table_grid_extractor.predict(image, boxes)
    own_grid, own_cells = theirs.table_grid_extractor.predict(image, boxes)
    assert (grid.h_lines, grid.v_lines) == (own_grid.h_lines, own_grid.v_lines)
    assert cells == own_cells


def test_nets_are_loaded_when_they_are_needed_and_for_others_too() -> None:
    code = f"""
from pathlib import Path
from docparse.layout.detector import _model
from docparse.mupdf import _look, pymupdf
assert pymupdf._get_layout is _look
assert pymupdf.TOOLS.unset_quad_corrections()  # else boxes of letters are others
assert "_grid_sess" not in vars(_model().table_grid_extractor)
with pymupdf.open({str(REPORT)!r}) as pdf:
    pdf.select([0])
    assert "Shade on the Way to School" in pdf.to_markdown()
    pdf[0].get_layout()
assert pymupdf._get_layout is not _look
"""
    subprocess.run([sys.executable, "-c", code], check=True)
