"""Scheduling with a fake model; drafts and grammars that leave the reply of a real one alone."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import oracle
import pytest
import torch
from PIL import Image
from torch import Tensor

from docparse.engines.nano import FOLDER, TOKENIZER
from docparse.model.chat import PICTURE, Message
from docparse.model.constrain import GrammarCompiler
from docparse.model.generate import generate
from docparse.model.load import Checkpoint, load_checkpoint
from docparse.model.positions import Positions
from docparse.model.preprocess import prepare_picture
from docparse.model.problems import ConstraintError
from docparse.model.prompt import Prompt
from docparse.model.reply import Request, Result
from docparse.model.sampling import Sampling
from docparse.model.speculate import LikelyReply, Repetition
from docparse.model.tokenizer import Tokenizer

VOCABULARY = 432


class Script:
    """A fake runner: after n it says n + 1, n + 2, ..; it checks what it is told."""

    def __init__(self) -> None:
        self.texts: dict[int, list[int]] = {}
        self.prompts: dict[int, Prompt] = {}
        self.passes = 0

    def open(self, first: int, prompts: Sequence[Prompt]) -> None:
        # Slots that are left are not given back; the next to open says so.
        self.texts = {slot: text for slot, text in self.texts.items() if slot < first}
        for slot, prompt in enumerate(prompts, start=first):
            self.texts[slot], self.prompts[slot] = [], prompt

    def fill(self, first: int, counts: Sequence[int]) -> Tensor:
        for slot, count in enumerate(counts, start=first):
            text = self.texts[slot]
            text += self.prompts[slot].ids[len(text) : len(text) + count]
        return self._logits([self.texts[first + n][-1:] for n in range(len(counts))])

    def extend(self, tokens: Sequence[Sequence[int]]) -> Tensor:
        self.passes += 1
        for slot, part in enumerate(tokens):
            assert len(self.texts[slot]) >= len(self.prompts[slot].ids)
            self.texts[slot] += part
        return self._logits(tokens)

    def cut(self, slot: int, length: int) -> None:
        del self.texts[slot][length:]

    def move(self, source: int, target: int) -> None:
        self.texts[target], self.prompts[target] = self.texts[source], self.prompts[source]

    def _logits(self, tokens: Sequence[Sequence[int]]) -> Tensor:
        flat = [token for part in tokens for token in part]
        logits = torch.zeros(len(flat), VOCABULARY)
        for row, token in enumerate(flat):
            logits[row, (token + 1) % VOCABULARY] = 9.0
        return logits


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    oracle.tiny_tokenizer().save(str(path))
    return Tokenizer.read(path)


def prompt_of(*ids: int) -> Prompt:
    places = list(range(len(ids)))
    return Prompt(ids, (), Positions(places, places, places, len(ids)))


def run(
    tokenizer: Tokenizer,
    requests: Any,
    *,
    slots: int = 3,
    context: int = 1000,
    stops: frozenset[int] = frozenset(),
    runner: Script | None = None,
    prefill_tokens: int = 7,
) -> dict[int, Result]:
    return dict(
        generate(
            runner or Script(),
            requests,
            tokenizer=tokenizer,
            stops=stops,
            slots=slots,
            context=context,
            prefill_tokens=prefill_tokens,
        )
    )


@pytest.mark.parametrize("slots", [1, 2, 5])
@pytest.mark.parametrize("seed", range(4))
def test_every_request_gets_its_own_reply(tokenizer: Tokenizer, slots: int, seed: int) -> None:
    rng = random.Random(seed)
    requests = [
        Request(prompt_of(*[rng.randrange(400) for _ in range(rng.randrange(1, 20))]), length)
        for length in [rng.randrange(1, 12) for _ in range(14)]
    ]
    results = run(tokenizer, iter(requests), slots=slots)
    assert sorted(results) == list(range(14))
    for number, request in enumerate(requests):
        first = request.prompt.ids[-1] + 1
        expected = [(first + n) % VOCABULARY for n in range(request.max_tokens)]
        assert list(results[number].tokens) == expected
        assert results[number].finish == "length"
        assert results[number].usage.prompt_tokens == len(request.prompt.ids)


def test_requests_are_pulled_as_there_is_room(tokenizer: Tokenizer) -> None:
    pulled: list[int] = []

    def requests() -> Iterator[Request]:
        for number in range(6):
            pulled.append(number)
            yield Request(prompt_of(number), 5 if number else 2)

    replies = generate(Script(), requests(), tokenizer=tokenizer, stops=(), slots=2, context=100)
    assert next(replies)[0] == 0
    assert pulled == [0, 1]
    assert next(replies)[0] == 1
    assert pulled == [0, 1, 2]
    assert len(list(replies)) == 4


def test_stop_length_and_context(tokenizer: Tokenizer) -> None:
    requests = [
        Request(prompt_of(10), 50),
        Request(prompt_of(30), 3),
        Request(prompt_of(*[1] * 9), 9),
    ]
    results = run(tokenizer, requests, stops=frozenset({15}), context=12)
    assert list(results[0].tokens) == [11, 12, 13, 14] and results[0].finish == "stop"
    assert len(results[0].log_probabilities) == 4
    assert results[1].finish == "length" and len(results[1].tokens) == 3
    assert results[2].finish == "length" and len(results[2].tokens) == 3, "12 less 9"


def test_a_bad_request_fails_alone(tokenizer: Tokenizer) -> None:
    requests = [
        Request(prompt_of(*range(20)), 5),
        Request(prompt_of(3), 2),
        Request(prompt_of(), 2),
        Request(prompt_of(3), 0),
    ]
    results = run(tokenizer, requests, context=15)
    assert [results[n].finish for n in range(4)] == ["failed", "length", "failed", "failed"]
    assert results[0].problem == "the prompt has 20 tokens and the model's context holds 15"
    assert "empty" in results[2].problem and "no token" in results[3].problem


def test_text_streams_in_whole_characters(tokenizer: Tokenizer) -> None:
    parts: list[str] = []
    request = Request(prompt_of(64), 300, on_text=parts.append)
    (result,) = run(tokenizer, [request]).values()
    assert "".join(parts) == result.text and len(parts) > 50 and "" not in parts


def test_a_loop_ends_the_reply(tokenizer: Tokenizer) -> None:
    class Stuck(Script):
        def _logits(self, tokens: Sequence[Sequence[int]]) -> Tensor:
            ring = [token % 10 for part in tokens for token in part]
            return super()._logits([ring])

    requests = [Request(prompt_of(3), 5000), Request(prompt_of(4), 5)]
    results = run(tokenizer, requests, runner=Stuck(), context=9999)
    assert results[0].finish == "repeat"
    assert list(results[0].tokens) == [4, 5, 6, 7, 8, 9, 10, 1, 2, 3][: len(results[0].tokens)]
    assert len(results[0].tokens) <= 12 and results[0].usage.new_tokens > 500
    assert len(results[0].log_probabilities) == len(results[0].tokens)


def test_drafts_with_the_fake(tokenizer: Tokenizer) -> None:
    truth = list(range(11, 211))
    for draft, most in ((truth, 14), (truth[:50], 165), ([1] * 99, 200)):
        runner = Script()
        request = Request(prompt_of(10), 200, drafters=(LikelyReply(draft),))
        (result,) = run(tokenizer, [request], runner=runner).values()
        assert list(result.tokens) == truth
        assert runner.passes <= most
        assert result.usage.passes == runner.passes + 1
        assert result.usage.accepted.get("text", 0) <= result.usage.proposed.get("text", 0)


# With a real model.


@pytest.fixture(scope="module")
def checkpoint(folder: Path) -> Checkpoint:
    loaded = load_checkpoint(folder, device=torch.device("cpu"), dtype=torch.float32)
    return replace(loaded, stops=frozenset())


@pytest.fixture(scope="module")
def prompt(checkpoint: Checkpoint) -> Prompt:
    rng = np.random.default_rng(3)
    picture = Image.fromarray(rng.integers(0, 256, (90, 200, 3), dtype=np.uint8))
    pixels = [prepare_picture(picture, checkpoint.pixels)]
    return checkpoint.prompt([Message("user", ("QwenVL HTML ", PICTURE))], pixels)


@pytest.fixture(scope="module")
def truth(reference: Any, prompt: Prompt) -> list[int]:
    return oracle.reference_tokens(reference, prompt)


def write(checkpoint: Checkpoint, *requests: Request, slots: int = 4) -> list[Result]:
    return [result for _, result in sorted(checkpoint.generate(requests, slots=slots))]


def test_64_greedy_tokens_whatever_is_drafted(
    checkpoint: Checkpoint, prompt: Prompt, truth: list[int]
) -> None:
    some = [token if n % 7 else 5 for n, token in enumerate(truth)]
    drafts = {"always": truth, "sometimes": some, "never": [5] * 64, "nothing": []}
    requests = [
        Request(prompt, 64, drafters=(LikelyReply(draft), Repetition()))
        for draft in drafts.values()
    ]
    for slots in (1, 4):
        fresh = [
            replace(r, drafters=(LikelyReply(d), Repetition()))
            for r, d in zip(requests, drafts.values(), strict=True)
        ]
        results = dict(zip(drafts, write(checkpoint, *fresh, slots=slots), strict=True))
        assert {tuple(result.tokens) for result in results.values()} == {tuple(truth)}
        assert results["always"].usage.passes * 8 < 64
        assert results["always"].usage.passes < results["sometimes"].usage.passes
        assert results["sometimes"].usage.accepted["text"] > 0
        assert results["never"].usage.accepted.get("text", 0) < 8


def test_drafts_leave_penalised_and_sampled_replies_as_they_are(
    checkpoint: Checkpoint, prompt: Prompt
) -> None:
    for sampling in (Sampling(repetition_penalty=1.2), Sampling(temperature=0.9, seed=11)):
        (plain,) = write(checkpoint, Request(prompt, 48, sampling))
        for draft in (plain.tokens, [*plain.tokens[:9], 3, *plain.tokens[10:]]):
            drafters = (LikelyReply(draft), Repetition())
            (result,) = write(checkpoint, Request(prompt, 48, sampling, drafters=drafters))
            assert result.tokens == plain.tokens
            assert result.log_probabilities == pytest.approx(plain.log_probabilities, abs=1e-4)
            assert result.usage.passes < plain.usage.passes


@pytest.fixture(scope="module")
def grammars(checkpoint: Checkpoint) -> GrammarCompiler:
    ending = replace(checkpoint, stops=frozenset({oracle.token("<|im_end|>")}))
    return ending.grammars()


def test_an_open_grammar_changes_nothing(
    checkpoint: Checkpoint, prompt: Prompt, grammars: GrammarCompiler
) -> None:
    # A grammar speaks of text, so marks are out of it: the reply that has none is the measure.
    class NoMarks:
        def allowed(self, vocabulary: int) -> Tensor:
            return torch.arange(vocabulary) < 400

        def advance(self, token: int) -> None:
            pass

        def forced(self) -> list[int]:
            return []

    (plain,) = write(checkpoint, Request(prompt, 64, constraint=NoMarks()))
    assert len(set(plain.tokens)) > 12
    anything = grammars.regex(r"(?s:.*)")
    (held,) = write(checkpoint, Request(prompt, 64, constraint=anything.start()))
    text = checkpoint.tokenizer.decode(plain.tokens)
    if "\ufffd" not in text:
        assert held.tokens == plain.tokens
    drafters = (LikelyReply(held.tokens),)
    again = Request(prompt, 64, constraint=anything.start(), drafters=drafters)
    (drafted,) = write(checkpoint, again)
    assert drafted.tokens == held.tokens and drafted.usage.passes < held.usage.passes


def test_a_constraint_that_allows_everything(
    checkpoint: Checkpoint, prompt: Prompt, truth: list[int]
) -> None:
    class Open:
        def allowed(self, vocabulary: int) -> Tensor:
            return torch.ones(vocabulary, dtype=torch.bool)

        def advance(self, token: int) -> None:
            pass

        def forced(self) -> list[int]:
            return []

    (result,) = write(checkpoint, Request(prompt, 64, constraint=Open()))
    assert list(result.tokens) == truth


def test_a_schema_holds(checkpoint: Checkpoint, prompt: Prompt, grammars: GrammarCompiler) -> None:
    import jsonschema

    schema = {
        "type": "object",
        "properties": {
            "total": {"type": "integer", "minimum": 0, "maximum": 99999},
            "currency": {"enum": ["JPY", "EUR"]},
            "date": {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        },
        "required": ["total", "currency", "date"],
        "additionalProperties": False,
    }
    stops = frozenset({oracle.token("<|im_end|>")})
    grammar = grammars.json_schema(schema)
    ending = replace(checkpoint, stops=stops)
    requests = [Request(prompt, 300, constraint=grammar.start()) for _ in range(2)]
    requests += [Request(prompt, 300, Sampling(temperature=2.0), constraint=grammar.start())]
    for result in write(ending, *requests):
        assert result.finish == "stop", result
        jsonschema.validate(json.loads(result.text), schema)
        # The keys are forced, so they are drafted, and right.
        assert result.usage.accepted["grammar"] > 0
        assert result.usage.passes < result.usage.new_tokens


def test_a_regex_and_a_context_free_grammar_hold(
    checkpoint: Checkpoint, prompt: Prompt, grammars: GrammarCompiler
) -> None:
    box = r'<p data-bbox="[0-9]{1,4}( [0-9]{1,4}){3}"> [a-z ]{3,20}</p>'
    lark = f"start: item{{1,3}}\nitem: /{box.replace('/', chr(92) + '/')}/\n"
    ending = replace(checkpoint, stops=frozenset({oracle.token("<|im_end|>")}))
    for grammar, whole in ((grammars.regex(box), box), (grammars.lark(lark), f"(?:{box}){{1,3}}")):
        (result,) = write(ending, Request(prompt, 400, constraint=grammar.start()))
        assert result.finish == "stop"
        assert re.fullmatch(whole, result.text)


def test_markup_that_is_a_token_of_its_own_is_text() -> None:
    tokenizer = Tokenizer.read(FOLDER / TOKENIZER)
    end, vocabulary = tokenizer.special("<|im_end|>"), 9408
    compiler = GrammarCompiler(tokenizer, vocabulary=vocabulary, stops={end})
    held = compiler.lark('start: "<p>x</p>"').start()
    for token in [*tokenizer.encode("<p>x</p>"), end]:
        allowed = held.allowed(vocabulary)
        assert allowed is not None
        assert allowed[token]
        assert bool(allowed[end]) == (token == end)
        held.advance(token)


def test_grammars_that_do_not_compile(grammars: GrammarCompiler) -> None:
    with pytest.raises(ConstraintError, match="does not compile"):
        grammars.regex("(")
    with pytest.raises(ConstraintError, match="does not compile"):
        grammars.lark("start: nowhere")
    with pytest.raises(ConstraintError, match=r"schema|compile"):
        grammars.json_schema({"type": "no such type"})


def test_a_constraint_that_breaks_fails_its_reply_alone(
    checkpoint: Checkpoint, prompt: Prompt
) -> None:
    class Broken:
        def allowed(self, vocabulary: int) -> Tensor | None:
            raise ConstraintError("the grammar cannot go on: too complex")

        def advance(self, token: int) -> None:
            pass

        def forced(self) -> list[int]:
            return []

    broken, fine = write(
        checkpoint, Request(prompt, 8, constraint=Broken()), Request(prompt, 8), slots=2
    )
    assert broken.finish == "failed" and "too complex" in broken.problem
    assert fine.finish == "length" and len(fine.tokens) == 8
