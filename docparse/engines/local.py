"""Our own model as an engine: a checkpoint on disk or of the hub, on this machine's device."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import cast

import torch

from docparse.engines.base import Reply, Request, Usage
from docparse.engines.nano import FOLDER
from docparse.errors import MissingEngineError, UsageError
from docparse.log import logger
from docparse.model.chat import PICTURE
from docparse.model.chat import Message as ModelMessage
from docparse.model.constrain import Constraint, Grammar, GrammarCompiler
from docparse.model.load import Checkpoint, load_checkpoint
from docparse.model.memory import MemoryProblem
from docparse.model.preprocess import model_size, prepare_picture
from docparse.model.problems import ModelError
from docparse.model.quantize import Bits
from docparse.model.reply import Request as ModelRequest
from docparse.model.reply import Result
from docparse.model.sampling import Sampling
from docparse.model.speculate import Drafter, ForcedText, LikelyReply, Repetition, Rule
from docparse.model.tokenizer import Tokenizer
from docparse.prompting import Message
from docparse.settings import NANO

# Requests that are decoded together.
SLOTS = 4
# What the format itself forces: an element's box attribute, and the picture's box in its div.
OMNI_RULES = (
    Rule(re.compile(r"<(?:p|h[1-6]|table|li|img)$"), ' data-bbox="'),
    Rule(re.compile(r'<div class="[a-z ]+" data-bbox="([0-9 ]+)">$'), r'<img data-bbox="\1"/>'),
)


# Tokens that are left out of a reply's text elsewhere, but say where things are.
BOX_MARKS = frozenset(
    f"<|{thing}_{end}|>" for thing in ("object_ref", "box", "quad") for end in ("start", "end")
)


class LocalEngine:
    """Replies from a checkpoint folder; several requests are decoded together."""

    takes_drafts = True

    def __init__(self, folder: Path, *, name: str, bits: str = "", slots: int = SLOTS) -> None:
        """Raises MissingEngineError where the folder holds no model that runs here."""
        if bits not in ("", "int8", "int4"):
            raise UsageError(f"weights cannot be packed as {bits}", "use --quantize int8 or int4")
        self.name = name
        self._slots = slots
        device, _ = pick_device()
        try:
            self._checkpoint = load_checkpoint(
                folder, device=device, bits=cast(Bits, bits) if bits else None, slots=slots
            )
        except MemoryProblem as error:
            raise MissingEngineError(
                f"{name}: {error}",
                "try --quantize int8 or int4, a smaller --model, or a --server that has room",
            ) from error
        except ModelError as error:
            raise MissingEngineError(
                f"{name} cannot be loaded: {error}", "check the folder given with --model"
            ) from error
        self._compiler: GrammarCompiler | None = None
        self._grammars: dict[str, Grammar] = {}
        logger.info("%s runs on %s in %s", name, device, self._checkpoint.model.dtype)

    @property
    def model_type(self) -> str:
        """The family of the checkpoint, as its config.json names it."""
        return self._checkpoint.config.family

    def size_for(self, width: int, height: int, *, max_pixels: int | None) -> tuple[int, int]:
        """The checkpoint's own size for a picture, at most `max_pixels`."""
        rows, columns = model_size(height, width, self._checkpoint.pixels, max_pixels=max_pixels)
        return columns, rows

    def generate(self, requests: Iterable[Request]) -> Iterator[tuple[int, Reply]]:
        """Replies as they end; see Engine."""
        numbers: list[int] = []
        refused: list[tuple[int, Reply]] = []

        def prepared() -> Iterator[ModelRequest]:
            for number, request in enumerate(requests):
                try:
                    ready = self._prepare(request)
                except ModelError as error:
                    refused.append((number, Reply("", "failed", problem=str(error))))
                    continue
                numbers.append(number)
                yield ready

        for index, result in self._checkpoint.generate(prepared(), slots=self._slots):
            yield numbers[index], _to_reply(result, self._checkpoint.tokenizer)
            while refused:
                yield refused.pop()
        yield from refused

    def _prepare(self, request: Request) -> ModelRequest:
        checkpoint = self._checkpoint
        pixels = prepare_picture(request.picture, checkpoint.pixels)
        return ModelRequest(
            prompt=checkpoint.prompt(_messages(request.message), [pixels]),
            max_tokens=request.max_tokens,
            sampling=Sampling(temperature=request.temperature),
            drafters=_drafters(checkpoint, request),
            constraint=self._constraint(request),
            on_text=request.on_text,
            keep=BOX_MARKS,
        )

    def _constraint(self, request: Request) -> Constraint | None:
        if request.schema is None and not request.grammar:
            return None
        key = json.dumps(request.schema) if request.schema is not None else request.grammar
        if key not in self._grammars:
            self._compiler = self._compiler or self._checkpoint.grammars()
            compiler = self._compiler
            # One at a time: the requests of a run hardly ever differ in it.
            self._grammars = {
                key: compiler.lark(key)
                if request.schema is None
                else compiler.json_schema(request.schema)
            }
        return self._grammars[key].start()


def pick_device() -> tuple[torch.device, str]:
    """Where models run on this machine, and what it is called."""
    if torch.cuda.is_available():
        return torch.device("cuda"), f"cuda ({torch.cuda.get_device_name()})"
    return torch.device("cpu"), f"cpu ({torch.get_num_threads()} threads)"


def _messages(message: Message) -> list[ModelMessage]:
    parts = (message.user, PICTURE) if message.order == "text-first" else (PICTURE, message.user)
    system = [ModelMessage("system", (message.system,))] if message.system else []
    return [*system, ModelMessage("user", parts)]


def _drafters(checkpoint: Checkpoint, request: Request) -> tuple[Drafter, ...]:
    tokenizer = checkpoint.tokenizer
    likely = (LikelyReply(tokenizer.encode(request.draft)),) if request.draft else ()
    forced = ForcedText(OMNI_RULES, encode=tokenizer.encode, decode=tokenizer.decode)
    return (*likely, forced, Repetition())


def _to_reply(result: Result, tokenizer: Tokenizer) -> Reply:
    usage = result.usage
    stream = tokenizer.stream(keep=BOX_MARKS)
    ends = tuple(accumulate(len(stream.push(token)) for token in result.tokens))
    return Reply(
        text=result.text,
        finish=result.finish,
        problem=result.problem,
        log_probabilities=result.log_probabilities,
        token_ends=ends,
        usage=Usage(
            usage.prompt_tokens,
            usage.new_tokens,
            usage.passes,
            {name: (num, usage.accepted[name]) for name, num in usage.proposed.items()},
        ),
    )


def find_checkpoint(name: str) -> Path:
    """The folder of a model: the one that is shipped, a path, or a hub name as `owner/name` or
    `owner/name@revision`.

    Raises MissingEngineError that says where to put the files when they cannot be fetched.
    """
    if name == NANO:
        return FOLDER
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    repository, _, revision = name.partition("@")
    wanted = ["*.json", "*.safetensors"]
    try:
        folder = snapshot_download(repository, revision=revision or None, allow_patterns=wanted)
    except HFValidationError as error:
        raise MissingEngineError(
            f"there is no folder {name}, and it is no hub name",
            "give --model a folder or owner/name",
        ) from error
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        is_offline = os.environ.get("HF_HUB_OFFLINE", "") not in ("", "0")
        why = "HF_HUB_OFFLINE is set" if is_offline else "the hub cannot be reached or refuses"
        raise MissingEngineError(
            f"{name} is not on this machine and {why}",
            "put its *.json and *.safetensors files into a folder and give that with --model",
        ) from error
    logger.info("%s is revision %s", repository, Path(folder).name)
    return Path(folder)
