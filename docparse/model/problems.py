"""The errors of this package, all ValueErrors whose text a user can act on.

ModelError
├── ConfigError       config.json and its neighbours say something that we do not run
├── WeightsError      the tensors on disk and the tensors of the model differ
├── PromptError       the prompt does not fit the model: too long, or pictures and marks differ
└── ConstraintError   the grammar or schema cannot be compiled or followed
"""

from __future__ import annotations


class ModelError(ValueError):
    """Base of the errors that `docparse.model` raises about its input."""


class ConfigError(ModelError):
    """The checkpoint's settings are missing, contradictory or of a kind that we do not run."""


class WeightsError(ModelError):
    """The checkpoint's tensors do not match the model; the text lists every one."""


class PromptError(ModelError):
    """The prompt cannot be fed to the model."""


class ConstraintError(ModelError):
    """The grammar or schema cannot be compiled or followed."""
