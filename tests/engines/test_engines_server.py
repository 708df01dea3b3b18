"""A server as an engine: what is sent, every fault, and keys."""

from __future__ import annotations

import base64
import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from PIL import Image

from docparse.bench.fault_server import FAULTS, MODEL, Fault, FaultServer, faults, serving
from docparse.engines.base import Reply, Request
from docparse.engines.pace import Pace, pause_before
from docparse.engines.server import KEY, Patience, ServerEngine
from docparse.engines.wire import ReplyStream, StreamError, is_loop
from docparse.errors import MissingEngineError
from docparse.prompting import Message
from tests.command import docparse

QUICK = Patience(connect=2, piece=1.0, reply=20, lost=2)
PIECES = ["<p data-bbox=", '"28 28 280 56">', "時は", "金なり", "</p>"]
WHOLE = "".join(PIECES)


def request(**options: Any) -> Request:
    picture = Image.new("RGB", (56, 84), "white")
    picture.putpixel((3, 5), (255, 0, 0))
    message = Message("Be brief", "Read this", "text-first")
    return Request(message, picture, max_tokens=100, **options)


def ask(server: FaultServer, count: int = 1, **options: Any) -> list[Reply]:
    engine = ServerEngine(server.url, MODEL, patience=QUICK)
    replies = dict(engine.generate(request(**options) for _ in range(count)))
    assert sorted(replies) == list(range(count)), "each request has one reply"
    return [replies[number] for number in range(count)]


def answers(body: dict[str, Any]) -> tuple[list[str], float]:
    return PIECES, 0.0


def test_the_picture_arrives_as_it_is_and_the_reply_as_it_was_said() -> None:
    heard: list[str] = []
    with serving(FaultServer(answers)) as server:
        (reply,) = ask(server, on_text=heard.append)
    assert (reply.text, reply.finish) == (WHOLE, "stop") and heard[-1] == WHOLE
    (body,) = server.seen
    assert body["model"] == MODEL and body["stream"] and body["max_tokens"] == 100
    system, user = body["messages"]
    assert system == {"role": "system", "content": "Be brief"}
    text, picture = user["content"]
    assert text == {"type": "text", "text": "Read this"}
    data = picture["image_url"]["url"].removeprefix("data:image/png;base64,")
    found = Image.open(io.BytesIO(base64.b64decode(data)))
    assert found.tobytes() == request().picture.tobytes()
    assert "response_format" not in body


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_tried_again_and_costs_no_other(fault: Fault) -> None:
    with serving(FaultServer(answers, lambda n: fault if n == 1 else "")) as server:
        replies = ask(server, 3)
    assert [reply.text for reply in replies] == [WHOLE] * 3
    assert len(server.seen) == 4


@pytest.mark.parametrize("fault", ["500", "cut", "half"])
def test_a_fault_that_stays_is_recorded(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docparse.engines.server.pause_before", lambda *a, **k: 0.01)
    with serving(FaultServer(answers, lambda n: fault)) as server:
        (reply,) = ask(server)
    assert reply.finish == "failed" and "5 times" in reply.problem and reply.text == ""


def test_what_is_refused_is_not_sent_again() -> None:
    server = FaultServer(answers)
    server.status = 400
    with serving(server):
        (reply,) = ask(server)
    assert reply.finish == "failed" and "400" in reply.problem and len(server.seen) == 1


def test_a_schema_is_sent_and_left_out_where_the_server_takes_none() -> None:
    schema = {"type": "object"}
    with serving(FaultServer(answers)) as server:
        ask(server, schema=schema)
    sent = server.seen[0]["response_format"]
    assert sent["type"] == "json_schema" and sent["json_schema"]["schema"] == schema
    server = FaultServer(answers)
    server.refuses_schema = True
    with serving(server):
        (reply,) = ask(server, schema=schema)
    assert reply.text == WHOLE and "response_format" not in server.seen[1]


def test_probabilities_of_tokens_come_where_they_are_wanted_and_given() -> None:
    with serving(FaultServer(answers)) as server:
        (reply,) = ask(server)
        (told,) = ask(server, with_chances=True)
    assert reply.token_ends == () and "logprobs" not in server.seen[0]
    assert told.log_probabilities == (-0.5,) * 5 and server.seen[1]["logprobs"] is True
    assert [told.text[a:b] for a, b in pairwise((0, *told.token_ends))] == PIECES
    server = FaultServer(answers)
    server.refuses_chances = True
    with serving(server):
        (reply,) = ask(server, with_chances=True)
    assert reply.text == WHOLE and reply.token_ends == () and len(server.seen) == 2


@pytest.mark.parametrize("odd", ["[]", "3", '{"content": 1}', '{"content": [1, {"token": 2}]}'])
def test_probabilities_in_another_form_are_passed_over(odd: str) -> None:
    stream = ReplyStream()
    event = '{"choices": [{"delta": {"content": "x"}, "finish_reason": "stop", "logprobs": %s}]}'
    stream.feed(f"data: {event % odd}\n\n".encode())
    assert stream.reply().text == "x" and stream.reply().token_ends == ()


def test_a_loop_is_left_early() -> None:
    def loops(body: dict[str, Any]) -> tuple[list[str], float]:
        return ["once upon a time "] * 4000, 4.0

    with serving(FaultServer(loops)) as server:
        (reply,) = ask(server)
    assert reply.finish == "repeat" and len(reply.text) < len("".join(loops({})[0])) / 2


@pytest.mark.parametrize(
    ("tail", "expected"),
    [("abc " * 1000, True), ("." * 500, False), ("." * 4000, True), ("ab" * 20, False)],
)
def test_what_counts_as_a_loop(tail: str, expected: bool) -> None:
    assert is_loop(tail) is expected


def test_the_model_is_checked_first_and_the_others_are_named() -> None:
    with serving(FaultServer(answers)) as server:
        with pytest.raises(MissingEngineError, match=f"no model other; it has {MODEL}"):
            ServerEngine(server.url, "other", patience=QUICK)
        with pytest.raises(MissingEngineError, match="/v1"):
            ServerEngine(server.url.replace("/v1", ""), MODEL, patience=QUICK)
    with pytest.raises(MissingEngineError, match="cannot be reached"):
        ServerEngine(server.url, MODEL, patience=QUICK)


def test_a_server_that_is_gone_for_good_ends_the_run() -> None:
    with serving(FaultServer(answers)) as server:
        engine = ServerEngine(server.url, MODEL, patience=Patience(1, 1, 5, lost=1))
    with pytest.raises(MissingEngineError, match="is gone"):
        list(engine.generate([request()]))


def test_the_limit_grows_with_good_replies_and_is_halved_by_429() -> None:
    def slowly(body: dict[str, Any]) -> tuple[list[str], float]:
        return PIECES, 0.05

    with serving(FaultServer(slowly)) as server:
        engine = ServerEngine(server.url, MODEL, 16, QUICK)
        list(engine.generate(request() for _ in range(60)))
        assert 5 < server.most_under_way <= 16
    pace = Pace(16, limit=12)
    pace.was_overloaded()
    pace.was_overloaded()  # the same overload
    assert pace.now == 6
    for _ in range(200):
        pace.went_well(1.0)
    assert pace.now == 16
    for _ in range(50):
        pace.was_overloaded()
        pace._halved = 0.0
    assert pace.now == 1


def test_pauses_grow_and_heed_the_server() -> None:
    assert pause_before(1) <= 0.5 and 15 <= pause_before(20) <= 30
    assert pause_before(1, asked=7) == 7 and pause_before(1, asked=10_000) == 120


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_stream_may_be_cut_anywhere(size: int) -> None:
    events = [{"choices": [{"delta": {"content": piece}}]} for piece in PIECES]
    events.append({"choices": [{"delta": {}, "finish_reason": "length"}]})
    events.append({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 5}})
    data = b"".join(
        b": ping\r\ndata: " + json.dumps(e, ensure_ascii=False).encode() + b"\r\n\r\n"
        for e in events
    )
    stream = ReplyStream()
    for start in range(0, len(data), size):
        stream.feed(data[start : start + size])
    reply = stream.reply()
    assert (reply.text, reply.finish, reply.usage.new_tokens) == (WHOLE, "length", 5)


@pytest.mark.parametrize(
    "data",
    [b"", b"data: [1]\n", b"data: {\xff\n", b'data: {"error": {"message": "no"}}\n', b"<html>"],
)
def test_garbage_is_an_error_and_never_a_reply(data: bytes) -> None:
    stream = ReplyStream()
    with pytest.raises(StreamError):
        stream.feed(data)
        stream.reply()


def make_pdfs(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        with pymupdf.open() as pdf:
            for page in range(4):
                pdf.new_page(width=300, height=400).insert_text((50, 80), f"{number} {page}")
            pdf.save(folder / f"{number}.pdf")
    return folder


def test_pages_of_many_documents_through_a_server_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "sk-very-secret"
    monkeypatch.setenv(KEY, key)
    source = make_pdfs(tmp_path / "in", 6)  # 24 pages
    quiet: Callable[[int], Fault] = faults(0.2)
    fault = lambda n: "" if quiet(n) == "stall" else quiet(n)  # noqa: E731  stalls: see above
    with serving(FaultServer(answers, fault)) as server:
        result = docparse(
            source, "-o", tmp_path / "out", "-f", "json", "-v", "--server", server.url,
            "--model", MODEL, "--max-pixels", "100000",
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        assert set(server.keys) == {f"Bearer {key}"}
        assert len(server.seen) > 24
    for number in range(6):
        document = json.loads((tmp_path / "out" / f"{number}.json").read_text())
        assert [page["blocks"][0]["text"] for page in document["pages"]] == ["時は金なり"] * 4
    assert key not in result.stderr + result.stdout
    with closing(sqlite3.connect(tmp_path / "out" / ".docparse.sqlite")) as ledger:
        assert key not in "\n".join(ledger.iterdump())


def test_a_wrong_key_and_a_wrong_name_end_the_run_before_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_pdfs(tmp_path / "in", 1)
    server = FaultServer(answers)
    server.key = "right"
    with serving(server):
        args = (source, "-o", tmp_path / "out", "--server", server.url)
        monkeypatch.setenv(KEY, "sk-wrong")
        result = docparse(*args, "--model", MODEL)
        assert result.returncode == 7 and KEY in result.stderr and "sk-wrong" not in result.stderr
        monkeypatch.setenv(KEY, "right")
        result = docparse(*args, "--model", "other")
        assert result.returncode == 7 and MODEL in result.stderr
        result = docparse(*args)
        assert result.returncode == 2 and "--model" in result.stderr
