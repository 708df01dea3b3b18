"""The characters that docparse-nano reads: Latin, kana, JIS kanji and business signs."""

from __future__ import annotations

ASCII = "".join(map(chr, range(0x20, 0x7F)))
# printed letters of Western and Central European languages
ACCENTED = "".join(
    chr(c)
    for c in (*range(0xA1, 0x180), 0x218, 0x219, 0x21A, 0x21B, 0x1E9E)
    if chr(c).isprintable() and c != 0xAD
)
GREEK = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρςστυφχψω"
SIGNS = (
    "‐–—―‖‘’‚“”„†‡•…‰′″‹›※€™ℓ№℡Å←↑→↓⇒⇔∀∂∃∇∈∑−√∝∞∠∧∨∩∪∫∬∴∵≒≠≡≦≧≪≫≤≥⊂⊃⊆⊇⊥⌒─│┌┐└┘├┤┬┴┼━┃"
    "■□▲△▶▼▽◀◆◇○◎●★☆♪✓✔〒々〆〇〓〻ゝゞヽヾ㈱㈲㈹㊞㎜㎝㎞㎎㎏㏄㎡㎥￥￠￡￢"
)
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅰⅱⅲⅳⅴ"
KANA = "".join(
    chr(c) for c in (*range(0x3041, 0x3095), *range(0x30A1, 0x30FB), 0x30FC, *range(0xFF66, 0xFFA0))
)
PUNCTUATION_JA = (
    "　、。，．・：；？！゛゜´｀¨＾￣＿〃仝ー／＼～∥｜（）〔〕［］｛｝"
    "〈〉《》「」『』【】＋－±×÷＝＜＞°％＃＆＊＠§"
)
WIDE = "".join(chr(c) for c in range(0xFF01, 0xFF5F))
# JIS X 0213 and names beyond JIS X 0208 that business needs
NAMES = (
    "﨑髙濵德彅瀨淸曻塚靑眞槗祐靖精福神羽諸逸都﨟冝晴朗栁桒橫珉畑祥益礼竧"
    "綠緖羡荢薰蘒賴郞鄧鈺隆靍頴館髜魲黑俱剝叱吞噓塡姸屢嚙幷搔摑攢曾桝渚潑"
    "瀆焰瘦禱簞繡繫萊蔣蟬蠟軀輛醬醱頰顚驒鷗麴麵"
)
# Figures above and below the line. Those that are not in the alphabet are read as plain ones.
RAISED, LOWERED = "⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉"
PLAIN = str.maketrans(RAISED + LOWERED, "0123456789" * 2)


def _jis_kanji() -> str:
    """JIS X 0208 levels 1 and 2 in the order of the standard, through EUC-JP."""
    found: list[str] = []
    for row in range(16, 85):
        for cell in range(1, 95):
            try:
                found.append(bytes((0xA0 + row, 0xA0 + cell)).decode("euc_jp"))
            except UnicodeDecodeError:
                continue
    return "".join(found)


KANJI = _jis_kanji()
ALPHABET = "".join(
    dict.fromkeys(
        ASCII + ACCENTED + GREEK + SIGNS + CIRCLED + KANA + PUNCTUATION_JA + WIDE + KANJI + NAMES
    )
)
