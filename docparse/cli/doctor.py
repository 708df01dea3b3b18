"""What docparse finds on this machine: processor, memory, models, versions."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path

from docparse.cli.versions import versions

GIB = 1 << 30


def examine() -> Iterator[tuple[str, str]]:
    """Lines of a report as name and finding; a part that is missing or broken is a finding."""
    yield "processor", f"{platform.machine()}, {os.cpu_count()} cores"
    yield from _device()
    yield "layout model", _layout_model()
    yield "line reader", _line_reader()
    found = list(_models())
    yield from (("model", line) for line in found)
    if not found:
        yield "model", "none in the hub's cache; --model FOLDER or --model owner/name gives one"
    yield from versions().items()


def _device() -> Iterator[tuple[str, str]]:
    try:
        from docparse.engines.machine import examine_device
    except ImportError as error:
        yield "device", f"no model can be run here: {error}"
        return
    device = examine_device()
    yield "device", device.name
    yield "free memory", f"{device.free_memory / GIB:.1f} GiB"
    yield "bfloat16", "fast" if device.has_fast_bf16 else "slow here, so float32 is used"


def _layout_model() -> str:
    from docparse.layout.regions import look
    from docparse.mupdf import pymupdf
    from docparse.pages.open import open_source

    with pymupdf.open() as pdf:
        pdf.new_page().insert_text((72, 72), "A line to look at, and to find again")
        data = pdf.tobytes()
    try:
        with open_source(data, name="a test page", password="", dpi=72) as source:
            look(source.page(1))
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        return f"does not load ({error}); run `pip install --force-reinstall pymupdf`"
    return "loads"


def _line_reader() -> str:
    from docparse.engines.readers import load_reader
    from docparse.errors import MissingEngineError

    try:
        reader = load_reader()
        if reader:
            reader.read([])  # which waits until it is loaded
    except (MissingEngineError, ImportError) as error:
        return f"does not load ({error})"
    return reader.name if reader else "none"


def _models() -> Iterator[str]:
    """Checkpoints in the hub's cache that are of a family that we run."""
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    from docparse.model.config import read_config
    from docparse.model.problems import ModelError

    try:
        repositories = scan_cache_dir().repos
    except CacheNotFound:
        return
    for repository in sorted(repositories, key=lambda repo: repo.repo_id):
        for revision in repository.revisions:
            folder = Path(revision.snapshot_path)
            if repository.repo_type != "model" or not (folder / "config.json").is_file():
                continue
            try:
                family = read_config(folder).family
            except ModelError:  # another kind of model
                continue
            size = revision.size_on_disk / GIB
            yield f"{repository.repo_id}@{revision.commit_hash[:12]} ({family}, {size:.1f} GiB)"
