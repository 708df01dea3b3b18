"""Every option once, typed: what the command line offers and what the library takes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Literal, get_type_hints

from docparse.errors import UsageError

Format = Literal["html", "md", "json", "report", "pdf", "dolma"]

# The model that is shipped; as the model of a page it is asked for with `--reading page`.
NANO = "docparse-nano"


@dataclass(frozen=True, slots=True)
class Flag:
    """How a setting is spelled on the command line, and its line of help."""

    names: tuple[str, ...]
    help: str
    least: float | None = None
    most: float | None = None
    env: str = ""


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """How documents are read."""

    pages: Annotated[
        str,
        Flag(("--pages",), "Pages to read, all by default: 1-5,8,12-end,r3-r1 (r1 is the last)."),
    ] = ""
    password: Annotated[
        str, Flag(("--password",), "Password of a locked PDF.", env="DOCPARSE_PASSWORD")
    ] = ""
    dpi: Annotated[
        int,
        Flag(
            ("--dpi",),
            "Resolution of page space, for pages that are not one full-page image.",
            least=36,
            most=1200,
        ),
    ] = 200
    reader: Annotated[
        str,
        Flag(
            ("--reader",),
            "Who reads the lines of scans: auto, nano (our own), rapidocr, or off.",
        ),
    ] = "auto"
    reading: Annotated[
        str,
        Flag(
            ("--reading",),
            "How docparse-nano reads: lines, or page (whole pages; good for small ones only).",
        ),
    ] = "lines"
    model: Annotated[
        str,
        Flag(
            ("--model",),
            "Checkpoint that reads the pages: a folder, or a hub name (owner/name@revision).",
            env="DOCPARSE_MODEL",
        ),
    ] = ""
    server: Annotated[
        str,
        Flag(
            ("--server",),
            "Address of an OpenAI-compatible server that runs the model: http://HOST:PORT/v1.",
            env="DOCPARSE_SERVER",
        ),
    ] = ""
    max_requests: Annotated[
        int,
        Flag(
            ("--max-requests",), "Most requests to a server at the same time.", least=1, most=4096
        ),
    ] = 32
    profile: Annotated[
        str, Flag(("--profile",), "How the model is spoken to, where its name does not tell.")
    ] = ""
    anchors: Annotated[
        str,
        Flag(
            ("--anchors",),
            "Text anchors in the prompt: olmocr (of the text layer), or lines (read, on scans).",
        ),
    ] = "off"
    max_pixels: Annotated[
        int | None,
        Flag(("--max-pixels",), "Most pixels of a page that the model is shown.", least=784),
    ] = None
    quantize: Annotated[str, Flag(("--quantize",), "Pack the model's weights: int8 or int4.")] = ""

    review_below: Annotated[
        float,
        Flag(
            ("--review-below",),
            "Note the words that are less sure than this, 0 to 1, to be looked at.",
            least=0,
            most=1,
        ),
    ] = 0.0
    hold_format: Annotated[
        bool, Flag(("--hold-format",), "Hold the model's replies to the format of its profile.")
    ] = False

    def __post_init__(self) -> None:
        """Raises UsageError for a value that is none, and for what says nothing without a model."""
        for flag, value, known in (
            ("--reader", self.reader, ("auto", "nano", "rapidocr", "off")),
            ("--reading", self.reading, ("lines", "page")),
            ("--anchors", self.anchors, ("off", "olmocr", "lines")),
            ("--quantize", self.quantize, ("", "int8", "int4")),
        ):
            if value not in known:
                choices = " or ".join(choice for choice in known if choice)
                raise UsageError(f"{flag} cannot be {value}", hint=f"use {flag} {choices}")
        if self.reading == "page" and self.model in ("", NANO) and not self.server:
            object.__setattr__(self, "model", NANO)
            object.__setattr__(self, "anchors", "lines")
            object.__setattr__(self, "hold_format", True)
        elif self.reading == "page":
            raise UsageError(
                "--reading page is for docparse-nano; other models read whole pages anyhow",
                hint="leave out --reading",
            )
        if self.server and not self.model:
            raise UsageError(
                "a server is given with --server or DOCPARSE_SERVER, but no model",
                hint="give its name with --model; the server lists them at /v1/models",
            )
        if self.server and self.hold_format:
            raise UsageError(
                "--hold-format is for models on this machine, not for a server",
                hint="leave out --hold-format",
            )
        if self.server and self.quantize:
            raise UsageError(
                "--quantize packs weights of this machine, not of a server",
                hint="leave out --quantize",
            )
        of_a_model = self.profile or self.quantize or self.max_pixels or self.hold_format
        if of_a_model and not self.model:
            raise UsageError(
                "--profile, --quantize, --max-pixels and --hold-format are about a model, and none "
                "is given",
                hint="give one with --model",
            )


@dataclass(frozen=True, slots=True)
class WriteSettings:
    """What is written beside the text and how."""

    headers_footers: Annotated[
        bool, Flag(("--headers-footers",), "Keep page headers and footers in Markdown.")
    ] = False
    no_join: Annotated[
        bool,
        Flag(("--no-join",), "Leave apart in Markdown what goes on in a column or on a page."),
    ] = False
    figures: Annotated[
        Path | None,
        Flag(("--figures",), "Folder for the pictures of figures; else OUT_files/ beside OUT."),
    ] = None
    embed_images: Annotated[
        bool, Flag(("--embed-images",), "Put pictures into the output file itself.")
    ] = False
    overlay: Annotated[
        Path | None, Flag(("--overlay",), "Folder for each page as PNG with its boxes drawn.")
    ] = None
    report: Annotated[
        bool,
        Flag(("--report",), "Write a report: pages with boxes beside the text, in one HTML file."),
    ] = False
    original: Annotated[
        Path | None,
        Flag(("--original",), "The file that a saved result was made from, for a report or a PDF."),
    ] = None


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How the work is done; changes nothing in the results."""

    jobs: Annotated[
        int,
        Flag(
            ("-j", "--jobs"),
            "Pages that are read at the same time; a model reads four together as it is.",
            least=1,
            most=256,
        ),
    ] = 1
    page_timeout: Annotated[
        int,
        Flag(
            ("--page-timeout",),
            "Seconds after which a page is given up; a model gets 30 times as long.",
            least=1,
            most=86400,
        ),
    ] = 120
    ray: Annotated[
        str,
        Flag(
            ("--ray",),
            "Spread the work over a Ray cluster: HOST:PORT, auto (the one that runs), or local.",
        ),
    ] = ""
    redo: Annotated[
        str,
        Flag(("--redo",), "Convert again what failed, or all, whatever the ledger says."),
    ] = ""
    fail_fast: Annotated[
        bool, Flag(("--fail-fast",), "Stop at the first document that is not read in full.")
    ] = False
    dry_run: Annotated[
        bool,
        Flag(("--dry-run",), "List documents, pages and how they would be read; write nothing."),
    ] = False
    quiet: Annotated[bool, Flag(("-q", "--quiet"), "Say nothing but errors.")] = False
    verbose: Annotated[bool, Flag(("-v", "--verbose"), "Say what is done.")] = False

    def __post_init__(self) -> None:
        if self.redo not in ("", "failed", "all"):
            raise UsageError(
                f"--redo cannot be {self.redo}", hint="use --redo failed or --redo all"
            )


def flags_of(settings: type) -> dict[str, tuple[object, Flag, object]]:
    """Field name to (type, flag, default) for each field of a settings class."""
    hints = get_type_hints(settings, include_extras=True)
    return {
        field.name: (hints[field.name].__origin__, hints[field.name].__metadata__[0], field.default)
        for field in fields(settings)
    }
