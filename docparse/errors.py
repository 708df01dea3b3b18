"""The errors that users meet, each with an exit code and a hint that says what to do next.

DocparseError                 1  every document of a batch failed (the code of anything unforeseen)
├── UsageError                2  the command line or an argument makes no sense
├── UnreadableInputError      4  the input cannot be opened, or is nothing that we read
├── PasswordError             5  the input is locked
├── OutputError               6  the result cannot be written
│   └── NoRoomError           6  nothing more can be written there: the disk is full, or read-only
├── MissingEngineError        7  a model, a server or an optional package is missing
└── InterruptedRunError     130  stopped by Ctrl-C or SIGTERM; what was recorded is kept

Exit code 0 means all good, 3 that the result was written but some pages failed.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the command returns to the shell; stable, listed in README."""

    OK = 0
    ALL_FAILED = 1
    USAGE = 2
    SOME_PAGES_FAILED = 3
    UNREADABLE_INPUT = 4
    PASSWORD = 5
    OUTPUT = 6
    MISSING_ENGINE = 7
    INTERRUPTED = 130


class DocparseError(Exception):
    """Base of every error that is shown to users; `str()` is one line: what, then what to do.

    `raise UnreadableInputError("a.pdf is not a PDF", hint="check the file with `qpdf --check`")`
    """

    code = ExitCode.ALL_FAILED

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message, hint)  # both, so that it can be pickled
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}"


class UsageError(DocparseError):
    """The command line or an argument makes no sense."""

    code = ExitCode.USAGE


class UnreadableInputError(DocparseError):
    """The input cannot be opened, or is nothing that we read."""

    code = ExitCode.UNREADABLE_INPUT


class PasswordError(DocparseError):
    """The input is locked and the password is missing or wrong."""

    code = ExitCode.PASSWORD


class OutputError(DocparseError):
    """The result cannot be written."""

    code = ExitCode.OUTPUT


class NoRoomError(OutputError):
    """Nothing more can be written there, whatever it is: it would fail for every document."""


class MissingEngineError(DocparseError):
    """A model, a server or an optional package is missing."""

    code = ExitCode.MISSING_ENGINE


class InterruptedRunError(DocparseError):
    """The run was stopped from outside; what was recorded is kept."""

    code = ExitCode.INTERRUPTED
