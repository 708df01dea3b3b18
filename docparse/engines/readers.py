"""The readers of lines that are at hand, by name, two of them as one, and one still to come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rapidfuzz.distance import Levenshtein

from docparse.engines.lines import LineReader, LineText

if TYPE_CHECKING:
    import PIL.Image

# A line that is read with less certainty, on average, is read again by the other reader.
SURE = 0.985
# Characters of one shape, of which a reader that heeds the words around knows which one it is.
_ALIKE = (
    "りリ", "へヘ", "べベ", "ぺペ", "・·", "二ニ", "一ー", "口ロ", "力カ", "夕タ", "卜ト", "工エ",
    "八ハ", "0O", "○〇",
)  # fmt: skip
_GROUP = {char: group for group in _ALIKE for char in group}


@dataclass(frozen=True, slots=True)
class SurerReader:
    """Reads by `first`, and what it is not sure of by `second` too: the surer one wins.

    `second` may be one for Chinese, to which 査 is 查 and り is リ: where it has taken a character
    for another of the same shape, that of `first` stays.
    """

    first: LineReader
    second: LineReader

    @property
    def name(self) -> str:
        return f"{self.first.name}, {self.second.name} where it is unsure"

    def read(self, pictures: Sequence[PIL.Image.Image]) -> list[LineText]:
        """See LineReader."""
        texts = list(self.first.read(pictures))
        unsure = [i for i, text in enumerate(texts) if text.mean_confidence < SURE]
        again = self.second.read([pictures[i] for i in unsure])
        for i, text in zip(unsure, again, strict=True):
            if text.mean_confidence > texts[i].mean_confidence:
                texts[i] = _keeping_forms(texts[i], text)
        return texts


def _keeping_forms(first: LineText, second: LineText) -> LineText:
    """What was read second, with characters of the first where they differ in form alone."""
    chars, confidence = list(second.text), list(second.confidence)
    for at, place in _forms(first.text, second.text):
        chars[at], confidence[at] = first.text[place], first.confidence[place]
    return replace(second, text="".join(chars), confidence=tuple(confidence))


def _forms(first: str, second: str) -> Iterator[tuple[int, int]]:
    """Places in the second text whose character is that of a place in the first, in its form."""
    for edit in Levenshtein.opcodes(first, second):
        size = edit.src_end - edit.src_start
        if edit.tag != "replace" or size != edit.dest_end - edit.dest_start:
            continue
        for step in range(size):
            ours, theirs = first[edit.src_start + step], second[edit.dest_start + step]
            if ours in _GROUP.get(theirs, "") or (_is_kanji(ours) and not _is_japanese(theirs)):
                yield edit.dest_start + step, edit.src_start + step


def _is_kanji(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff"


def _is_japanese(char: str) -> bool:
    """Whether a character is one of JIS X 0208."""
    try:
        return bool(char.encode("shift_jis"))
    except UnicodeEncodeError:
        return False


class ComingReader:
    """A reader that is loaded while its first lines are looked for; it takes that from then on."""

    def __init__(self, name: str, load: Callable[[], LineReader]) -> None:
        """What `load` raises is raised by `read`."""
        self.name = name
        pool = ThreadPoolExecutor(1, "reader")
        self._reader = pool.submit(load)
        pool.shutdown(wait=False)

    def read(self, pictures: Sequence[PIL.Image.Image]) -> list[LineText]:
        """See LineReader."""
        return self._reader.result().read(pictures)


def limit_threads() -> None:
    """Lets readers that are loaded from now on run on one thread, in processes that share cores."""
    import cv2

    cv2.setNumThreads(1)
    _threads[:] = [1]


def load_reader(name: str = "auto") -> LineReader | None:
    """The reader of that name; off is None.

    auto is our own, and what it is not sure of is read by RapidOCR too where that is installed.
    Ours is loaded beside what is done until it is first asked to read, and if it cannot be loaded
    that raises MissingEngineError. So does this where another that is named is not installed.
    """
    from docparse.engines.rapid import RapidReader, find_model

    if name == "off":
        return None
    if name == "rapidocr":
        return RapidReader(threads=_threads[0])
    nano = ComingReader("nano", _load_nano)
    if name == "nano" or not find_model():
        return nano
    return SurerReader(nano, RapidReader(threads=_threads[0]))


def _load_nano() -> LineReader:
    from docparse.engines.nano import NanoReader

    return NanoReader(threads=_threads[0])


_threads = [0]  # as onnxruntime counts them: one for each core
