"""`transformers serve` with a tiny checkpoint: streamed to, interrupted, and behind a bad line."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "model"))
import oracle

from docparse.bench.fault_server import Fault, FaultServer, serving
from docparse.engines.base import Request
from docparse.engines.server import Patience, ServerEngine
from docparse.prompting import Message

pytestmark = pytest.mark.slow

PICTURE = "<|image_pad|>"
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% for part in message.content %}"
    f"{{% if part.type == 'image' %}}{PICTURE}{{% else %}}{{{{ part.text }}}}{{% endif %}}"
    "{% endfor %}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
)
PATIENT = Patience(piece=120)


def write_llava(folder: Path) -> None:
    """A random LLaVA: of Qwen2.5-VL the server wants torchvision, whose wheels go with CUDA."""
    import torch
    import transformers
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    tokenizer = oracle.tiny_tokenizer()
    torch.manual_seed(0)
    config = transformers.LlavaConfig(
        vision_config=transformers.CLIPVisionConfig(
            hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2,
            image_size=56, patch_size=14,
        ),
        text_config=transformers.LlamaConfig(
            vocab_size=tokenizer.get_vocab_size(), hidden_size=64, intermediate_size=96,
            num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=512,
        ),
        image_token_index=oracle.token(PICTURE),
        vision_feature_layer=-1,
    )  # fmt: skip
    transformers.LlavaForConditionalGeneration(config).save_pretrained(folder)
    transformers.LlavaProcessor(
        CLIPImageProcessorPil(size={"shortest_edge": 56}, crop_size={"height": 56, "width": 56}),
        transformers.PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>"
        ),
        patch_size=14,
        vision_feature_select_strategy="default",
        image_token=PICTURE,
        num_additional_image_tokens=1,
        chat_template=TEMPLATE,
    ).save_pretrained(folder)


def wait_until_up(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    pytest.fail(f"transformers serve does not come up: {log.read_text()[-2000:]}")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The server's address and the model's name."""
    pytest.importorskip("uvicorn")
    folder = tmp_path_factory.mktemp("real")
    model, log = folder / "tiny", folder / "log"
    write_llava(model)
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).with_name("transformers")), "serve", str(model)]
    with log.open("wb") as told:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"],
            env={**os.environ, "HF_HUB_OFFLINE": "1"}, stdout=told, stderr=told,
        )  # fmt: skip
    try:
        wait_until_up(process, port, log)
        yield f"http://127.0.0.1:{port}/v1", str(model)
    finally:
        process.kill()
        process.wait()


def request(**options: Any) -> Request:
    picture = Image.new("RGB", (56, 84), "white")
    picture.putpixel((3, 5), (255, 0, 0))
    message = Message("Be brief", "Read this", "text-first")
    return Request(message, picture, max_tokens=60, **options)


def test_replies_are_streamed_and_can_be_broken_off(served: tuple[str, str]) -> None:
    engine = ServerEngine(*served, 2, PATIENT)
    heard: list[str] = []
    ((_, reply),) = engine.generate([request(on_text=heard.append)])
    assert reply.finish in ("stop", "length", "repeat"), reply.problem
    assert len(heard) > 1 and heard[-1] == reply.text and reply.text.strip()
    replies = engine.generate(request() for _ in range(3))
    next(replies)
    replies.close()  # hangs up on the others
    ((_, again),) = engine.generate([request()])
    assert again.text == reply.text, "greedy replies do not change"


def test_a_line_that_fails_changes_no_reply(served: tuple[str, str]) -> None:
    url, name = served
    ((_, plain),) = ServerEngine(url, name, 1, PATIENT).generate([request()])
    plan: dict[int, Fault] = {0: "cut", 2: "500", 3: "garbage", 5: "half", 6: "429"}
    with serving(FaultServer(lambda _: ([], 0.0), lambda n: plan.get(n, ""), upstream=url)) as bad:
        engine = ServerEngine(bad.url, name, 1, PATIENT)
        replies = dict(engine.generate(request() for _ in range(3)))
    assert [replies[number].text for number in range(3)] == [plain.text] * 3
    assert len(bad.seen) == 8
