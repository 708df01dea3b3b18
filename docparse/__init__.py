"""Turns PDFs, scans and images into HTML with a box on every element, Markdown and JSON."""

from __future__ import annotations

__version__ = "0.1.0"
