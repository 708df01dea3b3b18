"""Text to tokens and back, a streamed reply never cut inside a character."""

from __future__ import annotations

import codecs
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path

import tokenizers

from docparse.model.problems import ConfigError


class Tokenizer:
    """A byte-level BPE from a `tokenizer.json`. Texts are data: marks such as <|im_end|> in them
    are spelt out as ordinary characters, and only `special` gives a mark's own token."""

    def __init__(self, inner: tokenizers.Tokenizer) -> None:
        if not isinstance(inner.decoder, tokenizers.decoders.ByteLevel):
            raise ConfigError("the tokenizer is not byte-level, as those of this family are")
        self._inner = inner
        # The name says otherwise, but this makes marks in a text be read as text.
        inner.encode_special_tokens = True
        inner.no_padding()
        inner.no_truncation()
        self._added = {
            number: (token.content, token.special)
            for number, token in inner.get_added_tokens_decoder().items()
        }
        self._names = {content: number for number, (content, _) in self._added.items()}
        # Drafts look at the end of the reply at each of its steps.
        self._bytes: dict[int, bytes] = {}

    @classmethod
    def read(cls, path: Path) -> Tokenizer:
        """The tokenizer in a file; ConfigError where there is none."""
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"{path} cannot be read: {error.strerror or error}") from error
        try:
            inner = tokenizers.Tokenizer.from_str(text)
        except Exception as error:
            raise ConfigError(f"{path} is no tokenizer: {error}") from error
        return cls(inner)

    def special(self, name: str) -> int:
        """The token of a mark such as `<|im_start|>`; ConfigError where there is none."""
        if name not in self._names:
            raise ConfigError(f"the tokenizer has no {name}")
        return self._names[name]

    def knows(self, number: int) -> bool:
        """Whether there is such a token."""
        return self._inner.id_to_token(number) is not None

    def encode(self, text: str) -> list[int]:
        return list(self._inner.encode(text, add_special_tokens=False).ids)

    def decode(self, ids: Iterable[int], *, keep: Collection[str] = ()) -> str:
        """The text of tokens, without marks but those in `keep`; broken characters left out."""
        written = b"".join(self.bytes_of(number, keep) for number in ids)
        return codecs.getincrementaldecoder("utf-8")(errors="replace").decode(written)

    def stream(self, *, keep: Collection[str] = ()) -> TextStream:
        return TextStream(self, frozenset(keep))

    def bytes_of(self, number: int, keep: Collection[str] = ()) -> bytes:
        """What a token stands for; nothing for a mark that is not in `keep`."""
        if number in self._added:
            content, special = self._added[number]
            return b"" if special and content not in keep else content.encode()
        if number not in self._bytes:
            # Rows of the embedding past the vocabulary are padding.
            piece = self._inner.id_to_token(number) or ""
            table = byte_of_character()
            self._bytes[number] = bytes(table[char] for char in piece if char in table)
        return self._bytes[number]

    def to_json(self) -> str:
        return str(self._inner.to_str())


class TextStream:
    """Turns tokens into text one by one, holding bytes back until they make a character."""

    def __init__(self, tokenizer: Tokenizer, keep: frozenset[str]) -> None:
        self._tokenizer = tokenizer
        self._keep = keep
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def push(self, number: int) -> str:
        """The characters that this token completes, often none for Japanese."""
        return self._decoder.decode(self._tokenizer.bytes_of(number, self._keep))


@cache
def byte_of_character() -> dict[str, int]:
    """The byte that each character of a byte-level vocabulary stands for.

    Printable Latin-1 stands for itself; the other bytes got the characters from U+0100 on, in
    their order (GPT-2's table, which all byte-level tokenizers use).
    """
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    table = {chr(byte): byte for byte in plain}
    others = [byte for byte in range(256) if byte not in plain]
    return table | {chr(0x100 + place): byte for place, byte in enumerate(others)}
