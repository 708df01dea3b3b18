"""The docparse command: words for tasks, and a path for the default one, converting."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import typer.core

from docparse import log
from docparse.cli.bench_batch import run_many
from docparse.cli.bench_check import check_replies
from docparse.cli.bench_pages import read_small_pages
from docparse.cli.bench_read import read_pictures
from docparse.cli.bench_view import view_report
from docparse.cli.flags import with_settings
from docparse.cli.training import train
from docparse.errors import DocparseError, ExitCode, UsageError
from docparse.settings import ReadSettings, RunSettings, WriteSettings


class PathFirst(typer.core.TyperGroup):
    """A group whose default command is `convert`: `docparse a.pdf` is `docparse convert a.pdf`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        own = {name for param in self.params for name in param.opts} | {"-h", "--help"}
        if args and args[0] not in self.commands and args[0].split("=")[0] not in own:
            args = ["convert", *args]
        return list(super().parse_args(ctx, args))


app = typer.Typer(
    cls=PathFirst,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Turns PDFs, scans and images into HTML with a box on every element, Markdown and JSON."
    "\n\n`docparse FILE -o out.html` is short for `docparse convert FILE -o out.html`; "
    "`docparse convert --help` lists its options.",
)
bench = typer.Typer(no_args_is_help=True, help="Scores and speeds beside those of a peer.")
app.add_typer(bench, name="bench")
app.add_typer(train, name="train")


def _print_versions(wanted: bool) -> None:
    if not wanted:
        return
    from docparse.cli.versions import versions

    print("\n".join(f"{name} {number}" for name, number in versions().items()))
    raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_versions, help="Versions of what matters."
        ),
    ] = False,
) -> None:
    pass


@app.command()
@with_settings(ReadSettings, WriteSettings, RunSettings)
def convert(
    inputs: Annotated[
        list[str],
        typer.Argument(
            help="Files, folders or 'quoted/**/globs'; - is one document on stdin.",
            metavar="FILE",
            show_default=False,
        ),
    ] = [],  # noqa: B006  typer's way to say "may be given any number of times"
    lists: Annotated[
        list[str],
        typer.Option("--files-from", help="A text file with a path on each line; - is stdin."),
    ] = [],  # noqa: B006
    output: Annotated[
        str,
        typer.Option(
            "-o", "--output", help="File or folder (made, when it ends in /); - is stdout."
        ),
    ] = "-",
    formats: Annotated[
        list[str],
        typer.Option(
            "-f",
            "--format",
            help="html, md, json, pdf, report or dolma; repeatable. The ending of -o decides else.",
        ),
    ] = [],  # noqa: B006
    *,
    read: ReadSettings,
    write: WriteSettings,
    run: RunSettings,
) -> None:
    """Convert documents (the default command)."""
    from docparse.cli.convert import Wanted, convert_all

    wanted = Wanted(inputs, lists, output, formats)
    raise typer.Exit(convert_all(wanted, read=read, write=write, run=run))


@app.command()
def status(
    folder: Annotated[Path, typer.Argument(help="The -o folder of a run, present or past.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """What a run has done so far: counts, speed, what failed and why, and how to redo it."""
    from docparse.batch.status import read_status

    found = read_status(folder)
    print(found.to_json() if as_json else found.to_text())


@app.command()
@with_settings(ReadSettings, RunSettings)
def extract(
    inputs: Annotated[
        list[str], typer.Argument(help="Files or folders; - is stdin.", metavar="FILE")
    ],
    output: Annotated[
        str,
        typer.Option("-o", "--output", help="File, or folder (ends in /); - is stdout."),
    ] = "-",
    schema: Annotated[
        str,
        typer.Option("--schema", help="invoice-jp, or a file with a JSON Schema (needs --model)."),
    ] = "invoice-jp",
    formats: Annotated[
        list[str],
        typer.Option("-f", "--format", help="json, csv or jp-pint; repeatable for a folder."),
    ] = [],  # noqa: B006  typer's way to say "may be given any number of times"
    rename: Annotated[
        bool,
        typer.Option(
            "--rename", help="Copy each document to OUT/renamed/ as YYYYMMDD_COUNTERPARTY_AMOUNT."
        ),
    ] = False,
    compare: Annotated[
        bool, typer.Option("--compare", help="Read by rules and by --model; note what differs.")
    ] = False,
    *,
    read: ReadSettings,
    run: RunSettings,
) -> None:
    """Extract the values of Japanese invoices, or of a schema, with their places and checks."""
    from docparse.batch.tasks import Wish
    from docparse.cli.extract import extract_all, pick_formats

    wish = Wish(schema, pick_formats(formats, output), rename=rename, compare=compare)
    raise typer.Exit(extract_all(inputs, output, wish, read, run))


@app.command()
def anchors(
    file: Annotated[str, typer.Argument(help="A PDF; - is stdin.")],
    page: Annotated[int, typer.Option("--page", help="Page number, from 1.", min=1)] = 1,
    password: Annotated[
        str, typer.Option("--password", help="Password of a locked PDF.", show_default=False)
    ] = "",
    max_length: Annotated[
        int, typer.Option("--max-length", help="Cap on the text's length, in characters.", min=20)
    ] = 6000,
) -> None:
    """Print a page's anchor text in olmOCR's v0.1 form."""
    from docparse.anchors.report import anchor_text

    data = sys.stdin.buffer.read() if file == "-" else Path(file)
    print(anchor_text(data, page, password=password, max_length=max_length), end="")


@app.command()
def doctor() -> None:
    """What docparse finds on this machine: device, memory, models, versions."""
    from docparse.cli.doctor import examine

    for name, finding in examine():
        print(f"{name}: {finding}")


@app.command()
def serve(
    folder: Annotated[
        Path, typer.Option("--folder", help="Where documents and corrections are kept.")
    ] = Path("docparse-app"),
    port: Annotated[
        int, typer.Option("--port", help="Port to listen on.", min=1, max=65535)
    ] = 8311,
    host: Annotated[
        str,
        typer.Option("--host", help="Address to listen on; others than loopback ask for a token."),
    ] = "127.0.0.1",
    jobs: Annotated[
        int, typer.Option("-j", "--jobs", help="Documents that are read at a time.", min=1, max=64)
    ] = 1,
    most_upload: Annotated[
        int, typer.Option("--max-upload", help="Most megabytes of one file.", min=1)
    ] = 200,
    page_timeout: Annotated[
        int, typer.Option("--page-timeout", help="Seconds after which a page is given up.", min=1)
    ] = 120,
) -> None:
    """Look at documents and correct them in a browser, on this machine."""
    from docparse.serve.run import ServeSettings, serve

    serve(
        ServeSettings(host, port, folder, jobs, most_upload, page_timeout),
        announce=lambda address: print(f"docparse: {address} (Ctrl-C ends it)", file=sys.stderr),
    )


@bench.command()
def score(
    data: Annotated[Path, typer.Argument(help="Folder with documents and their ground truth.")],
    limit: Annotated[
        int, typer.Option("--limit", help="At most this many files of each set; 0 is all.", min=0)
    ] = 0,
) -> None:
    """Accuracy of docparse and of pymupdf4llm on the same files."""
    from docparse.bench.score import run_score

    print(run_score(data, limit=limit).to_text())


@bench.command()
def speed(
    files: Annotated[list[Path], typer.Argument(help="PDFs with a text layer.")] = [],  # noqa: B006
    repeat: Annotated[int, typer.Option("--repeat", help="Runs of each side.", min=1)] = 3,
    model: Annotated[
        str,
        typer.Option("--model", help="Time a model: a folder, or tiny, small, 3b-layer, 3b, 7b."),
    ] = "",
    against: Annotated[
        str, typer.Option("--against", help="Whose model code it is timed against.")
    ] = "transformers",
    part: Annotated[
        list[str],
        typer.Option(
            "--part", help="Of a model only tower, decode, packed, drafts, memory, batch."
        ),
    ] = [],  # noqa: B006
    tokens: Annotated[
        int, typer.Option("--tokens", help="Tokens of a model's reply; 0 is 64.", min=0)
    ] = 0,
    threads: Annotated[
        int, typer.Option("--threads", help="Threads of each side of a model; 0 is all.", min=0)
    ] = 0,
) -> None:
    """Pages per second of docparse and of pymupdf4llm on the same files, or a model's speed."""
    if bool(files) == bool(model):
        raise UsageError("there is nothing to time, or too much", "give PDFs or one --model")
    if not model:
        from docparse.bench.speed import run_speed

        print(run_speed(files, repeat=repeat).to_text())
        return
    from docparse.bench.model_speed import run_model_speed

    if against != "transformers":
        raise UsageError(f"{against} cannot be timed", "use --against transformers")
    log.set_up(verbose=True, quiet=False)
    print(
        run_model_speed(model, repeat=repeat, parts=part, tokens=tokens, threads=threads).to_text()
    )


@bench.command()
def memory(
    files: Annotated[list[Path], typer.Argument(help="PDFs whose pages are read again and again.")],
    pages: Annotated[
        int, typer.Option("--pages", help="Pages of the document that is made of them.", min=1)
    ] = 1000,
    reader: Annotated[
        str, typer.Option("--reader", help="What reads scans and pictures: auto or off.")
    ] = "auto",
) -> None:
    """Resident memory of the whole command over one long document."""
    from docparse.bench.memory import run_memory

    print(run_memory(files, num_pages=pages, reader=reader).to_text(), end="")


@bench.command()
def invoices(
    count: Annotated[int, typer.Option("--count", help="How many are drawn.", min=1)] = 200,
    layouts: Annotated[
        str, typer.Option("--layouts", help="held-out, known (to the rules' author) or all.")
    ] = "held-out",
    scans: Annotated[
        bool, typer.Option("--scans", help="Pictures of the invoices instead of PDFs with text.")
    ] = False,
    reader: Annotated[
        str, typer.Option("--reader", help="What reads the pictures: auto, nano or rapidocr.")
    ] = "auto",
) -> None:
    """Accuracy of extract on synthetic Japanese invoices, by field, and of its checks."""
    from docparse.bench.invoices import run_invoices

    if layouts not in ("held-out", "known", "all"):
        raise UsageError(f"no layouts are called {layouts}", "use held-out, known or all")
    print(run_invoices(count=count, layouts=layouts, scans=scans, reader=reader).to_text())


@bench.command()
def server(
    pages: Annotated[int, typer.Option("--pages", help="Pages to send.", min=1)] = 64,
    faults: Annotated[
        float, typer.Option("--faults", help="Share of requests that fail.", min=0.0, max=0.9)
    ] = 0.2,
    tokens: Annotated[int, typer.Option("--tokens", help="Tokens of a reply.", min=3)] = 1000,
) -> None:
    """What talking to a server costs, against a scripted one that fails on purpose."""
    from docparse.bench.server_load import run_server_load

    log.set_up(verbose=False, quiet=False)
    print(run_server_load(pages, share=faults, num_tokens=tokens).to_text())


bench.command(name="read")(read_pictures)
bench.command(name="pages")(read_small_pages)
bench.command(name="batch")(run_many)
bench.command(name="check")(check_replies)
bench.command(name="view")(view_report)


def run() -> None:
    """The console script: the one place that turns errors into exit codes."""
    try:
        code = app(standalone_mode=False)
    except DocparseError as error:
        fail(str(error), error.code)
    except typer.Abort:  # Ctrl-C
        fail("interrupted; run the same command again", ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # The reader of our stdout went away, as in `docparse a.pdf | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(ExitCode.OK)
    except Exception as error:
        # Typer brings a click of its own or uses the shared one, so its errors have no fixed path.
        usage = getattr(error, "format_message", None)
        if usage and not usage():  # no arguments: the help has been shown
            sys.exit(ExitCode.USAGE)
        if usage:
            fail(f"{usage().rstrip('.')}; see docparse --help", ExitCode.USAGE)
        if os.environ.get("DOCPARSE_DEBUG"):
            raise
        reason = f"{type(error).__name__}: {error}"
        fail(f"internal error ({reason}); DOCPARSE_DEBUG=1 shows where", ExitCode.ALL_FAILED)
    sys.exit(code if isinstance(code, int) else ExitCode.OK)


def fail(message: str, code: ExitCode) -> NoReturn:
    """One line on stderr, then the exit code."""
    print("docparse: " + " ".join(message.split()), file=sys.stderr)
    sys.exit(code)
