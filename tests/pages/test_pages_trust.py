"""Which texts are believed: nothing that people write is refused, nothing garbled passes."""

from __future__ import annotations

import random
import string
import time

import pytest

from docparse.pages.letters import (
    best_shift,
    bits_per_letter,
    common_han,
    mixed_scripts,
    natural_words,
)
from docparse.pages.trust import Text, is_odd, judge

# Mostly the first article of the Universal Declaration of Human Rights.
PROSE = {
    "en": "All human beings are born free and equal in dignity and rights. They are endowed with"
    " reason and conscience and should act towards one another in a spirit of brotherhood.",
    "de": "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft"
    " und Gewissen begabt und sollen einander im Geist der Brüderlichkeit begegnen.",
    "fr": "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués"
    " de raison et de conscience et doivent agir les uns envers les autres dans un esprit de"
    " fraternité.",
    "pl": "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. Są oni"
    " obdarzeni rozumem i sumieniem i powinni postępować wobec innych w duchu braterstwa.",
    "fi": "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan. Heille on"
    " annettu järki ja omatunto, ja heidän on toimittava toisiaan kohtaan veljeyden hengessä.",
    "tr": "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. Akıl ve vicdana"
    " sahiptirler ve birbirlerine karşı kardeşlik zihniyeti ile hareket etmelidirler.",
    "vi": "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi. Mọi"
    " con người đều được tạo hoá ban cho lý trí và lương tâm và cần phải đối xử với nhau trong"
    " tình bằng hữu.",
    "cy": "Genir pawb yn rhydd ac yn gydradd â'i gilydd mewn urddas a hawliau. Fe'u cynysgaeddir â"
    " rheswm a chydwybod, a dylai pawb ymddwyn y naill at y llall mewn ysbryd cymodlon.",
    "sw": "Watu wote wamezaliwa huru, hadhi na haki zao ni sawa. Wote wamejaliwa akili na dhamiri,"
    " hivyo yapasa watendeane kindugu.",
    "hmn": "Kuv lub npe hu ua Tswv. Kuv nyob hauv lub nroog loj heev. Peb tsev neeg nyiam noj mov"
    " ua ke txhua hnub. Thaum kuv tseem yau, kuv niam kuv txiv coj peb mus rau tom teb.",
    "la": "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor"
    " incididunt ut labore et dolore magna aliqua.",
    "ru": "Все люди рождаются свободными и равными в своём достоинстве и правах. Они наделены"
    " разумом и совестью и должны поступать в отношении друг друга в духе братства.",
    "el": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.",
    "he": "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם. כולם חוננו בתבונה ובמצפון.",
    "ar": "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق. وقد وهبوا عقلا وضميرا وعليهم أن"
    " يعامل بعضهم بعضا بروح الإخاء.",
    "hi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।",
    "th": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ ต่างมีเหตุผลและมโนธรรม",
    "ko": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 인간은 천부적으로"
    " 이성과 양심을 부여받았으며 서로 형제애의 정신으로 행동하여야 한다.",
    "ja": "すべての人間は、生れながらにして自由であり、かつ、尊厳と権利とについて平等である。人間"
    "は、理性と良心とを授けられており、互いに同胞の精神をもって行動しなければならない。",
    "zh": "人人生而自由，在尊嚴和權利上一律平等。他們賦有理性和良心，並應以兄弟關係的精神互相對待。"
    "人人有资格享受本宣言所载的一切权利和自由，不分种族、肤色、性别、语言、宗教、政治或其他见解。",
}
OTHERS = {
    "nothing": "",
    "one word": "Xzqwv",
    "a page number": "- 17 -",
    "numbers": "1,204 33.5 (12.0) 0.004 -17 98 % 4,551 1 2 3 40 55 1,999,000 7.25 13:45 2024-03-31",
    "yen": "￥1,000 △1,404,225 －  ¥33,000 10% 〒123-4567 １２，０００円 ㈱ ① №",
    "leaders": "Contents ............... 3 Index _ _ _ _ _ _ _ 17 ------ ***** =====",
    "parts": "XR-550-ZQK B7/12-440 C12,C16-17 TL074CN 2N3904 SN74LS00N PCB-REV-B QFP64 1206 0R22",
    "acronyms": "NATO UNHCR WTO HTTPS TCP/IP XML SGML BGP OSPF IETF RFC NIST FIPS AES DES " * 4,
    "names": "Nguyen Szczepański Kowalczyk Gwynne Mbappé Ngozi Okonkwo Przybylski Zhang Ng Wójcik"
    " Strzelecki Krzysztof Hrvatska Brno Vlk Müller Ørsted Þórdís Şahin",
    "drugs": "methotrexate hydrochlorothiazide levothyroxine acetylcysteine sulfamethoxazole"
    " trimethoprim phenylephrine chlorpheniramine dextromethorphan",
    "abbreviations": "dept mgr mfg pkg qty amt ctn pcs hrs wks mths yrs approx fwd rcvd shpmt blvd"
    " hwy jct mtn rd st sq pkwy dept mgr mfg pkg qty amt ctn pcs hrs wks mths yrs",
    "amino acids": "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQVKVKALPDAQFEVV " * 3,
    "bases": "acgtagctagcatcgatcgatcgatcgactagctagc ACGGTTAACC " * 5,
    "hashes": "d41d8cd98f00b204e9800998ecf8427e 9e107d9d372bb6826bd81d3542a419d6 " * 4,
    "addresses": "https://example.org/a?b=c&d=1 jane.doe+x@example.co.jp www.ex.com/x_y ftp.x.de",
    "formulas": "E = mc2 (a + b)2 = a2 + 2ab + b2 where x ≤ 0.05 and σ² ≈ 1.3 × 10−6 for all n ∈ N",
    "japanese names": "髙橋﨑山 佐々木 齋藤 渡邊 小鳥遊 五十嵐 長谷川 東海林 勅使河原 御手洗 " * 4,
    "katakana": "コンピューター ソフトウェア データベース ｱｲｳｴｵ " * 6,
    "japanese and latin": "Webサイトで PDF を HTML に変換する API は v2.0 から使えます。" * 4,
}


def text_of(string: str, *, is_ocr: bool = False, mono: bool = False) -> Text:
    words = tuple(string.split())
    return Text(words, (mono,) * len(words), is_ocr)


@pytest.mark.parametrize("name", [*PROSE, *OTHERS])
def test_what_people_write_is_believed(name: str) -> None:
    written = {**PROSE, **OTHERS}[name]
    assert judge(text_of(written)) == ""
    assert judge(text_of(written.upper())) == ""


def test_code_is_believed() -> None:
    code = 'for(int i=0;i<n;i++){a[i]+=b[i]*c->d;} printf("%d\\n",x&0xff); if(!p||q!=NULL)return;'
    assert judge(text_of(code, mono=True)) == ""


def substituted(written: str, seed: int) -> str:
    """The text with each letter replaced by one that is always the same."""
    letters = list(string.ascii_lowercase)
    random.Random(seed).shuffle(letters)
    small = "".join(letters)
    table = str.maketrans(string.ascii_letters, small + small.upper())
    return written.translate(table)


def shifted(written: str, by: int) -> str:
    """The text with each letter moved through the alphabet."""
    small = string.ascii_lowercase[by:] + string.ascii_lowercase[:by]
    return written.translate(str.maketrans(string.ascii_letters, small + small.upper()))


@pytest.mark.parametrize("language", ["en", "de", "fr", "pl", "la"])
def test_a_shift_through_the_alphabet_is_found(language: str) -> None:
    plain = PROSE[language].encode("ascii", "ignore").decode()
    for by in range(1, 26):
        assert "letters" in judge(text_of(shifted(plain, by) + " " + shifted(plain, by)))


def test_most_substitutions_are_found_and_none_is_better_than_language() -> None:
    plain = natural_words(PROSE["en"])
    best = bits_per_letter(plain)
    found = 0
    for seed in range(40):
        garbled = substituted(PROSE["en"] + " " + PROSE["la"], seed)
        assert bits_per_letter(natural_words(garbled)) > best + 0.5
        found += bool(judge(text_of(garbled)))
    assert found >= 30


def glyph_numbers(written: str) -> str:
    """What a subset font without a map gives: codes in order of first use, from "!" on."""
    order = {char: chr(33 + i) for i, char in enumerate(dict.fromkeys(written))}
    return "".join(order[char] for char in written)


BAD = {
    "glyph numbers": glyph_numbers(PROSE["en"]),
    "unknown": "\ufffd" * 60 + " and some text that is fine as it is",
    "private": "".join(chr(0xF001 + ord(c) % 60) for c in PROSE["en"]),
    "wrong ideographs": "".join(chr(0x4E00 + (i * 7919) % 20900) for i in range(200)),
    "rare ideographs": "".join(chr(0x3400 + (i * 401) % 6000) for i in range(80)),
    "many scripts": "".join(
        c for pair in zip("йцукенгшщзхъфыва", "ἀβγδεζηθικλμνξοπ", strict=True) for c in pair
    )
    * 3,
}


@pytest.mark.parametrize("name", BAD)
def test_garbled_text_is_not_believed(name: str) -> None:
    assert judge(text_of(BAD[name]))


def test_a_few_unknown_characters_are_tolerated() -> None:
    assert judge(text_of(PROSE["en"] + " \ufffd\ufffd \uf0e1")) == ""


def test_a_reader_of_scans_is_held_to_more() -> None:
    rubbish = ".A.:01.6e.e. WI.GL,41.44-gta*Air. 777d4v, A4)-0-A:fcfk .4A144:44. ,24242-eiA,Le"
    mixed = PROSE["en"][:90] + " " + rubbish
    assert judge(text_of(mixed)) == ""
    assert judge(text_of(mixed, is_ocr=True))
    assert judge(text_of(PROSE["en"], is_ocr=True)) == ""


@pytest.mark.parametrize(
    ("word", "odd"),
    [
        ("word", False),
        ("don't", False),
        ("well-known,", False),
        ("(3.14)", False),
        ("12,345.67", False),
        ("10kg", False),
        ("2017-Jan-22", False),
        ("A4-17/B", False),
        ("a@b.co", False),
        ("https://x.y/z?q=1", False),
        ("……", False),
        ("\u00ad", False),
        ("日本語", False),
        ('"7+%-', True),
        ('C$D""#', True),
        (".e_atinc24451a.y,", True),
        ("gta*Air", True),
    ],
)
def test_odd_words(word: str, odd: bool) -> None:
    assert is_odd(word) is odd


@pytest.mark.parametrize("part", ["A", "A1", "a.", "1,", "a@", "x-", "://", "a'"])
def test_long_words_take_no_time(part: str) -> None:
    start = time.process_time()
    for length in (60, 199, 20_000):
        is_odd(part * (length // len(part)) + "!?\u00ff")
    assert time.process_time() - start < 1.0


def test_numbers_behind_the_judgement() -> None:
    assert natural_words("The Straße l'été ABC x1 12ab don't a_b") == [
        "the",
        "strasse",
        "l",
        "ete",
        "don",
        "t",
    ]
    words = natural_words(PROSE["en"])
    assert 3.3 < bits_per_letter(words) < 4.2
    assert best_shift(words) > bits_per_letter(words) + 0.5
    assert bits_per_letter([]) == 0.0
    assert common_han("請求書と請求书 abc") == (6, 6)
    assert common_han("abc") == (0, 0)
    assert mixed_scripts("Web サイトで αβ") == (6, 0)
    assert mixed_scripts("яa") == (1, 1)
