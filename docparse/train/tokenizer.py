"""tokenizer.json of docparse-nano: byte-level BPE in which every character we read is one token."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from docparse.train.alphabet import ALPHABET

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# The pattern of the released Qwen2.5-VL tokenizers (spec qwen_vl, section 4.2).
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPECIAL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>",
    "<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>",
    "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip
# Markup that every reply repeats, so that it costs few tokens.
MARKUP = (
    ' data-bbox="', "<html><body>", "</body></html>", "<p", "</p>", "<h1", "</h1>", "<h2", "</h2>",
    "<table", "</table>", "<tr>", "</tr>", "<td>", "</td>", "<th>", "</th>",
    '<div class="', "</div>", "<img", " />", "<li", "</li>", "<ul", "</ul>", '"> ', '">',
)  # fmt: skip


def build_tokenizer(english: Iterable[str], num_pieces: int = 1500) -> Tokenizer:
    """A tokenizer with one token for each character of ALPHABET and frequent English pieces."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers
    from tokenizers.models import BPE

    letters = byte_letters()
    vocabulary = {letter: index for index, letter in enumerate(letters)}
    merges: list[tuple[str, str]] = []

    def join(left: str, right: str) -> None:
        if left + right not in vocabulary:
            vocabulary[left + right] = len(vocabulary)
            merges.append((left, right))

    for char in ALPHABET:
        whole = ""
        for byte in char.encode():
            if whole:
                join(whole, letters[byte])
            whole += letters[byte]
    for left, right in _english_merges(english, num_pieces):
        join(left, right)
    tokenizer = Tokenizer(BPE(vocabulary, merges))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in SPECIAL])
    tokenizer.add_tokens([AddedToken(name, normalized=False) for name in MARKUP])
    return tokenizer


def byte_letters() -> list[str]:
    """The printable letter that stands for each byte in byte-level BPE (GPT-2's table)."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in plain else chr(next(others)) for byte in range(256)]


def _english_merges(words: Iterable[str], num_pieces: int) -> list[tuple[str, str]]:
    """Merges of the most frequent pieces of English words, with and without a blank before."""
    import json

    from tokenizers import Tokenizer, pre_tokenizers
    from tokenizers.models import BPE
    from tokenizers.trainers import BpeTrainer

    trained = Tokenizer(BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    ascii_words = [word for word in words if word.isascii()]
    trainer = BpeTrainer(
        vocab_size=256 + num_pieces,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    trained.train_from_iterator((f"{word} {word}" for word in ascii_words), trainer)
    merges = json.loads(trained.to_str())["model"]["merges"]
    return [(left, right) for left, right in merges]
