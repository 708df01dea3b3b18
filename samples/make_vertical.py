"""vertical-ja.pdf: a magazine page in vertical Japanese, two tiers, columns from right to left.

No PDF library at hand sets vertical text, so the file is written by hand: one subset of a font,
with the glyphs that vertical lines take, used with `Identity-V` and, for the running head and the
page number, with `Identity-H`.
"""

from __future__ import annotations

import io
import zlib

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from sample_fonts import font_file

WIDTH, HEIGHT = 419.53, 595.28  # A5
SIZE, PITCH = 11.0, 19.4  # of the running text: characters, columns
CHARS = 20  # in a column
TIERS = (542.0, 286.0)  # upper edges
RIGHT = 297.0  # centre of the first column
NUM_COLUMNS = 14
HEADLINE, KICKER, BYLINE = "港の時計", "短編", "文　三浦しおり"
MAGAZINE, PAGE_NUMBER = "潮風だより　秋の号", "二十七"
# Not at the top of a column; the first two may hang below one instead.
HANGING, NOT_FIRST = "、。", "、。」』）ーっゃゅょッャュョ"
PARAGRAPHS = (
    "港のはずれに、小さな時計店がある。看板の文字は潮風に洗われて、もう半分しか読めない。それでも"
    "町の人は、店の名を忘れたことがない。朝の七時と夕方の五時、店先の大きな柱時計が鳴ると、船の人"
    "も畑の人も手を止めて、その音を聞いた。",
    "店の主人は、名を長谷川という。八十二歳になった今も、毎朝六時に起き、湯を沸かし、それから時計"
    "のねじを巻く。「時計というものは」と老人は言う。「人が見ていないときほど、正直に動くものです"
    "よ」",
    "ある冬の日、港に一そうの船が着いた。降りてきた少女は、布に包んだ懐中時計を両手で差し出した。"
    "祖父の形見だという。ふたを開けると、針は三時十四分で止まっていた。老人はしばらく黙って耳を当"
    "て、やがて引き出しから細いドライバーを取り出した。",
    "修理には十日かかった。歯車の一つが欠けていたので、老人は同じものを真ちゅうの板から切り出した"
    "。少女が受け取りに来た朝、町には初雪が降っていた。時計は、雪の中でも確かに時を刻んでいた。",
    "「お代はいりません」と老人は笑った。「その代わり、いつかこの町へ帰ってきたら、音を聞かせてく"
    "ださい」少女はうなずき、船に乗った。汽笛が長く鳴り、柱時計が七時を打った。二つの音は、しばら"
    "くのあいだ、港の空で重なっていた。",
)


def break_paragraph(text: str) -> list[str]:
    """A paragraph's columns, the first indented, none beginning with what must not begin one."""
    rest = text if text[0] == "「" else f"　{text}"
    columns = []
    while rest:
        end = CHARS
        if rest[end : end + 1] and rest[end] in HANGING:
            end += 1
        elif rest[end : end + 1] and rest[end] in NOT_FIRST:
            end -= 1
        columns.append(rest[:end])
        rest = rest[end:]
    return columns


class VerticalFont:
    """A subset of one font, its glyphs numbered as in the file that is embedded."""

    def __init__(self, text: str) -> None:
        font = TTFont(font_file("bizud-mincho", "BIZUDMincho-Regular"), recalcTimestamp=False)
        names = font.getBestCmap()
        turned = vertical_forms(font)
        upright = {char: names[ord(char)] for char in sorted(set(text))}
        glyph_of = {char: turned.get(name, name) for char, name in upright.items()}
        options = Options(layout_features=[], hinting=False, notdef_outline=True, name_IDs=[])
        options.drop_tables += ["meta"]
        subsetter = Subsetter(options)
        subsetter.populate(glyphs=[*upright.values(), *glyph_of.values()])
        subsetter.subset(font)
        order = {name: number for number, name in enumerate(font.getGlyphOrder())}
        self.number_of = {char: order[name] for char, name in glyph_of.items()}
        out = io.BytesIO()
        font.save(out, reorderTables=False)
        self.data = out.getvalue()

    def encode(self, text: str) -> str:
        return "".join(f"{self.number_of[char]:04X}" for char in text)

    def to_unicode(self) -> bytes:
        """The CMap from glyph numbers to characters, at most a hundred to a block."""
        pairs = [
            f"<{number:04X}> <{char.encode('utf-16-be').hex().upper()}>"
            for char, number in sorted(self.number_of.items(), key=lambda item: item[1])
        ]
        blocks = [pairs[i : i + 100] for i in range(0, len(pairs), 100)]
        body = "\n".join(
            f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks
        )
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            f"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n{body}\n"
            "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        ).encode()


def vertical_forms(font: TTFont) -> dict[str, str]:
    """Which glyph takes the place of which in vertical lines: the font's `vert` feature."""
    table = font["GSUB"].table
    forms: dict[str, str] = {}
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag != "vert":
            continue
        for index in record.Feature.LookupListIndex:
            for subtable in table.LookupList.Lookup[index].SubTable:
                forms |= getattr(subtable, "ExtSubTable", subtable).mapping
    return forms


class PageContent:
    """The operators of the page."""

    def __init__(self, font: VerticalFont) -> None:
        self._font = font
        self.operators: list[str] = []

    def show(self, text: str, x: float, top: float, *, size: float, length: float = 0) -> None:
        """A column centred on x from its upper edge; spread to a length where one is given."""
        # In vertical lines a negative character spacing moves the next character further down.
        gap = (length - len(text) * size) / (len(text) - 1) if length else 0.0
        self.operators.append(
            f"BT /F1 {size:g} Tf {-gap:.3f} Tc 1 0 0 1 {x:.2f} {top:.2f} Tm "
            f"<{self._font.encode(text)}> Tj ET"
        )

    def show_across(self, text: str, x: float, y: float, *, size: float) -> None:
        """A horizontal line whose baseline begins at x, y."""
        self.operators.append(
            f"BT /F2 {size:g} Tf 0 Tc 1 0 0 1 {x:.2f} {y:.2f} Tm <{self._font.encode(text)}> Tj ET"
        )

    def rule(self, x0: float, y0: float, x1: float, y1: float, width: float) -> None:
        self.operators.append(f"{width:g} w {x0:.2f} {y0:.2f} m {x1:.2f} {y1:.2f} l S")


def compose(page: PageContent) -> None:
    """Headline at the right, then the text in two tiers."""
    page.show_across(MAGAZINE, 44, 561, size=7.5)
    page.show_across(PAGE_NUMBER, WIDTH / 2 - 12, 22, size=8)
    page.rule(44, 555, WIDTH - 44, 555, 0.5)
    page.show(KICKER, 367, TIERS[0], size=10)
    page.show(HEADLINE, 361, TIERS[0] - 34, size=29, length=176)
    page.show(BYLINE, 325, TIERS[1] - 113, size=10)
    page.rule(44, TIERS[1] + 14, RIGHT + 10, TIERS[1] + 14, 0.4)
    columns = [column for text in PARAGRAPHS for column in break_paragraph(text)]
    if len(columns) > NUM_COLUMNS * len(TIERS):
        raise SystemExit(f"{len(columns)} columns do not fit the page")
    for i, column in enumerate(columns):
        tier, place = divmod(i, NUM_COLUMNS)
        is_short = len(column) == CHARS - 1 and i + 1 < len(columns)
        spread = is_short and columns[i + 1][0] != "　"
        page.show(
            column,
            RIGHT - place * PITCH,
            TIERS[tier],
            size=SIZE,
            length=CHARS * SIZE if spread else 0,
        )


def stream(data: bytes, extra: str = "") -> bytes:
    packed = zlib.compress(data, 9)
    head = f"<< /Length {len(packed)} /Filter /FlateDecode {extra}>>\nstream\n"
    return head.encode() + packed + b"\nendstream"


def write_pdf(objects: list[bytes], info: int) -> bytes:
    """A PDF of numbered objects; the first is the catalogue."""
    data, offsets = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    tail = (
        f"xref\n0 {size}\n0000000000 65535 f \n{table}"
        f"trailer\n<< /Size {size} /Root 1 0 R /Info {info} 0 R >>\nstartxref\n{len(data)}\n%%EOF\n"
    )
    return data + tail.encode()


def make_vertical() -> bytes:
    """The file's bytes."""
    everything = "".join(PARAGRAPHS) + HEADLINE + KICKER + BYLINE + MAGAZINE + PAGE_NUMBER + "　"
    font = VerticalFont(everything)
    page = PageContent(font)
    compose(page)
    name = "/DOCPAR+BIZUDMincho-Regular"
    title = b"\xfe\xff" + HEADLINE.encode("utf-16-be")
    objects = [
        "<< /Type /Catalog /Pages 2 0 R /Lang (ja) /ViewerPreferences << /Direction /R2L >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R /F2 10 0 R >> >> >>",
        stream("\n".join(page.operators).encode()),
        f"<< /Type /Font /Subtype /Type0 /BaseFont {name} /Encoding /Identity-V "
        "/DescendantFonts [6 0 R] /ToUnicode 9 0 R >>",
        f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont {name} /CIDToGIDMap /Identity "
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
        "/DW 1000 /DW2 [880 -1000] /FontDescriptor 7 0 R >>",
        f"<< /Type /FontDescriptor /FontName {name} /Flags 4 /FontBBox [-100 -200 1100 950] "
        "/ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 730 /StemV 80 /FontFile2 8 0 R >>",
        stream(font.data, f"/Length1 {len(font.data)} "),
        stream(font.to_unicode()),
        f"<< /Type /Font /Subtype /Type0 /BaseFont {name} /Encoding /Identity-H "
        "/DescendantFonts [6 0 R] /ToUnicode 9 0 R >>",
        f"<< /Title <{title.hex()}> /Producer (docparse samples) >>",
    ]
    return write_pdf([o if isinstance(o, bytes) else o.encode() for o in objects], len(objects))
