"""Stage c: pages say what is on them, are learned as they will be asked; a killed run goes on."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import ImageFont

from docparse.anchors.boxed import APART, BELOW, BESIDE, breaks
from docparse.errors import MissingEngineError, UsageError
from docparse.model.tokenizer import Tokenizer
from docparse.omni.emit import emit_page_reply
from docparse.omni.parse import parse_reply
from docparse.train import words as words_module
from docparse.train.kept import kept_loss
from docparse.train.lines import LineSample, Spot
from docparse.train.multimodal import LinesStage
from docparse.train.nano import new_model
from docparse.train.page_stage import SHORTEST, PagesRun, PagesStage, untie
from docparse.train.pages import PageSample, _renamed, _spots_in, page_samples
from docparse.train.sheets import SetLine, lines_of
from docparse.train.teller import merge
from docparse.train.told import Told, tell
from docparse.train.words import load_words
from docparse.types import BBox, Frame
from tests.train.test_lines_stage import samples as line_samples
from tests.train.test_lines_stage import settings, start


def pages(seed: int) -> list[PageSample | LineSample]:
    """Noise that is said to hold a text each, and told so in two lines."""
    noise = np.random.default_rng(seed)
    found: list[PageSample | LineSample] = []
    for said in ("港の時計", "Z678"):
        text = f'<html><body>\n<p data-bbox="2 3 50 20">{said}</p>\n</body></html>'
        first = text.index(said)
        at = [(8.0 + 12 * number, 12.0) for number in range(len(said))]
        spots: list[Spot | None] = [None] * len(text)
        spots[first : first + len(said)] = at
        picture = noise.integers(0, 255, (56, 84), dtype=np.uint8)
        head = "[002 003 050 020]"
        halves = said[:2], said[2:]
        around = [*[None] * len(head)]
        told = Told(
            f"{head}{halves[0]}{BELOW}{head}{halves[1]}{APART}",
            (*around, *at[:2], at[1], *around, *at[2:], at[-1]),
            (len(head), 2 * len(head) + 3),
            (len(head) + 2, 2 * len(head) + 5),
        )
        found.append(PageSample(picture, text, tuple(spots), told))
    return found


def stage_c(folder: Path, tokenizer: Any, stage: PagesStage) -> PagesRun:
    """Stage c after a stage b that learned nothing."""
    if not (folder / "lines.pt").is_file():
        start(folder, tokenizer, LinesStage()).save()
    return PagesRun(new_model(untied(tokenizer)), Tokenizer(tokenizer), stage, folder)


def untied(tokenizer: Any) -> dict[str, Any]:
    return settings(tokenizer) | {"tie_word_embeddings": False}


def test_the_decoder_learns_what_the_model_will_be_asked(tokenizer: Any, tmp_path: Path) -> None:
    """The vectors of a batch of pages are those of the same chats in the model's own forward."""
    run = stage_c(tmp_path, tokenizer, PagesStage())
    some = pages(0)
    with torch.no_grad():
        seen = run.see([page for page in some if isinstance(page, PageSample)])
        targets = [run.teller.target(page.text) for page in some]
        prompts = [run.prompt(page) for page in some]
        hidden = run.teller.decode(merge(run.model, seen), targets, prompts, None)
        for number, (prompt, target) in enumerate(zip(prompts, targets, strict=True)):
            ids = [*prompt.ids, *target[:-1]]
            known = prompt.positions
            follow = [known.following + place for place in range(len(target) - 1)]
            places = torch.tensor(
                [[*axis, *follow] for axis in (known.time, known.row, known.column)]
            )
            logits = run.model(ids, places, prompt.pixels, lengths=[len(ids)])
            ours = run.model.logits(hidden[number])
            torch.testing.assert_close(ours, logits[len(prompt.ids) - 1 :], rtol=1e-4, atol=1e-4)


def test_a_killed_run_goes_on_as_if_it_was_not(tokenizer: Any, tmp_path: Path) -> None:
    """Pages and lines by turns."""
    stage = PagesStage(lines=60, warm_up=5, rate=3e-3, guided=9)
    batches = [pages(0), [*line_samples(0)], pages(1)] * 2
    whole = stage_c(tmp_path / "a", tokenizer, stage)
    losses = [whole.step(batch) for batch in batches]
    first = stage_c(tmp_path / "b", tokenizer, stage)
    halves = [first.step(batch) for batch in batches[:3]]
    first.save()
    second = stage_c(tmp_path / "b", tokenizer, stage)
    assert second.load()
    halves += [second.step(batch) for batch in batches[3:]]
    assert halves == losses


def test_tower_and_head_stand_still(tokenizer: Any, tmp_path: Path) -> None:
    run = stage_c(tmp_path, tokenizer, PagesStage(warm_up=1))
    still = [*run.model.tower.blocks.parameters(), *run.of_lines.head.parameters()]
    learning = run.model.decoder.layers[0].out.weight, next(run.model.tower.merger.parameters())
    for batch in (pages(0), [*line_samples(0)]):
        before = [part.clone() for part in still], [part.clone() for part in learning]
        run.step(batch)
        assert all(map(torch.equal, before[0], still))
        assert not any(map(torch.equal, before[1], learning))


def test_tokens_are_read_apart_and_told_as_before(tokenizer: Any) -> None:
    decoder = new_model(untied(tokenizer)).decoder
    decoder.head.weight.data = torch.randn(decoder.head.weight.shape)
    decoder.embedding.weight.data = decoder.head.weight.data.clone()
    hidden = torch.randn(3, decoder.config.width)
    before, read = decoder.head(decoder.norm(hidden)), decoder.embedding.weight.clone()
    untie(decoder)
    apart = decoder.head(decoder.norm(hidden)) - before
    torch.testing.assert_close(apart, apart[:, :1].expand_as(apart), rtol=1e-3, atol=1e-3)
    # The first norm leaves the direction, which is nearly what it was.
    assert torch.cosine_similarity(decoder.embedding.weight, read).min() > 0.9


def test_tokens_that_lines_never_tell_can_be_told(tokenizer: Any) -> None:
    decoder = new_model(untied(tokenizer)).decoder
    decoder.head.weight.data[5] *= 1e-3
    untie(decoder)
    assert decoder.head.weight.norm(dim=1).min().item() == pytest.approx(SHORTEST)


def test_what_is_drawn_but_not_told_hardly_moves(tokenizer: Any, tmp_path: Path) -> None:
    """Adam alone would move it as far."""
    run = stage_c(tmp_path, tokenizer, PagesStage(warm_up=1))
    head = run.model.decoder.head.weight
    head.data.copy_(head.detach() / 10)  # that all are nearly as likely
    before = head.detach().clone()
    some = pages(0)
    run.step(some)
    told = sorted({token for page in some for token in run.teller.target(page.text)})
    moved = (head.detach() - before).abs().mean(1)
    rest = torch.ones(len(moved), dtype=torch.bool)
    rest[told] = False
    assert moved[told].mean() > 5 * moved[rest].mean() > 0


def test_lines_are_kept_as_the_teacher_tells_them(tokenizer: Any, tmp_path: Path) -> None:
    run = stage_c(tmp_path, tokenizer, PagesStage())
    lines = list(line_samples(0))
    merged = merge(run._teacher.model, run.of_lines.see(lines))
    targets = [run.teller.target(line.text) for line in lines]
    prompts = [run.of_lines.prompt(lines[0])] * len(lines)
    losses = [
        kept_loss(learner, run._teacher, (merged, merged), targets, prompts, seed=0).item()
        for learner in (run._teacher, run.teller)
    ]
    assert losses[0] < losses[1]


def test_the_decoder_is_guided_to_what_it_is_told(tokenizer: Any, tmp_path: Path) -> None:
    """Looking at nothing but the tokens of the told line that stand where its own do costs none."""
    run = stage_c(tmp_path, tokenizer, PagesStage())
    some = [page for page in pages(0) if isinstance(page, PageSample)]
    targets = [run.teller.target(page.text) for page in some]
    prompts = [run.prompt(page) for page in some]
    groups = 6
    guide = run._guide(some, targets, prompts, groups=groups)
    mark = prompts[0].ids.index(run.model.config.image_token) + groups
    said = [
        [*prompt.ids[mark:], *target[:-1]] for prompt, target in zip(prompts, targets, strict=True)
    ]
    longest = max(map(len, said))
    looks = torch.zeros(2, 2, longest, guide.places)
    for page, (sample, row) in enumerate(zip(some, said, strict=True)):
        text = re.sub(rf"\[002 003 050 020\]|{BELOW}|{APART}", "", sample.told.text)
        for token in map(run.teller.tokenizer.encode, text):
            first, last = row.index(token[0]), len(row) - 1 - row[::-1].index(token[0])
            looks[page, :, last - 1, groups + first] = 1.0
    guide.watch(looks)
    assert float(guide.loss()) == pytest.approx(0.0, abs=1e-3)
    guide.watch(looks.roll(1, dims=-1))
    assert float(guide.loss()) > 2.0


def test_the_first_layer_is_guided_to_the_token_before_over_line_ends(
    tokenizer: Any, tmp_path: Path
) -> None:
    run = stage_c(tmp_path, tokenizer, PagesStage())
    some = [page for page in pages(0) if isinstance(page, PageSample)]
    targets = [run.teller.target(page.text) for page in some]
    prompts = [run.prompt(page) for page in some]
    guide = run._guide(some, targets, prompts, groups=6)
    mark = prompts[0].ids.index(run.model.config.image_token) + 6
    followed = [
        [run.teller.tokenizer.decode([prompts[page].ids[mark + at]]) for at in pair]
        for page, *pair in guide.jumps
    ]
    assert followed == [["時", "の"], ["7", "6"]]
    length = max(
        len(prompt.ids) - mark + len(target)
        for prompt, target in zip(prompts, targets, strict=True)
    )
    looks = torch.zeros(2, 4, length, length)
    looks[:, 0].diagonal(-1, dim1=-2, dim2=-1).fill_(1.0)
    for page, token, before in guide.jumps:
        looks[page, 2, token, before] = 1.0
    guide.watch_before(looks)
    assert float(guide.loss()) == pytest.approx(0.0, abs=1e-3)
    guide.watch_before(looks.roll(1, dims=1))
    assert float(guide.loss()) > 2.0


def test_a_head_is_guided_back_to_where_the_last_text_ended(tokenizer: Any, tmp_path: Path) -> None:
    run = stage_c(tmp_path, tokenizer, PagesStage())
    decode, encode = run.teller.tokenizer.decode, run.teller.target
    target = encode('<td>港</td></tr>\n<p data-bbox="2 3 50 20">時</p>')
    first = next(at for at, token in enumerate(target) if decode([token]).startswith("</"))
    end = next(at for at, token in enumerate(target) if decode([token]) == "時")
    assert list(run._closed(target))[: end - first] == [
        (at, first) for at in range(first + 1, end + 1)
    ]
    some = [page for page in pages(0) if isinstance(page, PageSample)]
    targets = [run.teller.target(page.text) for page in some]
    prompts = [run.prompt(page) for page in some]
    guide = run._guide(some, targets, prompts, groups=6)
    length = max(tail + len(target) for tail, target in zip(guide.tails, targets, strict=True))
    looks = torch.zeros(2, length, length)
    for page, token, end in guide.closed:
        looks[page, token, end] = 1.0
    guide.watch_closed(looks)
    assert float(guide.loss()) == pytest.approx(0.0, abs=1e-3)
    guide.watch_closed(looks.roll(1, dims=-1))
    assert float(guide.loss()) > 2.0


def test_what_follows_a_block_counts_more_than_the_figures_of_its_box(
    tokenizer: Any, tmp_path: Path
) -> None:
    run = stage_c(tmp_path, tokenizer, PagesStage())
    target = run.teller.target('<p data-bbox="2 13 50 20">7 港</p>\n')
    said: dict[str, str] = defaultdict(str)
    for token, kind in zip(target, run._kinds(target), strict=True):
        said[kind] += run.teller.tokenizer.decode([token])
    assert said == {"markup": '<p data-bbox="   "></p>\n', "figure": "2135020", "text": "7 港"}


def test_the_last_layer_learns_to_hand_on_what_it_is_told(tokenizer: Any, tmp_path: Path) -> None:
    run = stage_c(tmp_path, tokenizer, PagesStage())
    some = [page for page in pages(0) if isinstance(page, PageSample)]
    targets = [run.teller.target(page.text) for page in some]
    prompts = [run.prompt(page) for page in some]
    optimizer = torch.optim.AdamW(run.parameters, lr=3e-3)
    costs = []
    for _ in range(60):
        merged = merge(run.model, run.see(some))
        guide = run._guide(some, targets, prompts, groups=merged.shape[1])
        run.teller.decode(merged, targets, prompts, guide)
        cost = run.teller._copying_loss(guide, prompts, 0)
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        costs.append(cost.item())
    assert costs[0] > 3.0
    assert costs[-1] < 0.1


def test_pages_learned_by_heart_are_read(tokenizer: Any, tmp_path: Path) -> None:
    run = stage_c(tmp_path, tokenizer, PagesStage(lines=2000, warm_up=20, rate=4e-3, guided=0))
    some = pages(0)
    texts = [page.text for page in some]
    assert run.read(some) != texts
    for number in range(150):
        run.step(some)
        if number % 20 == 19 and run.read(some) == texts:
            return
    pytest.fail(f"after 150 steps it reads {run.read(some)}")


def test_without_stage_b_there_is_nothing_to_go_on_from(tokenizer: Any, tmp_path: Path) -> None:
    start(tmp_path, tokenizer, LinesStage())
    with pytest.raises(UsageError, match="no stage b"):
        stage = PagesStage()
        PagesRun(new_model(untied(tokenizer)), Tokenizer(tokenizer), stage, tmp_path)


def test_tokens_stand_where_their_letters_do(tokenizer: Any, tmp_path: Path) -> None:
    run = stage_c(tmp_path, tokenizer, PagesStage())
    page = pages(0)[0]
    assert isinstance(page, PageSample)
    target = run.teller.target(page.text)
    told = [
        (run.teller.tokenizer.decode([token]), spot)
        for token, spot in zip(target, run.teller.spots(page.text, page.spots, target), strict=True)
        if spot
    ]
    assert told == [(char, (8.0 + 12 * number, 12.0)) for number, char in enumerate("港の時計")]


def test_a_page_shows_what_its_reply_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every letter of a reply has its spot inside a box of its, the same seed draws the same."""
    (tmp_path / "man1").mkdir()
    for path in sorted((words_module.MANUALS_EN / "man1").glob("*.gz"))[:20]:
        (tmp_path / "man1" / path.name).symlink_to(path)
    monkeypatch.setattr(words_module, "MANUALS_EN", tmp_path)  # thousands take long to read
    try:
        words = load_words(held_out=True)
        drawn = list(islice(page_samples(words, 3, held_out=True), 12))
        again = list(islice(page_samples(words, 3, held_out=True), 12))
    except MissingEngineError as error:
        pytest.skip(str(error))
    for page, same in zip(drawn, again, strict=True):
        assert page.text == same.text
        assert np.array_equal(page.picture, same.picture)
        height, width = page.picture.shape
        frame = Frame(width, height, width, height, 72)
        read = parse_reply(page.text, frame)
        assert read.blocks
        assert not read.notes
        assert emit_page_reply(read, frame) == page.text
        boxes = [block.bbox for block in read.blocks]
        for x, y in filter(None, page.spots):
            assert any(b.x0 <= x <= b.x1 and b.y0 <= y <= b.y1 for b in boxes)
        assert len({page.text for page in drawn}) == len(drawn)


def test_kanji_are_told_and_replied_as_other_ones() -> None:
    page = PageSample(
        np.zeros((28, 28), dtype=np.uint8),
        "<p>時の時</p>",
        (None,) * 10,
        Told("時の日", (), (), ()),
    )
    renamed = _renamed(page, random.Random(0))
    first, kana, again = renamed.text.removeprefix("<p>").removesuffix("</p>")
    assert first == again == renamed.told.text[0]
    assert first != "時"
    assert kana == "の"
    assert renamed.told.text[1:] == "の日"  # a slip that is told and not replied


def test_lines_are_told_where_they_stand_with_slips() -> None:
    """Each letter keeps its spot, each figure tells a corner of its line."""
    lines = [
        SetLine("Net 港", "", BBox(10, 20, 70, 40), ((15, 30), (25, 30), (35, 30), (60, 30))),
        SetLine("12", "", BBox(90, 20, 110, 40), ((95, 30), (105, 30))),
    ]
    true = {"N": 15, "e": 25, "t": 35, "港": 60, "1": 95, "2": 105}
    texts = set()
    for seed in range(60):
        told = tell(lines, random.Random(seed))
        texts.add(re.sub(r"\[.*?\]", "", told.text))
        assert len(told.spots) == len(told.text)
        parts = list(
            re.finditer(r"\[(\d{3}) (\d{3}) (\d{3}) (\d{3})\]([^\t\n\v]*)[\t\n\v]", told.text)
        )
        assert told.starts == tuple(part.start(5) for part in parts)
        assert told.ends == tuple(part.end(5) for part in parts)
        for part in parts:
            corners = set(told.spots[part.start() : part.start(5)]) - {None}
            x0, y0, x1, y1 = map(float, part.groups()[:4])
            assert corners == {(x0, y0), (x1, y1)}
            assert 8 <= x0 < x1 <= 112
    assert "Net 港\t12\v" in texts  # without a slip
    assert "Net 港 12\v" in texts  # one line for two of a row
    assert "Net\t港\t12\v" in texts  # two for one
    faultless = next(
        t for t in (tell(lines, random.Random(n)) for n in range(60)) if "Net 港\t" in t.text
    )
    for char, spot in zip(faultless.text, faultless.spots, strict=True):
        if char in "Net港":
            assert spot == (true[char], 30)


def test_lines_are_cut_where_lines_end() -> None:
    font = ImageFont.load_default(20)
    assert isinstance(font, ImageFont.FreeTypeFont)
    text = "two small words and averyveryverylongone"
    lines = lines_of(text, font, 120)
    assert "".join(lines) == text
    assert all(font.getlength(line.rstrip()) <= 120 for line in lines)
    assert lines[0] == "two small "


def test_tags_tell_of_where_blocks_begin_and_end() -> None:
    text = '<html><body>\n<p data-bbox="2 13 50 20">a &amp; b</p>\n</body></html>'
    a, sign, b = (5.0, 16.0), (20.0, 16.0), (40.0, 16.0)
    spots = _spots_in(text, [a, sign, b])
    assert spots is not None
    told = [
        (spot, "".join(text[place] for place in places))
        for spot, places in groupby(range(len(text)), spots.__getitem__)
    ]
    assert told == [
        (a, "<html><body>"),
        (None, "\n"),
        ((2.0, 13.0), '<p data-bbox="2 13'),
        (None, " "),
        ((50.0, 20.0), "50 20"),
        (None, '">'),
        (a, "a"),
        (None, " "),
        (sign, "&amp;"),
        (None, " "),
        (b, "b</p>"),
        (None, "\n"),
        (b, "</body></html>"),
    ]
    assert _spots_in(text, [a, sign]) is None


def test_what_stands_behind_a_line_says_where_the_next_one_is() -> None:
    row = [BBox(10, 20, 60, 40), BBox(90, 22, 150, 41)]
    below = [BBox(10, 50, 150, 70), BBox(10, 80, 150, 100), BBox(10, 122, 80, 142)]
    assert breaks([*row, *below]) == [BESIDE, BELOW, BELOW, APART, APART]
    beside_at_the_top = [*below, BBox(200, 20, 300, 40)]  # of the next column
    assert breaks(beside_at_the_top) == [BELOW, APART, APART, APART]
    assert breaks([]) == []
