"""The element grammar of omni replies, in Lark as llguidance reads it, to hold a model's reply to.

It promises markup that closes what it opens, elements and attributes that we know, and a box of
four whole numbers on every element of the page. What stands in the elements is free.
"""

from __future__ import annotations

from docparse.omni import tags

# Elements that stand on the page itself, each with a box of its own.
_PLACED = ("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "div", "header",
           "footer", "pre", "dl", "address")  # fmt: skip
# Elements inside those; some may have a box as well.
_INNER = ("p", "ul", "ol", "li", "table", "thead", "tbody", "tfoot", "tr", "td", "th", "div",
          "dt", "dd", "code", "a", "b", "i", "em", "strong", "u", "s", "sub", "sup",
          "span")  # fmt: skip
_VOID = ("br", "img")
_ATTRIBUTES = ("class", "format", "rowspan", "colspan", "href", "src", "alt", "style", "start",
               "data-marker", "data-level", "data-ordered", "data-label", "data-target",
               "data-continues")  # fmt: skip


def reply_grammar() -> str:
    """The grammar of a whole reply, from `start`."""
    return "\n".join(
        [
            'start: "<html><body>" SPACE? (placed SPACE?)* "</body></html>"',
            f"placed: {' | '.join(_element(tag, 'box') for tag in _PLACED)} | style",
            'style: "<style>" TEXT? "</style>"',  # as the report has it, before a table
            f"inner: {' | '.join(_element(tag, 'attributes') for tag in _INNER)}",
            "void: " + " | ".join(f'"<{tag}" attributes SPACE? "/"? ">"' for tag in _VOID),
            "content: (TEXT | LESS | inner | void)*",
            "box: attribute* BOX attribute*",
            "attributes: (attribute | BOX)*",
            "attribute: (" + " | ".join(f'" {name}="' for name in _ATTRIBUTES) + ") VALUE",
            r'BOX: / data-bbox="[0-9]{1,5} [0-9]{1,5} [0-9]{1,5} [0-9]{1,5}"/',
            r'VALUE: /"[^"<>]*"/',
            r"TEXT: /[^<]+/",
            # A smaller-than sign that opens no element.
            r"LESS: /<[ 0-9=]/",
            r"SPACE: /[ \n\r\t]+/",
        ]
    )


def _element(tag: str, attributes: str) -> str:
    return f'"<{tag}" {attributes} ">" content "</{tag}>"'


assert set(_PLACED) | set(_INNER) | set(_VOID) <= tags.ELEMENTS
