"""The pictures of figures, cut out of their page and named in its blocks."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from docparse.types import Block, Page

if TYPE_CHECKING:
    from docparse.pages.page import PageInput


@dataclass(frozen=True, slots=True)
class Pictures:
    """Where the pictures of figures go: into the blocks themselves, or beside the output.

    `folder`: how the output refers to the folder that the caller saves them in, such as
    `report_files`; empty with `embed` off means that no pictures are cut.
    """

    folder: str = ""
    embed: bool = False


@dataclass(frozen=True, slots=True)
class PageResult:
    """A page as read, before the document is known, and its pictures by file name (PNG)."""

    page: Page
    pictures: tuple[tuple[str, bytes], ...] = ()


def cut_pictures(page_input: PageInput, page: Page, pictures: Pictures) -> PageResult:
    """The page with a picture for each block that is one, and the files to save for them."""
    if not pictures.embed and not pictures.folder:
        return PageResult(page)
    from docparse.convert.figures import figure_name, wants_picture
    from docparse.pages.native import crop, to_png

    blocks: list[Block] = []
    files: list[tuple[str, bytes]] = []
    for block in page.blocks:
        if wants_picture(block) and block.bbox.area:
            png = to_png(crop(page_input, block.bbox))
            if pictures.embed:
                href = "data:image/png;base64," + base64.b64encode(png).decode("ascii")
            else:
                file_name = figure_name(page.number, len(files) + 1, block.kind)
                files.append((file_name, png))
                href = f"{pictures.folder}/{file_name}"
            block = replace(block, image=href)
        blocks.append(block)
    return PageResult(replace(page, blocks=tuple(blocks)), tuple(files))
