"""The stylesheet inside every omni HTML file: pages apart, light and dark, print; no scripts."""

# Spaces and line breaks of a text are shown as they are, so what is seen is what is read back.
STYLESHEET = """\
:root { color-scheme: light dark; --ink: #1c1e21; --muted: #6b7280; --paper: #fff; --desk: #eceef1;
  --line: #d4d7dc; --tint: #f5f6f8; --link: #1a56c4; --warn: #8a5a00; --warn-tint: #fff6e0;
  --bad: #a8181e; --bad-tint: #fdecec; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e6ea; --muted: #9aa1ac; --paper: #1d1f23;
  --desk: #121316; --line: #3a3e45; --tint: #26292e; --link: #7fb0ff; --warn: #f0c674;
  --warn-tint: #33290f; --bad: #ff9a9a; --bad-tint: #3b1b1d; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 2rem 1rem; background: var(--desk); color: var(--ink);
  font: 1rem/1.6 system-ui, "Segoe UI", "Noto Sans", "Hiragino Sans", "Noto Sans CJK JP",
  "Yu Gothic", sans-serif; }
section.page { position: relative; max-width: 52rem; margin: 0 auto 2rem; padding: 3rem;
  background: var(--paper); border: 1px solid var(--line); border-radius: 4px;
  overflow-wrap: break-word; }
section.page::before { content: attr(data-page); position: absolute; top: .75rem; right: 1rem;
  color: var(--muted); font-size: .8rem; }
section.incomplete { border-color: var(--bad); border-left-width: 5px; }
section.page > :first-child { margin-top: 0; }
p, h1, h2, h3, h4, h5, h6, li, td, th, dt, dd, pre, header, footer, aside, .formula > div,
.music > div, .chemical > div { white-space: pre-wrap; }
p { margin: .75em 0; }
h1, h2, h3, h4, h5, h6 { line-height: 1.25; margin: 1.4em 0 .5em; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.35rem; } h3 { font-size: 1.15rem; }
h4, h5, h6 { font-size: 1rem; }
h1.title { font-size: 2rem; }
a { color: var(--link); }
header, footer { color: var(--muted); font-size: .8rem; margin: .75em 0; }
p.footnote { font-size: .85rem; border-top: 1px solid var(--line); padding-top: .5em; }
p.footnote + p.footnote { border-top: 0; padding-top: 0; }
p.caption { color: var(--muted); font-size: .9rem; }
ul, ol { margin: .75em 0; padding-left: 1.8em; white-space: normal; }
li > ul, li > ol { margin: .15em 0; }
li { margin: .15em 0; }
li[data-marker] { list-style: none; }
li[data-marker]::before { content: attr(data-marker) "\\a0"; display: inline-block;
  min-width: 1.4em; margin-left: -1.4em; }
table { border-collapse: collapse; margin: 1em 0; font-size: .92rem; max-width: 100%;
  display: block; overflow-x: auto; white-space: normal; }
td, th { border: 1px solid var(--line); padding: .35em .6em; text-align: left;
  vertical-align: top; }
th { background: var(--tint); }
pre { background: var(--tint); border: 1px solid var(--line); border-radius: 4px; padding: .8em 1em;
  overflow-x: auto; }
code { font: .88em/1.5 ui-monospace, "SF Mono", Consolas, "DejaVu Sans Mono", monospace; }
p code, li code, td code { background: var(--tint); padding: .1em .3em; border-radius: 3px; }
img { max-width: 100%; height: auto; vertical-align: middle; background: #fff; }
.image, .chart, .formula, .music, .chemical, .seal { margin: 1em 0; }
.formula { text-align: center; overflow-x: auto; }
.formula > div, .music > div, .chemical > div, .math {
  font-family: ui-monospace, "SF Mono", Consolas, "DejaVu Sans Mono", monospace; font-size: .9em; }
.music > div, .chemical > div { background: var(--tint); padding: .6em .8em; border-radius: 4px; }
img + div { display: none; }
.image > p, .seal > p, .chart > p { color: var(--muted); font-size: .9rem; margin: .4em 0; }
.image:empty::after, .chart:empty::after, .seal:empty::after, .formula:empty::after,
.music:empty::after, .chemical:empty::after, .table:empty::after {
  content: attr(class); display: block; padding: 1.2em; text-align: center; color: var(--muted);
  border: 1px dashed var(--line); border-radius: 4px; font-size: .85rem; }
dl.form-field { display: grid; grid-template-columns: minmax(6em, 14em) 1fr; gap: .2em 1em;
  margin: .3em 0; }
dt { color: var(--muted); } dd { margin: 0; min-height: 1.6em;
  border-bottom: 1px solid var(--line); }
aside.note { margin: .5em 0; padding: .4em .8em; font-size: .85rem; color: var(--warn);
  background: var(--warn-tint); border-left: 3px solid currentColor; }
aside.note::before { content: attr(data-code) ": "; font-weight: 600; }
aside[data-code="page-failed"], aside[data-code="needs-reading"], aside[data-code="truncated"],
aside[data-code="repeated-tail"] { color: var(--bad); background: var(--bad-tint); }
aside[data-code="page-failed"], aside[data-code="needs-reading"] { font-size: 1rem;
  padding: 1em 1.2em; }
@media print { body { background: none; padding: 0; font-size: 10.5pt; }
  section.page { border: 0; border-radius: 0; margin: 0; padding: 0; max-width: none;
    break-after: page; }
  section.page::before { content: none; }
  section.page:last-child { break-after: auto; }
  table, pre, .image, .chart { break-inside: avoid; } table { display: table; } }
"""
