"""Replies to many requests, several written at once: as one ends, the next takes its place.

Each turn reads a piece of the prompts that are still to be read, then extends all replies by one
token, or by more where a draft is right. The model is a `Runner`; nothing here touches weights.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

import torch

from docparse.model.reply import Reply, Request, Result
from docparse.model.runner import Runner
from docparse.model.tokenizer import Tokenizer


def generate(
    runner: Runner,
    requests: Iterable[Request],
    *,
    tokenizer: Tokenizer,
    stops: Collection[int],
    slots: int,
    context: int,
    prefill_tokens: int = 2048,
) -> Iterator[tuple[int, Result]]:
    """The number of each request, from 0 on, with its reply, in the order in which they end.

    Requests are pulled as there is room for them. A reply ends at a stop token, at its own or the
    model's limit (`context` tokens with the prompt), or in a loop. A request that cannot be
    served fails alone.
    """
    waiting = enumerate(requests)
    live: list[tuple[int, Reply]] = []
    while True:
        arrivals = _next_requests(waiting, slots - len(live))
        if not arrivals and not live:
            return
        accepted: list[tuple[int, Reply]] = []
        for number, request in arrivals:
            limit = min(request.max_tokens, context - len(request.prompt.ids))
            reply = Reply(replace(request, max_tokens=limit), tokenizer, stops)
            problem = _problem(request, context)
            if problem:
                reply.finish, reply.problem = "failed", problem
                yield number, reply.result()
            else:
                accepted.append((number, reply))
        if accepted:
            runner.open(len(live), [reply.request.prompt for _, reply in accepted])
            live += accepted
        _read_prompts(runner, [reply for _, reply in live], prefill_tokens)
        yield from _leave(runner, live)
        _write_on(runner, [reply for _, reply in live])
        yield from _leave(runner, live)


def _next_requests(waiting: Iterator[tuple[int, Request]], room: int) -> list[tuple[int, Request]]:
    return [pair for _, pair in zip(range(room), waiting, strict=False)]


def _problem(request: Request, context: int) -> str:
    length = len(request.prompt.ids)
    if length == 0:
        return "the prompt is empty"
    if length >= context:
        return f"the prompt has {length} tokens and the model's context holds {context}"
    return "" if request.max_tokens > 0 else "no token may be written"


def _read_prompts(runner: Runner, replies: Sequence[Reply], budget: int) -> None:
    """Reads up to `budget` tokens of unread prompts, lowest slots first."""
    first = next((slot for slot, reply in enumerate(replies) if reply.unread), None)
    if first is None:
        return
    counts: list[int] = []
    for reply in replies[first:]:
        # A prompt is only cut where it is the only one; short ones go together.
        if counts and (reply.unread > budget or not reply.unread):
            break
        counts.append(min(reply.unread, budget))
        budget -= counts[-1]
        if budget <= 0:
            break
    logits_nV = runner.fill(first, counts)
    for place, (reply, count) in enumerate(zip(replies[first:], counts, strict=False)):
        reply.unread -= count
        if not reply.unread:
            reply.take(logits_nV[place : place + 1])


def _write_on(runner: Runner, replies: Sequence[Reply]) -> None:
    """Extends every reply whose prompt is read, and cuts refused drafts from the cache."""
    ready = [reply for reply in replies if not reply.unread]
    if not ready:
        return
    fed = [reply.feed() for reply in ready]
    parts = torch.split(runner.extend(fed), [len(part) for part in fed])
    for slot, (reply, part) in enumerate(zip(ready, parts, strict=True)):
        reply.take(part)
        runner.cut(slot, reply.length)


def _leave(runner: Runner, live: list[tuple[int, Reply]]) -> Iterator[tuple[int, Result]]:
    """Hands out the replies that have ended, and closes the gaps that they leave."""
    slot = 0
    while slot < len(live):
        number, reply = live[slot]
        if reply.finish is None:
            slot += 1
            continue
        # The last slot that writes moves into the gap, and the last of all into its place, so
        # that slots which write stay in front of those which still read their prompt.
        writing = sum(not other.unread for _, other in live)
        gap = slot
        for source in (writing - 1, len(live) - 1):
            if source > gap:
                runner.move(source, gap)
                live[gap] = live[source]
                gap = source
        live.pop()
        yield number, reply.result()
