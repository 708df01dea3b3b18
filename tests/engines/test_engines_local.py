"""Our model behind the seam, with tiny random checkpoints: replies, drafts, errors that help."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from docparse.engines.base import Reply, Request
from docparse.engines.fake import FakeEngine
from docparse.engines.local import LocalEngine, find_checkpoint
from docparse.errors import MissingEngineError, UsageError
from docparse.pages.open import open_source
from docparse.profiles import PROFILES
from docparse.prompting import Message
from docparse.reading.formats import held_to
from docparse.reading.pages import PageReading


def _oracle() -> Any:
    """tests/model/oracle.py, which is no package."""
    if "oracle" in sys.modules:
        return sys.modules["oracle"]
    path = Path(__file__).parents[1] / "model" / "oracle.py"
    spec = importlib.util.spec_from_file_location("oracle", path)
    assert spec and spec.loader
    module = sys.modules["oracle"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    oracle = _oracle()
    made: Path = oracle.write_checkpoint(
        tmp_path_factory.mktemp("tiny"),
        oracle.model_of(oracle.config_of("qwen2_5_vl")),
        layout="released",
        shard_bytes=400_000,
    )
    return made


@pytest.fixture(scope="module")
def engine(folder: Path) -> LocalEngine:
    return LocalEngine(folder, name="tiny")


def request(user: str = "read this", **changes: Any) -> Request:
    picture = Image.effect_mandelbrot((112, 140), (-2, -1, 1, 1), 40).convert("RGB")
    asked = Request(Message("", user, "text-first"), picture, max_tokens=48)
    return replace(asked, **changes)


def one(engine: LocalEngine, asked: Request) -> Any:
    ((_, reply),) = engine.generate([asked])
    return reply


def test_replies_carry_their_numbers_and_what_they_took(engine: LocalEngine) -> None:
    asked = [request(f"read {n}", max_tokens=8 + 8 * n) for n in range(6)]
    together = dict(engine.generate(iter(asked)))
    assert sorted(together) == list(range(6))
    for number, reply in together.items():
        alone = one(engine, asked[number])
        assert (reply.text, reply.finish) == (alone.text, alone.finish)
        assert len(reply.log_probabilities) <= reply.usage.new_tokens <= asked[number].max_tokens
        assert reply.usage.prompt_tokens > 20 and reply.usage.passes > 0
    assert engine.model_type == "qwen2_5_vl"


def test_text_streams_as_it_grows(engine: LocalEngine) -> None:
    pieces: list[str] = []
    reply = one(engine, request(on_text=pieces.append))
    assert "".join(pieces) == reply.text and len(pieces) > 5


def test_a_draft_that_the_model_agrees_with_saves_passes_and_changes_nothing(
    engine: LocalEngine,
) -> None:
    plain = one(engine, request(max_tokens=160))
    agreed = one(engine, request(max_tokens=160, draft=plain.text))
    wrong = one(engine, request(max_tokens=160, draft="something else altogether. " * 20))
    assert agreed.text == wrong.text == plain.text
    assert agreed.finish == plain.finish


def test_a_request_that_cannot_be_served_fails_alone(engine: LocalEngine) -> None:
    asked = [request(), request("x " * 5000), request(schema={"type": "nonsense"}), request()]
    replies = dict(engine.generate(asked))
    assert [replies[n].finish == "failed" for n in range(4)] == [False, True, True, False]
    assert "context" in replies[1].problem and "nonsense" in replies[2].problem
    assert replies[0].text == replies[3].text


def test_a_schema_holds_the_reply(engine: LocalEngine) -> None:
    schema = {
        "type": "object",
        "properties": {"total": {"type": "integer", "maximum": 99, "minimum": 0}},
        "required": ["total"],
        "additionalProperties": False,
    }
    reply = one(engine, request(schema=schema, max_tokens=100))
    assert reply.finish == "stop" and set(json.loads(reply.text)) == {"total"}


@pytest.mark.parametrize("profile", list(PROFILES))
def test_a_reply_is_held_to_each_profile_s_format(engine: LocalEngine, profile: str) -> None:
    schema, grammar = held_to(PROFILES[profile])
    asked = request(schema=schema, grammar=grammar, max_tokens=120)
    text = one(engine, asked).text
    html = dict.fromkeys(("qwen2.5-vl", "docparse-nano"), "<html><body>")
    begins = {**html, "qwen2-vl": "[", "olmocr-1": "{"}
    assert text.lstrip().startswith(begins.get(profile, "---\nprimary_language: "))
    assert one(engine, asked).text == text


def test_a_stop_token_that_the_tokenizer_lacks_harms_no_grammar(engine: LocalEngine) -> None:
    checkpoint = replace(engine._checkpoint, stops=engine._checkpoint.stops | {151_645})
    assert checkpoint.grammars().regex("a+").start().allowed(200) is not None


def test_refused_requests_are_answered_while_others_go_on(engine: LocalEngine) -> None:
    asked = [request(schema={"type": "nonsense"}), *(request(max_tokens=4) for _ in range(12))]
    numbers = [number for number, _ in engine.generate(asked)]
    assert sorted(numbers) == list(range(13)) and numbers.index(0) < 6


def test_the_size_is_the_checkpoints_and_fixed_under_itself(engine: LocalEngine) -> None:
    width, height = engine.size_for(1654, 2339, max_pixels=None)
    assert (width, height) == (1652, 2352)
    assert engine.size_for(width, height, max_pixels=None) == (width, height)
    small = engine.size_for(1654, 2339, max_pixels=200_000)
    assert small[0] * small[1] <= 200_000 and not (small[0] % 28 or small[1] % 28)


@pytest.mark.parametrize("bits", ["int8", "int4"])
def test_packed_weights_reply_as_well(folder: Path, bits: str) -> None:
    assert one(LocalEngine(folder, name="tiny", bits=bits), request()).usage.new_tokens > 0


def test_an_unknown_packing_is_a_usage_error(folder: Path) -> None:
    with pytest.raises(UsageError, match="--quantize int8 or int4"):
        LocalEngine(folder, name="tiny", bits="int3")


def no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def other_family(folder: Path) -> None:
    data = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(data | {"model_type": "llama"}))


def not_json(folder: Path) -> None:
    (folder / "config.json").write_text("{oops")


def no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def no_processor(folder: Path) -> None:
    (folder / "preprocessor_config.json").unlink()


def odd_processor(folder: Path) -> None:
    (folder / "preprocessor_config.json").write_text('{"patch_size": "wide"}')


def odd_generation(folder: Path) -> None:
    odd = {"do_sample": True, "temperature": "hot"}
    (folder / "generation_config.json").write_text(json.dumps(odd))


def no_shard(folder: Path) -> None:
    sorted(folder.glob("*.safetensors"))[0].unlink()


def cut_shard(folder: Path) -> None:
    shard = sorted(folder.glob("*.safetensors"))[0]
    shard.write_bytes(shard.read_bytes()[:-1000])


def empty_shard(folder: Path) -> None:
    sorted(folder.glob("*.safetensors"))[0].write_bytes(b"")


def no_weights(folder: Path) -> None:
    for path in folder.glob("*.safetensors*"):
        path.unlink()


def no_tensor(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    shard = sorted(folder.glob("*.safetensors"))[0]
    tensors = load_file(shard)
    tensors.pop(sorted(tensors)[0])
    save_file(tensors, shard, metadata={"format": "pt"})
    index = folder / "model.safetensors.index.json"
    data = json.loads(index.read_text())
    kept = {path.name: set(load_file(path)) for path in folder.glob("*.safetensors")}
    data["weight_map"] = {k: f for k, f in data["weight_map"].items() if k in kept[f]}
    index.write_text(json.dumps(data))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (no_config, "config.json"),
        (other_family, "llama"),
        (not_json, "config.json"),
        (no_tokenizer, "tokenizer.json"),
        (no_processor, "preprocessor_config.json"),
        (odd_processor, "preprocessor_config.json"),
        (odd_generation, "generation_config.json"),
        (no_shard, "safetensors"),
        (cut_shard, "safetensors"),
        (empty_shard, "safetensors"),
        (no_weights, "safetensors"),
        (no_tensor, "missing"),
    ],
)
def test_a_broken_folder_is_one_error_that_says_what(
    folder: Path, tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    broken = tmp_path / "model"
    shutil.copytree(folder, broken)
    damage(broken)
    with pytest.raises(MissingEngineError, match=said) as caught:
        LocalEngine(broken, name="broken")
    assert "--model" in str(caught.value)


def test_a_model_that_does_not_fit_says_what_would(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docparse.model.memory.memory_available", lambda device: 1 << 20)
    with pytest.raises(MissingEngineError, match=r"needs .* GiB.*--quantize"):
        LocalEngine(folder, name="tiny")


def test_a_folder_goes_before_the_hub_and_the_hub_says_where_to_put_files(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_checkpoint(str(folder)) == folder
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(MissingEngineError, match=r"HF_HUB_OFFLINE is set.*into a folder"):
        find_checkpoint("Qwen/Qwen2.5-VL-3B-Instruct@main")
    with pytest.raises(MissingEngineError, match=r"no folder .*no hub name"):
        find_checkpoint("./models/not here/at all")


class Agreeing:
    """A Runner whose greedy reply is a given text: what a model that reads perfectly would say."""

    def __init__(self, ids: Sequence[int], stop: int, vocabulary: int) -> None:
        self.ids, self.vocabulary = [*ids, stop], vocabulary
        self.prompt = self.length = self.passes = 0

    def open(self, first: int, prompts: Sequence[Any]) -> None:
        self.prompt = len(prompts[0].ids)
        self.length = 0

    def fill(self, first: int, counts: Sequence[int]) -> torch.Tensor:
        self.length += counts[0]
        return self._logits([self.length - self.prompt])

    def extend(self, tokens: Sequence[Sequence[int]]) -> torch.Tensor:
        self.passes += 1
        places = list(range(self.length + 1, self.length + 1 + len(tokens[0])))
        self.length = places[-1]
        return self._logits([place - self.prompt for place in places])

    def cut(self, slot: int, length: int) -> None:
        self.length = length

    def move(self, source: int, target: int) -> None:
        raise AssertionError("there is only one slot")

    def _logits(self, places: Sequence[int]) -> torch.Tensor:
        logits = torch.zeros(len(places), self.vocabulary)
        for row, place in enumerate(places):
            logits[row, self.ids[place] if 0 <= place < len(self.ids) else self.ids[-1]] = 9.0
        return logits


@pytest.fixture
def as_if_it_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], LocalEngine]:
    """Makes the engine one whose model replies a given text."""

    def build(text: str) -> LocalEngine:
        engine = LocalEngine(folder, name="agreeing", slots=1)
        checkpoint = engine._checkpoint
        ids, stop = checkpoint.tokenizer.encode(text), checkpoint.tokenizer.special("<|im_end|>")
        runner = Agreeing(ids, stop, checkpoint.config.text.vocabulary)
        monkeypatch.setattr("docparse.model.load.ModelRunner", lambda model, slots: runner)
        # A real page is longer in this tiny vocabulary than its tiny context.
        text_config = replace(checkpoint.config.text, max_positions=200_000)
        config = replace(checkpoint.config, text=text_config)
        engine._checkpoint = replace(checkpoint, config=config)
        return engine

    return build


@pytest.mark.parametrize("profile", ["qwen2.5-vl", "olmocr-1", "olmocr-2"])
def test_drafts_from_the_text_layer_save_steps_on_a_born_digital_page(
    profile: str, as_if_it_read: Callable[[str], LocalEngine]
) -> None:
    path = Path(__file__).parents[2] / "samples" / "report.pdf"
    asking = FakeEngine(lambda asked: Reply("read", "stop"))
    with open_source(path, name=path.name, password="", dpi=100) as source:
        list(PageReading(asking, PROFILES[profile], source.page).read([1]))
    asked = replace(asking.seen[0], picture=request().picture, max_tokens=100_000)
    assert len(asked.draft) > 2000
    draft = asked.draft[:1000]
    # The model agrees with the layer but for some words.
    reply = draft.replace("shade", "shadow").replace("2025", "2026")
    engine = as_if_it_read(reply)
    asked = replace(asked, draft=draft)
    with_draft, without = one(engine, asked), one(engine, replace(asked, draft=""))
    assert with_draft.text == without.text == reply
    assert with_draft.finish == without.finish == "stop"
    assert without.usage.passes >= 4 * with_draft.usage.passes, (without.usage, with_draft.usage)
