"""Display formulas: LaTeX where the characters leave no doubt, else nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from docparse.layout.rows import Row
from docparse.types import Word

_SIGNS = {
    "×": r"\times", "÷": r"\div", "±": r"\pm", "∓": r"\mp", "·": r"\cdot", "⋅": r"\cdot",
    "−": "-", "–": "-", "≤": r"\leq", "≥": r"\geq", "≠": r"\neq", "≈": r"\approx", "∼": r"\sim",
    "≡": r"\equiv", "∝": r"\propto", "∞": r"\infty", "∂": r"\partial", "∇": r"\nabla",
    "∈": r"\in", "∉": r"\notin", "⊂": r"\subset", "⊆": r"\subseteq", "∪": r"\cup", "∩": r"\cap",
    "∀": r"\forall", "∃": r"\exists", "→": r"\to", "←": r"\leftarrow", "↔": r"\leftrightarrow",
    "⇒": r"\Rightarrow", "⇔": r"\Leftrightarrow", "∘": r"\circ", "°": r"^\circ", "′": "'",
    "…": r"\ldots", "⋯": r"\cdots", "|": "|", "∥": r"\|", "℃": r"^\circ\mathrm{C}",
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\varepsilon",
    "ζ": r"\zeta", "η": r"\eta", "θ": r"\theta", "κ": r"\kappa", "λ": r"\lambda", "μ": r"\mu",
    "µ": r"\mu", "ν": r"\nu", "ξ": r"\xi", "π": r"\pi", "ρ": r"\rho", "σ": r"\sigma",
    "τ": r"\tau", "φ": r"\varphi", "χ": r"\chi", "ψ": r"\psi", "ω": r"\omega", "Γ": r"\Gamma",
    "Δ": r"\Delta", "Θ": r"\Theta", "Λ": r"\Lambda", "Π": r"\Pi", "Σ": r"\Sigma", "Φ": r"\Phi",
    "Ψ": r"\Psi", "Ω": r"\Omega", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$",
    "{": r"\{", "}": r"\}", "_": r"\_",
}  # fmt: skip
_PLAIN = re.compile(r"[A-Za-z0-9+\-*/=<>()\[\].,:;!'| ]")
_NUMBER = re.compile(r"\(\s*([A-Z]?\.?\d{1,3}(?:[.\-]\d{1,3})*[a-z]?)\s*\)")
_FUNCTIONS = frozenset(
    ["sin", "cos", "tan", "log", "ln", "exp", "max", "min", "lim", "det", "arg", "sup", "inf"]
)


def latex_of(rows: Sequence[Row]) -> str:
    """LaTeX of a formula on one line, or empty where the print holds more than its characters.

    Only raised and lowered parts, as the text layer marks them, and signs with a sure meaning are
    taken. Sums, roots, fractions, brackets over lines and fonts of their own encoding are not:
    their shape is not in the text.
    """
    if len(rows) != 1:
        return ""
    words = list(rows[0].words)
    if not words or any(word.style is None for word in words):
        return ""
    number = _NUMBER.fullmatch(words[-1].text) if len(words) > 1 else None
    if number:
        words.pop()
    if not _is_level(words):
        return ""
    pieces: list[str] = []
    for index, word in enumerate(words):
        piece = _word_latex(word)
        if piece is None:
            return ""
        script = word.style.script if word.style else ""
        if script and not pieces:
            return ""
        pieces.append({"super": f"^{{{piece}}}", "sub": f"_{{{piece}}}"}.get(script, piece))
        if word.space_after and index + 1 < len(words):
            pieces.append(" ")
    latex = " ".join("".join(pieces).split())
    if "=" not in latex or not _is_balanced(latex):
        return ""
    return f"{latex} \\tag{{{number[1]}}}" if number else latex


def _is_level(words: Sequence[Word]) -> bool:
    """Whether all words on the line itself stand on one height, and none is larger than others."""
    plain = [w for w in words if w.style and not w.style.script]
    if not plain:
        return False
    sizes = [w.style.size for w in plain if w.style]
    middles = [w.bbox.center[1] for w in plain]
    size = max(sizes)
    return min(sizes) > 0.9 * size and max(middles) - min(middles) < 0.3 * size


def _word_latex(word: Word) -> str | None:
    out: list[str] = []
    for run in re.findall(r"[A-Za-z]+|[^A-Za-z]", word.text):
        if run[0].isalpha() and run.isascii():
            if len(run) == 1:
                out.append(run)
            elif run in _FUNCTIONS:
                out.append(f"\\{run} ")
            else:
                # Several letters: a product in italics, a name in upright type.
                italic = word.style is not None and word.style.italic
                out.append(run if italic and len(run) == 2 else rf"\mathrm{{{run}}}")
        elif run in _SIGNS:
            sign = _SIGNS[run]
            out.append(sign + " " if sign[-1].isalpha() else sign)
        elif _PLAIN.fullmatch(run):
            out.append(run)
        else:
            return None
    return "".join(out)


def _is_balanced(latex: str) -> bool:
    return all(latex.count(a) == latex.count(b) for a, b in ("()", "[]"))
