"""Head and decoder together: what the head leaves open is changed where both gain by it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
import torch

from docparse.model import fusion
from docparse.model.branches import Branch
from docparse.model.ctc import BLANK, CharRead, CTCHead, log_probability, read_greedily
from docparse.model.fusion import Fusion, _applied, _Edit, _Scores
from docparse.model.load import load_checkpoint
from docparse.train.alphabet import ALPHABET
from docparse.train.export import write_checkpoint
from docparse.train.nano import nano_config, new_model
from docparse.train.tokenizer import SPECIAL, build_tokenizer

NUMBER = {char: place + 1 for place, char in enumerate(ALPHABET)}


@pytest.fixture(scope="module")
def settler(tmp_path_factory: pytest.TempPathFactory) -> Fusion:
    folder = tmp_path_factory.mktemp("nano")
    tokenizer = build_tokenizer(["harbour"], num_pieces=8)
    tokens = {name: tokenizer.token_to_id(name) or 0 for name in SPECIAL}
    config = nano_config(tokens, tokenizer.get_vocab_size())
    model = new_model(config)
    head = CTCHead(model.config.vision.width, len(ALPHABET))
    write_checkpoint(folder, model, head, config, tokenizer)
    cpu = torch.device("cpu")
    return Fusion(load_checkpoint(folder, device=cpu, dtype=torch.float32), ALPHABET)


def scores(*frames: dict[str, float]) -> torch.Tensor:
    """Logits of a line, one frame after the other; what is not named has hardly any share."""
    logits = torch.full((len(frames), len(ALPHABET) + 1), -30.0)
    for row, frame in zip(logits, frames, strict=True):
        row[0] = math.log(max(1e-9, 1 - sum(frame.values())))
        for char, share in frame.items():
            row[NUMBER[char]] = math.log(share)
    return logits


def test_one_character_in_some_frames_is_as_likely_as_the_whole_recursion_finds_it() -> None:
    logits_FV = torch.randn(9, 5, generator=torch.Generator().manual_seed(2)) * 4
    for window in ((0, 9), (2, 3), (3, 7)):
        frames = logits_FV[slice(*window)].numpy()
        wanted = [log_probability(frames, [] if n == BLANK else [n]) for n in (3, BLANK, 1)]
        found = _Scores(logits_FV, {1, 3}).of(window, [3, BLANK, 1])
        assert found == pytest.approx(wanted, abs=1e-5)


def settled(
    settler: Fusion,
    monkeypatch: pytest.MonkeyPatch,
    logits: torch.Tensor,
    wanted: str,
    *,
    gain: float,
) -> str:
    """The line if the decoder finds one text likelier than what was read, and all others less."""

    def gains(
        _model: object,
        _start: object,
        _prompt: object,
        _seen: torch.Tensor,
        texts: Sequence[Sequence[int]],
        branches: Sequence[Sequence[Branch]],
    ) -> list[list[float]]:
        encode = settler._checkpoint.tokenizer.encode
        ((text,), (some,)) = texts, branches
        made = [[*text[: one.start], *one.ids, *text[one.end :]][:-1] for one in some]
        return [[gain if ids == encode(wanted) else -gain for ids in made]]

    monkeypatch.setattr(fusion, "branch_gains", gains)
    read = read_greedily(logits[None])
    seen = torch.zeros(1, 2, 4, 192)
    (line,) = settler.settle(read, logits[None], seen, vertical=False)
    return "".join(ALPHABET[char.number - 1] for char in line)


@pytest.mark.parametrize(
    ("wanted", "gain", "found"),
    [("該当", 20.0, "該当"), ("該当", 2.0, "談当"), ("談", 20.0, "談当"), ("当", 40.0, "当")],
)
def test_a_doubtful_character_gives_way_where_both_scores_gain(
    settler: Fusion, monkeypatch: pytest.MonkeyPatch, wanted: str, gain: float, found: str
) -> None:
    """A sure character (当) stays, whatever the decoder says."""
    logits = scores({}, {"談": 0.7, "該": 0.1}, {}, {}, {"当": 0.999}, {})
    assert settled(settler, monkeypatch, logits, wanted, gain=gain) == found


def test_what_gave_way_is_still_what_else_it_may_be() -> None:
    """A dictionary may know better, as of 維持 and 雄持."""
    first = CharRead(NUMBER["維"], 0.5, 3, 3, ((NUMBER["雄"], 0.4), (NUMBER["線"], 0.1)))
    edits = [_Edit(0, 1, NUMBER["雄"], 3, 0.5), _Edit(0, 1, NUMBER["線"], 3, -2.0)]
    (made,) = _applied([first], edits)
    assert made.number == NUMBER["雄"]
    assert [number for number, _ in made.rivals] == [NUMBER["維"], NUMBER["線"]]
    assert made.confidence + sum(sure for _, sure in made.rivals) == pytest.approx(1)
    assert made.confidence / made.rivals[0][1] == pytest.approx(math.exp(0.5))


def test_a_character_that_was_hardly_seen_is_put_in(
    settler: Fusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    logits = scores({}, {"a": 0.999}, {}, {}, {"b": 0.3}, {}, {}, {"c": 0.999})
    assert settled(settler, monkeypatch, logits, "abc", gain=9.0) == "abc"
    assert settled(settler, monkeypatch, logits, "ac", gain=9.0) == "ac"


def test_a_line_without_doubt_costs_the_decoder_nothing(
    settler: Fusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> list[list[float]]:
        raise AssertionError("asked")

    monkeypatch.setattr(fusion, "branch_gains", fails)
    logits = scores({"a": 0.999}, {}, {"b": 0.999})[None]
    read = read_greedily(logits)
    assert settler.settle(read, logits, torch.zeros(1, 2, 4, 192), vertical=False) == read


def test_a_figure_keeps_its_length(settler: Fusion, monkeypatch: pytest.MonkeyPatch) -> None:
    """`+0,41 m` came out as `+,41 m`."""
    logits = scores({"+": 0.999}, {}, {"0": 0.6}, {}, {",": 0.999}, {}, {"4": 0.3}, {}, {})
    assert settled(settler, monkeypatch, logits, "+,", gain=40.0) == "+0,"
    assert settled(settler, monkeypatch, logits, "+0,4", gain=40.0) == "+0,"


def test_a_letter_is_not_told_twice_for_the_frames_of_one(
    settler: Fusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`(training` came out as `ttraining`, which the dictionary made `training`."""
    logits = scores({"d": 0.999}, {}, {"(": 0.79, "t": 0.19}, {"t": 0.999}, {}, {"r": 0.999}, {})
    assert settled(settler, monkeypatch, logits, "dttr", gain=40.0) == "d(tr"
    logits = scores({"d": 0.999}, {}, {"(": 0.79, "t": 0.19}, {}, {"t": 0.999}, {"r": 0.999}, {})
    assert settled(settler, monkeypatch, logits, "dttr", gain=40.0) == "dttr"
