"""README holds: its commands run, its flags, links and exit codes exist, nothing is left out."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pymupdf
import pytest
import typer.main

from docparse.cli.main import app
from docparse.errors import ExitCode
from tests.command import docparse

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
SHELL = [line for kind, body in BLOCKS if kind == "sh" for line in body.splitlines() if line]
INSTALL = [line for line in SHELL if line.startswith("python3 -m venv")]
USE = [line for line in SHELL if line.startswith("docparse ")]
# Needs something that a test machine lacks, or takes long.
NOT_RUN = ("--model", "--server", "bench", "train", "serve", "doctor", "--install-completion")


def commands(group: Any = None, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Every command by its words."""
    group = group or typer.main.get_command(app)
    found: dict[tuple[str, ...], Any] = {}
    for name, command in group.commands.items():
        words = (*path, name)
        found |= commands(command, words) if hasattr(command, "commands") else {words: command}
    return found


COMMANDS = commands()
FLAGS = {words: {flag for p in c.params for flag in p.opts} for words, c in COMMANDS.items()}
SENTENCE = "The harbour is quiet today, and the boats wait for the evening tide to come in. "
EVERYWHERE = {"-h", "--help", "--version", "--install-completion", "--show-completion"}


def command_of(words: list[str]) -> tuple[str, ...]:
    """The command that a line's words call; a path first means convert."""
    for length in (2, 1):
        if tuple(words[:length]) in COMMANDS:
            return tuple(words[:length])
    return ("convert",)


@pytest.fixture
def desk(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A folder with all that the README's examples name, and an environment with the command."""
    code = "from docparse.cli.main import run; run()"
    shim = tmp_path / "bin" / "docparse"
    shim.parent.mkdir()
    shim.write_text(f"#!/bin/sh\nexec {shlex.quote(sys.executable)} -c '{code}' \"$@\"\n")
    shim.chmod(0o755)
    work = tmp_path / "work"
    (work / "folder" / "below").mkdir(parents=True)
    (work / "samples").symlink_to(ROOT / "samples")
    with pymupdf.open() as pdf:
        for number in range(1, 9):
            page = pdf.new_page()
            page.insert_text((72, 120), f"{number} The harbour", fontsize=18)
            page.insert_textbox((72, 150, 520, 500), SENTENCE * 8, fontsize=11)
        pdf.save(work / "long.pdf")
        pdf.select([0])
        pdf.save(work / "short.pdf")
        pdf.save(work / "folder" / "a.pdf")
        pdf.save(work / "folder" / "below" / "b.pdf")
    path = f"{shim.parent}{os.pathsep}{os.environ['PATH']}"
    return work, {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}


def run_line(line: str, work: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", line], cwd=work, env=env, capture_output=True, text=True, timeout=300
    )


def test_the_first_screen_has_the_two_lines_and_a_picture() -> None:
    first_screen = "\n".join(README.splitlines()[:30])
    assert len(INSTALL) == 2
    assert all(line in first_screen for line in INSTALL)
    assert re.search(r"!\[.+\]\(samples/out/.+\.png\)", first_screen)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for line in INSTALL:
        for named in re.findall(r"\.\[([\w,-]+)\]", line):
            assert set(named.split(",")) <= set(extras["optional-dependencies"])


def test_the_main_job_runs_as_pasted(desk: tuple[Path, dict[str, str]]) -> None:
    work, env = desk
    (line,) = [line for line in INSTALL if "docparse samples/" in line]
    job = line.rpartition("&&")[2].replace(".venv/bin/", "").strip()
    result = run_line(job, work, env)
    assert (result.returncode, result.stdout) == (0, ""), result.stderr
    (output,) = re.findall(r"-o (\S+)", job)
    html = (work / output).read_text(encoding="utf-8")
    assert "Shade on the Way to School" in html
    assert html.count("data-bbox=") > 50
    assert html.count('class="page"') == 2


def run_words(line: str, work: Path) -> subprocess.CompletedProcess[str]:
    """Runs a line as the shell would, in this process."""
    words = shlex.split(line, comments=True)[1:]
    stdin = b""
    if "<" in words:
        stdin = (work / words.pop()).read_bytes()
        words.remove("<")
    return docparse(*words, cwd=work, stdin=stdin)


def test_every_example_runs(desk: tuple[Path, dict[str, str]]) -> None:
    work, _ = desk
    lines = [line for line in USE if not any(word in line for word in NOT_RUN)]
    assert len(lines) >= 6
    for line in lines:
        # Eight pages only where a line speaks of pages: the others are as true of one.
        shutil.copy(work / ("long.pdf" if "--page" in line else "short.pdf"), work / "file.pdf")
        result = run_words(line, work)
        assert result.returncode == 0, f"{line}\n{result.stderr}"
        assert "Traceback" not in result.stderr
        for made in re.findall(r"(?:-o|--overlay|--figures) (\S+)", line):
            assert made == "-" or (work / made).exists(), f"{line} made no {made}"
        if " -o " not in line:
            assert result.stdout.strip(), f"{line} printed nothing"


def test_every_python_example_runs(desk: tuple[Path, dict[str, str]]) -> None:
    work, env = desk
    for kind, body in BLOCKS:
        if kind == "python":
            result = subprocess.run(
                [sys.executable, "-c", body], cwd=work, env=env, capture_output=True, text=True
            )
            assert result.returncode == 0, result.stderr
            assert "Introduction" in result.stdout


@pytest.mark.parametrize("line", USE)
def test_every_flag_of_an_example_is_one_of_its_command(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    known = FLAGS[command_of(words)] | EVERYWHERE
    given = {word.split("=")[0] for word in words if word.startswith("-") and word != "-"}
    assert given <= known, f"{given - known} in: {line}"


def test_every_flag_named_in_a_sentence_exists() -> None:
    prose = re.sub(r"^```.*?^```", "", README, flags=re.MULTILINE | re.DOTALL)
    spans = [
        code for code in re.findall(r"`([^`]+)`", prose) if code.startswith(("-", "docparse "))
    ]
    named = set(re.findall(r"(?<![\w-])--[a-z][\w-]+", " ".join(spans)))
    assert named <= set().union(*FLAGS.values()) | EVERYWHERE


def test_every_command_has_help_and_is_in_readme() -> None:
    for words, command in COMMANDS.items():
        assert command.help, words
        if words != ("convert",):  # the default command: a path is enough
            assert f"docparse {' '.join(words)}" in README, words
        for parameter in command.params:
            assert getattr(parameter, "help", None), f"{words}: {parameter.name} has no help"


def test_every_exit_code_is_in_readme() -> None:
    for code in ExitCode:
        assert re.search(rf"^\| *{int(code)} *\|", README, re.MULTILINE), f"exit code {int(code)}"


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", README):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (ROOT / target).exists(), target
