"""Replies held to a grammar while they are written: JSON Schema, a regular expression, Lark.

The grammar engine is llguidance, behind the small protocol `Constraint`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from docparse.model.problems import ConstraintError
from docparse.model.tokenizer import Tokenizer

# Between the parts of JSON. Without a bound a model can write blanks until its budget ends.
JSON_SPACE = r"[\x20\x0A\x0D\x09]{0,20}"


class Constraint(Protocol):
    """Says which tokens may come next. One reply uses one of them up."""

    def allowed(self, vocabulary: int) -> Tensor | None:
        """Which of the tokens may come next, [vocabulary] of bool; None for all of them."""

    def advance(self, token: int) -> None:
        """Takes the next token; ConstraintError where the grammar cannot go on."""

    def forced(self) -> list[int]:
        """Tokens that must come next, if the grammar leaves no choice."""


class Grammar:
    """A compiled grammar; `start` gives the constraint of one reply."""

    def __init__(self, matcher: Any) -> None:
        self._matcher = matcher

    def start(self) -> GrammarConstraint:
        return GrammarConstraint(self._matcher.deep_copy())


class GrammarConstraint:
    """A `Constraint` by a state of llguidance's matcher."""

    def __init__(self, matcher: Any) -> None:
        self._matcher = matcher

    def allowed(self, vocabulary: int) -> Tensor | None:
        bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        self._check()
        allowed = np.unpackbits(bits, bitorder="little")[:vocabulary]
        # Rows of the embedding past the tokenizer's vocabulary are never allowed.
        padded = np.zeros(vocabulary, dtype=bool)
        padded[: len(allowed)] = allowed
        return torch.from_numpy(padded)

    def advance(self, token: int) -> None:
        self._matcher.consume_token(token)
        self._check()

    def forced(self) -> list[int]:
        return list(self._matcher.compute_ff_tokens())

    def _check(self) -> None:
        if self._matcher.is_error():
            said = str(self._matcher.get_error()).splitlines()
            raise ConstraintError(f"the grammar cannot go on: {said[0] if said else 'unknown'}")


class _Tokens:
    """A tokenizer as llguidance asks for one.

    From its JSON it would take every added token in angle brackets for a mark that no text holds,
    `</p>` for instance.
    """

    bos_token_id = None

    def __init__(self, tokenizer: Tokenizer, vocabulary: int, ends: Sequence[int]) -> None:
        self._tokenizer = tokenizer
        known = [number for number in range(vocabulary) if tokenizer.knows(number)]
        said = {number: tokenizer.bytes_of(number) for number in known}
        self.special_token_ids = [number for number in known if not said[number]]
        said |= {number: b"<%d>" % number for number in self.special_token_ids}
        self.tokens = [said.get(number, b"") for number in range(known[-1] + 1)]
        self.eos_token_id = ends[0] if ends else None

    def __call__(self, text: str | bytes) -> list[int]:
        said = text if isinstance(text, str) else text.decode(errors="replace")
        return self._tokenizer.encode(said)


class GrammarCompiler:
    """Compiles grammars for one tokenizer, which takes about a second to prepare."""

    def __init__(self, tokenizer: Tokenizer, *, vocabulary: int, stops: Collection[int]) -> None:
        try:
            import llguidance
        except ImportError as error:
            raise ConstraintError(
                "constraining replies needs a package: pip install llguidance"
            ) from error
        self._library = llguidance
        # generation_config.json may name tokens that this tokenizer lacks.
        ends = [stop for stop in sorted(stops) if tokenizer.knows(stop)]
        tokens = llguidance.TokenizerWrapper(_Tokens(tokenizer, vocabulary, ends))
        self._tokenizer = llguidance.LLTokenizer(tokens, n_vocab=vocabulary, eos_token=ends)

    def json_schema(self, schema: Mapping[str, Any]) -> Grammar:
        """Replies that are JSON of this schema; ConstraintError where it cannot be followed."""
        text = json.dumps(schema, ensure_ascii=False)
        try:
            grammar = self._library.LLMatcher.grammar_from_json_schema(
                text, overrides={"whitespace_pattern": JSON_SPACE}
            )
        except ValueError as error:
            raise ConstraintError(f"the schema cannot be followed: {error}") from error
        return self._compile(grammar)

    def regex(self, pattern: str) -> Grammar:
        """Replies that match from their first to their last character (Rust syntax)."""
        return self._compile(self._library.LLMatcher.grammar_from_regex(pattern))

    def lark(self, grammar: str) -> Grammar:
        """Replies by a context-free grammar in llguidance's dialect of Lark, from `start`."""
        return self._compile(self._library.LLMatcher.grammar_from_lark(grammar))

    def _compile(self, grammar: str) -> Grammar:
        matcher = self._library.LLMatcher(self._tokenizer, grammar, log_level=0)
        if matcher.is_error():
            raise ConstraintError(f"the grammar does not compile: {matcher.get_error()}")
        return Grammar(matcher)
