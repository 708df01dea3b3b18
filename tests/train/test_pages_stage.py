"""Stage c: pages say what is on them, are learned as they will be asked; a killed run goes on."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import ImageFont

from docparse.errors import MissingEngineError, UsageError
from docparse.model.tokenizer import Tokenizer
from docparse.omni.emit import emit_page_reply
from docparse.omni.parse import parse_reply
from docparse.train import words as words_module
from docparse.train.lines import LineSample, Spot
from docparse.train.multimodal import LinesStage
from docparse.train.nano import new_model
from docparse.train.page_stage import PagesRun, PagesStage, TunedRun, merge
from docparse.train.pages import PageSample, _corners, page_samples
from docparse.train.sheets import SetLine, lines_of
from docparse.train.strips import line_frames
from docparse.train.words import load_words
from docparse.types import BBox, Frame
from tests.train.test_lines_stage import samples as line_samples
from tests.train.test_lines_stage import settings, start


def pages(seed: int) -> list[PageSample | LineSample]:
    """Noise that is said to hold a text each, of two sizes of letters."""
    noise = np.random.default_rng(seed)
    found: list[PageSample | LineSample] = []
    for said in ("港の時計", "T123"):
        text = f'<html><body>\n<p data-bbox="2 3 50 20">{said}</p>\n</body></html>'
        first = text.index(said)
        spots: list[Spot | None] = [None] * len(text)
        for number in range(len(said)):
            spots[first + number] = (8.0 + 12 * number, 12.0)
        picture = noise.integers(0, 255, (56, 84), dtype=np.uint8)
        line = SetLine(said, "", BBox(2, 3, 50, 20), ())
        found.append(PageSample(picture, text, tuple(spots), (line,)))
    return found


def stage_c(folder: Path, tokenizer: Any, stage: PagesStage) -> PagesRun:
    """Stage c after a stage b that learned nothing."""
    if not (folder / "lines.pt").is_file():
        start(folder, tokenizer, LinesStage()).save()
    return PagesRun(new_model(settings(tokenizer)), Tokenizer(tokenizer), stage, folder)


def test_the_decoder_learns_what_the_model_will_be_asked(tokenizer: Any, tmp_path: Path) -> None:
    """The vectors of a batch of pages are those of the same chats in the model's own forward."""
    run = stage_c(tmp_path, tokenizer, PagesStage())
    some = pages(0)
    with torch.no_grad():
        seen = run.see([page for page in some if isinstance(page, PageSample)])
        targets = [run.teller.target(page.text) for page in some]
        hidden = run.teller.decode(merge(run.model, seen), targets, run.prompt(some[0]), None)
        for number, (page, target) in enumerate(zip(some, targets, strict=True)):
            prompt = run.prompt(page)
            ids = [*prompt.ids, *target[:-1]]
            known = prompt.positions
            follow = [known.following + place for place in range(len(target) - 1)]
            places = torch.tensor(
                [[*axis, *follow] for axis in (known.time, known.row, known.column)]
            )
            logits = run.model(ids, places, prompt.pixels, lengths=[len(ids)])
            ours = run.model.logits(hidden[number, : len(target)])
            torch.testing.assert_close(ours, logits[len(prompt.ids) - 1 :], rtol=1e-4, atol=1e-4)


def test_a_killed_run_goes_on_as_if_it_was_not(tokenizer: Any, tmp_path: Path) -> None:
    """Pages and lines by turns."""
    stage = PagesStage(lines=60, warm_up=5, rate=3e-3, seen=3, guided=9)
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


def test_at_first_only_the_tower_learns(tokenizer: Any, tmp_path: Path) -> None:
    run = stage_c(tmp_path, tokenizer, PagesStage(seen=4, warm_up=1, weight_decay=0.0))
    tower, decoder = run.model.tower.blocks[0].qkv.weight, run.model.decoder.layers[0].out.weight
    for batch in (pages(0), [*line_samples(0)]):
        before = tower.clone(), decoder.clone()
        run.step(batch)
        assert not torch.equal(before[0], tower)
        assert torch.equal(before[1], decoder)
    run.step(pages(0))
    assert not torch.equal(before[1], decoder)


def test_a_line_in_the_middle_of_its_groups_is_seen_as_one_cut_out(
    tokenizer: Any, tmp_path: Path
) -> None:
    """Where a page is one group high, its line's frames are those of the line alone."""
    run = stage_c(tmp_path, tokenizer, PagesStage())
    noise = np.random.default_rng(0).integers(0, 255, (28, 112), dtype=np.uint8)
    box = BBox(20, 4, 70, 24)
    page = PageSample(noise, "", (), (SetLine("港", "", box, ()),))
    head = run.of_lines.head
    with torch.no_grad():
        frames, counts = line_frames(head, run.see([page]), [page])
        alone = head.frames(run.of_lines.see([LineSample(noise, "港", (40.0,))]), vertical=False)
    # Patches 0 to 5: those of the box and one more at each end, three frames for each.
    assert counts.tolist() == [18]
    torch.testing.assert_close(frames[0, :18], alone[0, :18], rtol=1e-4, atol=1e-5)


def test_pages_learned_by_heart_are_read(tokenizer: Any, tmp_path: Path) -> None:
    run = stage_c(
        tmp_path, tokenizer, PagesStage(lines=2000, warm_up=20, rate=4e-3, seen=0, guided=0)
    )
    some = pages(0)
    texts = [page.text for page in some]
    assert run.read(some) != texts
    for number in range(150):
        run.step(some)
        if number % 20 == 19 and run.read(some) == texts:
            return
    pytest.fail(f"after 150 steps it reads {run.read(some)}")


def test_the_tower_learns_carefully(tokenizer: Any, tmp_path: Path) -> None:
    run = stage_c(tmp_path, tokenizer, PagesStage(seen=0, warm_up=1))
    run.step(pages(0))
    rates = {
        parameter: group["lr"]
        for group in run.optimizer.param_groups
        for parameter in group["params"]
    }
    of_tower = rates[run.model.tower.blocks[0].qkv.weight]
    assert of_tower == pytest.approx(0.2 * rates[run.model.decoder.embedding.weight])
    assert len(rates) == len(run.parameters)


def test_what_the_head_says_of_lines_is_held_to_what_it_said(
    tokenizer: Any, tmp_path: Path
) -> None:
    """Nothing is lost as long as it says the same; then more, the further it is from that."""
    free, kept = (stage_c(tmp_path, tokenizer, PagesStage(seen=0, kept=k)) for k in (0.0, 1.0))
    lines = [*line_samples(0)]

    @torch.no_grad()
    def lost() -> float:
        return float(kept.loss(lines) - free.loss(lines))

    assert lost() == pytest.approx(0.0, abs=1e-5)
    losses = []
    for _ in range(2):
        with torch.no_grad():
            for run in (free, kept):
                run.of_lines.head.classify.bias[:4] += 1.0
        losses.append(lost())
    assert 0.0 < losses[0] < losses[1]


def test_stage_d_goes_on_from_stage_c_and_leaves_the_tower_alone(
    tokenizer: Any, tmp_path: Path
) -> None:
    def stage_d() -> TunedRun:
        model = new_model(settings(tokenizer))
        return TunedRun(model, Tokenizer(tokenizer), PagesStage(warm_up=1), tmp_path)

    before = stage_c(tmp_path, tokenizer, PagesStage(seen=0, warm_up=1))
    with pytest.raises(UsageError, match="no stage c"):
        stage_d()
    before.step(pages(0))
    before.save()
    run = stage_d()
    run.step(pages(1))
    run.step([*line_samples(0)])
    seen, told = run.model.tower.blocks, run.model.decoder.layers
    assert torch.equal(seen[0].qkv.weight, before.model.tower.blocks[0].qkv.weight)
    assert not torch.equal(told[0].out.weight, before.model.decoder.layers[0].out.weight)


def test_without_stage_b_there_is_nothing_to_go_on_from(tokenizer: Any, tmp_path: Path) -> None:
    start(tmp_path, tokenizer, LinesStage())
    with pytest.raises(UsageError, match="no stage b"):
        stage = PagesStage()
        PagesRun(new_model(settings(tokenizer)), Tokenizer(tokenizer), stage, tmp_path)


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


def test_lines_are_cut_where_lines_end() -> None:
    font = ImageFont.load_default(20)
    assert isinstance(font, ImageFont.FreeTypeFont)
    text = "two small words and averyveryverylongone"
    lines = lines_of(text, font, 120)
    assert "".join(lines) == text
    assert all(font.getlength(line.rstrip()) <= 120 for line in lines)
    assert lines[0] == "two small "


def test_the_figures_of_a_box_tell_of_its_corners() -> None:
    tag = '<p data-bbox="2 13 50 20">'
    told = [(char, spot) for char, spot in zip(tag, _corners(tag), strict=True) if spot]
    assert told == [(c, (2.0, 13.0)) for c in "2 13"] + [(c, (50.0, 20.0)) for c in "50 20"]
    assert not any(_corners("</p>"))
