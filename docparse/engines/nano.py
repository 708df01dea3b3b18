"""Our own line reader: pictures of text lines in, their characters out, in one pass of the tower.

Lines are scaled to one group of patches across and read by the CTC head that is kept beside the
checkpoint. What that leaves open the decoder settles with it; then, between Japanese characters
that look alike, those beside them decide, and between spellings of a Latin word the dictionary. A
line longer than the model has seen is read in overlapping pieces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from threading import Barrier

import numpy as np
import numpy.typing as npt
import PIL.Image
import torch

from docparse.engines.bigrams import is_japanese, load_bigrams, settled
from docparse.engines.compounds import compounded
from docparse.engines.figures import count_high, num_high, with_commas
from docparse.engines.lines import VERTICAL_RATIO, LineText
from docparse.engines.spelling import load_spelling, respelt
from docparse.errors import MissingEngineError
from docparse.model.config import read_config
from docparse.model.ctc import FRAMES, CharRead, read_greedily, read_head
from docparse.model.fusion import Fusion
from docparse.model.lines import encode_lines, line_rows
from docparse.model.load import choose_dtype, load_checkpoint
from docparse.model.preprocess import read_pixel_config
from docparse.model.problems import ModelError
from docparse.model.weights import load_tower

# The checkpoint that comes with the package.
FOLDER = Path(__file__).parent.parent / "assets" / "nano"
HEAD = "ctc.safetensors"
TOKENIZER = "tokenizer.json"
BIGRAMS = "bigrams.npz"
SPELLING = "words.txt.gz"
SIDE = 28  # pixels across a line, and what lengths are multiples of
FRAME = 14 / FRAMES  # pixels along a line for each frame of the head
# Pixels along a line: of a piece (nothing longer was trained on), and what two pieces share.
PIECE = 40 * SIDE
SHARED = 4 * SIDE
# Pixels along the lines of a batch: what their scores take stays near the cache.
BATCH = 160 * SIDE
# Batches are read side by side: what is done to one is too little to be shared out. More threads
# than this wait for each other.
MOST_THREADS = 4
# Pixels along a line for each wide character or two narrow ones: less than the first is close, and
# drawn out to the second, but so many times at the most. Lines as sure as this are left alone.
CLOSE, USUAL, LONGEST = 23.0, 25.0, 2.0
SURE = 0.97
# Numbers that seem to lack a figure are drawn out so many times, and told as they are read then
# unless that is by so much less sure; where one is lacking still, no figure is surer than this.
RECOUNTED, SURER, DOUBT = 1.3, 0.15, 0.5
# How far a character reaches from its centre at the most, in pixels along a line.
WIDE_REACH, NARROW_REACH = 15.0, 9.0
# What Latin letters have instead of wide signs.
_NARROW = {0xFF01 + place: 0x21 + place for place in range(94)} | {ord("。"): ".", ord("、"): ","}
# Figures and their signs, narrow and wide.
_FIGURES = re.compile("[0-9:.,+%/０-９：．，＋％／-]{2,}")
_GROUPED = re.compile(r"(?<![0-9])[0-9]{1,3}(?:,[ \u3000]{0,2}[0-9]{3})+(?![0-9])")
# The same behind the point, where what follows is no item of a list that is numbered (12. 3月).
_DECIMAL = re.compile(
    r"(?<=[0-9]{2}\.)[ \u3000]+(?=[0-9]{2}(?![0-9年月日])|[0-9](?:[ \u3000%％)）\]］]|$))"
)
# Blanks that no Japanese text has: the empty half of a wide bracket, within a date, before a unit,
# behind the sign of a loss or of a note.
_STRAY = re.compile(
    r"(?<=[(（「『【〔［])[ \u3000]+|[ \u3000]+(?=[)）」』】〕］])"
    r"|(?<=[年月])[ \u3000]+(?=[0-9０-９]{1,2}[月日])|(?<=[※△▲])[ \u3000]+(?=[0-9０-９])"
    r"|(?<=注[)）])[ \u3000]+(?=[0-9０-９])"
    r"|(?<=[0-9])[ \u3000]+(?=(?:(?:千|万|百万|億)?円|株)(?![一-龠]))"
)
_LATIN = re.compile("[A-Za-z]{2}")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line turned so that it runs down the first axis: grey [along, across], `length` of its
    pixels, the rest of them padding."""

    grey: npt.NDArray[np.uint8]
    vertical: bool
    length: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """Pixels `start` to `end` of a line; its characters from frame `first` to `last` count."""

    line: int
    start: int
    end: int
    first: float
    last: float


class NanoReader:
    """A `LineReader` by a checkpoint of ours; made once, it reads as often as asked."""

    name = "nano"

    def __init__(self, folder: Path = FOLDER, *, threads: int = 0) -> None:
        """`threads`: read so many batches at once, 0 for one on each core that torch may have.

        Raises MissingEngineError where the folder holds no line reader.
        """
        device = torch.device("cpu")
        try:
            config = read_config(folder)
            dtype = choose_dtype(device, config.dtype)
            self._pixels = read_pixel_config(folder)
            self._head, self._characters = read_head(folder / HEAD, dtype=dtype, frozen=True)
            self._fusion: Fusion | None = None
            if (folder / TOKENIZER).is_file():
                checkpoint = load_checkpoint(folder, device=device, dtype=dtype)
                self._tower = checkpoint.model.tower
                self._fusion = Fusion(checkpoint, self._characters)
            else:  # what stage a leaves has no decoder
                self._tower = load_tower(config, folder, device=device, dtype=dtype)
        except ModelError as error:
            raise MissingEngineError(
                f"the line reader cannot be loaded: {error}", "install docparse again"
            ) from error
        self._bigrams = load_bigrams(folder / BIGRAMS)
        self._spelling = load_spelling(folder / SPELLING)
        self._threads = _start(threads or min(torch.get_num_threads(), MOST_THREADS))

    def read(self, pictures: Sequence[PIL.Image.Image]) -> list[LineText]:
        """What each picture says, in the same order; see `engines.lines.LineReader`.

        Unsure lines in which characters stand close are drawn out, read again, and told as they
        were read with the more confidence.
        """
        lines = [_scaled(picture) for picture in pictures]
        found = self._texts(lines)
        close = [
            (number, picture, room)
            for number, (picture, line, text) in enumerate(zip(pictures, lines, found, strict=True))
            if 0 < (room := _room(text.text, line.length)) < CLOSE and text.mean_confidence < SURE
        ]
        drawn_out = [_scaled(picture, min(LONGEST, USUAL / room)) for _, picture, room in close]
        for (number, *_), again in zip(close, self._texts(drawn_out), strict=True):
            found[number] = max(found[number], again, key=lambda text: text.mean_confidence)
        return self._recounted(pictures, lines, found)

    def _recounted(
        self,
        pictures: Sequence[PIL.Image.Image],
        lines: Sequence[_Line],
        found: Sequence[LineText],
    ) -> list[LineText]:
        """The texts; numbers of which a figure seems to be dropped are read again, drawn out."""
        texts = list(found)
        short: dict[int, int] = {}
        for number, (line, text) in enumerate(zip(lines, found, strict=True)):
            told = 0 if line.vertical else num_high(text.text)
            if told and (shown := count_high(line.grey[: line.length].T)) > told:
                short[number] = shown
        drawn_out = self._texts([_scaled(pictures[number], RECOUNTED) for number in short])
        for (number, shown), again in zip(short.items(), drawn_out, strict=True):
            text, told = texts[number], num_high(again.text)
            is_nearer = abs(told - shown) < shown - num_high(text.text)
            if is_nearer and again.mean_confidence > text.mean_confidence - SURER:
                text = again
            if num_high(text.text) < shown:
                text = replace(text, confidence=tuple(min(c, DOUBT) for c in text.confidence))
            texts[number] = text
        return texts

    def _texts(self, lines: Sequence[_Line]) -> list[LineText]:
        pieces = [piece for number, line in enumerate(lines) for piece in _pieces(number, line)]
        found: list[list[CharRead]] = [[] for _ in lines]
        batches = list(_batches(pieces, lines))
        read = self._threads.map(partial(self._read, lines=lines), batches)
        for batch, texts in zip(batches, read, strict=True):
            for piece, chars in zip(batch, texts, strict=True):
                found[piece.line] += _kept(chars, piece)
        return [
            _to_text(self._settled(chars), line.length, self._characters)
            for chars, line in zip(found, lines, strict=True)
        ]

    def _settled(self, chars: Sequence[CharRead]) -> list[CharRead]:
        ordered = sorted(chars, key=lambda char: char.first)
        one_form = _one_form(ordered, self._characters)
        likeliest = settled(one_form, self._characters, self._bigrams)
        likeliest = compounded(likeliest, self._characters, self._bigrams, self._spelling)
        return _without_blanks(likeliest, self._characters)

    @torch.inference_mode()
    def _read(self, batch: Sequence[_Piece], lines: Sequence[_Line]) -> list[list[CharRead]]:
        vertical = lines[batch[0].line].vertical
        grey = np.stack([lines[piece.line].grey[piece.start : piece.end] for piece in batch])
        grey_BHW = torch.from_numpy(grey if vertical else grey.transpose(0, 2, 1).copy())
        encoded = encode_lines(self._tower, line_rows(grey_BHW, self._pixels), vertical=vertical)
        logits_BFV = self._head(encoded, vertical=vertical)
        read = read_greedily(logits_BFV)
        read = [_one_form(line, self._characters) for line in read]
        if self._fusion is not None:
            read = self._fusion.settle(read, logits_BFV, encoded, vertical=vertical)
        if vertical:
            return read
        return [self._respelt(*line) for line in zip(read, logits_BFV, strict=True)]

    def _respelt(self, chars: Sequence[CharRead], logits_FV: torch.Tensor) -> list[CharRead]:
        def frames(first: int, last: int) -> npt.NDArray[np.float32]:
            return logits_FV[first:last].float().log_softmax(-1).numpy()

        return respelt(chars, self._characters, self._spelling, frames)


def _start(count: int) -> ThreadPoolExecutor:
    """Threads on which torch keeps to one core each."""
    before = torch.get_num_threads()
    started = Barrier(count + 1)

    def begin() -> None:
        torch.get_num_threads()  # or the first product takes the number that was last set anywhere
        torch.set_num_threads(1)
        started.wait()

    pool = ThreadPoolExecutor(count, "nano", initializer=begin)
    for _ in range(count):
        pool.submit(int)
    started.wait()
    # What was last set anywhere is what threads begin with that others start from here on.
    torch.set_num_threads(before)
    return pool


def _room(text: str, length: int) -> float:
    """Pixels along a line for each wide character, or for two narrow ones; 0 without any."""
    narrow = sum(1 + _is_wide(char) for char in text)
    return 2 * length / narrow if narrow else 0.0


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"


def _scaled(picture: PIL.Image.Image, drawn_out: float = 1.0) -> _Line:
    """The line SIDE pixels across, with paper up to the next multiple of SIDE at its end.

    `drawn_out`: how many times as long as it is.
    """
    grey = picture.convert("L")
    vertical = grey.height > VERTICAL_RATIO * grey.width
    across, along = (grey.width, grey.height) if vertical else (grey.height, grey.width)
    length = max(1, round(along * drawn_out * SIDE / across))
    size = (SIDE, length) if vertical else (length, SIDE)
    pixels = np.asarray(grey.resize(size, PIL.Image.Resampling.BICUBIC))
    padded = np.full((-(-length // SIDE) * SIDE, SIDE), np.median(pixels), dtype=np.uint8)
    padded[:length] = pixels if vertical else pixels.T
    return _Line(padded, vertical, length)


def _pieces(number: int, line: _Line) -> Iterator[_Piece]:
    """The line, or pieces of it that overlap; they part where there is most paper."""
    total = len(line.grey)
    starts = [0]
    while starts[-1] + PIECE < total:
        starts.append(starts[-1] + PIECE - SHARED)
    cuts = [0.0, *(_lightest(line, start) / FRAME for start in starts[1:]), total / FRAME]
    for start, (first, last) in zip(starts, pairwise(cuts), strict=True):
        yield _Piece(number, start, min(start + PIECE, total), first, last)


def _lightest(line: _Line, start: int) -> float:
    """The middle of the lightest stretch in what a piece shares with the one before it."""
    quarter, wide = SHARED // 4, 13
    grey = line.grey[start + quarter : start + 3 * quarter].mean(axis=1)
    smooth = np.convolve(grey, np.ones(wide), "valid")
    return start + quarter + int(smooth.argmax()) + wide / 2


def _batches(pieces: Sequence[_Piece], lines: Sequence[_Line]) -> Iterator[list[_Piece]]:
    """Pieces of one size and direction together, as many as make a good batch."""
    groups: dict[tuple[bool, int], list[_Piece]] = {}
    for piece in pieces:
        key = (lines[piece.line].vertical, piece.end - piece.start)
        groups.setdefault(key, []).append(piece)
    for (_, size), group in groups.items():
        most = max(1, BATCH // size)
        yield from (group[at : at + most] for at in range(0, len(group), most))


def _kept(chars: Sequence[CharRead], piece: _Piece) -> Iterator[CharRead]:
    """The characters that are this piece's to read, with their frames in the whole line."""
    offset = round(piece.start / FRAME)
    for char in chars:
        if piece.first <= char.first + offset < piece.last:
            yield replace(char, first=char.first + offset, last=char.last + offset)


def _one_form(chars: Sequence[CharRead], characters: str) -> list[CharRead]:
    """A character seen as another in the next frame is one: the surer of them.

    It is seen as wide and as narrow, or as two wide characters that have no room side by side.
    """
    kept: list[CharRead] = []
    for char in chars:
        before = kept[-1] if kept else None
        if (
            before
            and char.first == before.last + 1
            and (_is_same(before, char, characters) or _is_crowded(before, char, characters))
        ):
            surer = max(before, char, key=lambda one: one.confidence)
            kept[-1] = replace(surer, first=before.first, last=char.last)
        else:
            kept.append(char)
    return kept


def _is_same(one: CharRead, other: CharRead, characters: str) -> bool:
    forms = [unicodedata.normalize("NFKC", characters[char.number - 1]) for char in (one, other)]
    return one.number != other.number and forms[0] == forms[1]


def _is_crowded(one: CharRead, other: CharRead, characters: str) -> bool:
    """Whether two ideographs are a frame apart each, a fifth of their width."""
    pair = [characters[char.number - 1] for char in (one, other)]
    return other.last == one.first + 1 and all("\u4e00" <= char <= "\u9fff" for char in pair)


def _without_blanks(chars: Sequence[CharRead], characters: str) -> list[CharRead]:
    """Without the blanks in 1, 200, 000, as fonts with wide commas are read, and stray ones.

    Among Latin words the former may be a list.
    """
    text = "".join(characters[char.number - 1] for char in chars)
    is_latin = _LATIN.search(text)
    found = [] if is_latin else [*_GROUPED.finditer(text), *_DECIMAL.finditer(text)]
    # a note's mark may stand alone in its piece of the line
    if "※" in text or any(map(is_japanese, text)):
        found += _STRAY.finditer(text)
    blanks = {
        part.start() + place
        for part in found
        for place, char in enumerate(part[0])
        if char.isspace()
    }
    return [char for place, char in enumerate(chars) if place not in blanks]


def _to_text(chars: Sequence[CharRead], length: int, characters: str) -> LineText:
    """Text, without blanks at its ends, and where its characters stand."""
    text = "".join(characters[char.number - 1] for char in chars)
    text = with_commas(_FIGURES.sub(_one_width, _latin_width(text)))
    start = len(text) - len(text.lstrip())
    end = len(text.rstrip())
    spans = _spans(text, chars, length)
    return LineText(
        text=text[start:end],
        confidence=tuple(min(1.0, char.confidence) for char in chars[start:end]),
        spans=tuple(spans[start:end]),
        source="model",
    )


def _latin_width(text: str) -> str:
    """A line of Latin letters has no wide ones; one of which all are wide is left as it is."""
    is_latin = any(char.isascii() and char.isalnum() for char in text)
    return text if any(map(is_japanese, text)) or not is_latin else text.translate(_NARROW)


def _one_width(found: re.Match[str]) -> str:
    """A figure is set in one width: narrow, if only some of it looks wide."""
    narrow = unicodedata.normalize("NFKC", found[0])
    is_mixed = any(a == b for a, b in zip(found[0], narrow, strict=True))
    return narrow if is_mixed else found[0]


def _spans(text: str, chars: Sequence[CharRead], length: int) -> list[tuple[float, float]]:
    """Around each character's frames, as far as it may reach and half way to its neighbours."""
    centres = [(char.first + char.last + 1) / 2 * FRAME for char in chars]
    middles = [(a + b) / 2 for a, b in pairwise(centres)]
    spans: list[tuple[float, float]] = []
    for char, centre, low, high in zip(
        text, centres, [0.0, *middles], [*middles, float(length)], strict=False
    ):
        reach = WIDE_REACH if _is_wide(char) else NARROW_REACH
        span = max(low, centre - reach), min(high, centre + reach)
        spans.append((min(1.0, span[0] / length), min(1.0, span[1] / length)))
    return spans
