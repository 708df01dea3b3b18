"""Who sent an invoice and who gets it: names, registration number, addresses, phones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from docparse.extraction.fields import Hit, find_labels
from docparse.extraction.labels import head_of, title_of
from docparse.extraction.pieces import Piece
from docparse.extraction.record import Found
from docparse.extraction.sheet import Sheet, shared_width
from docparse.schemas.values import find_amounts, find_date, is_money, whole_amount

Party = dict[str, Found]

HONORIFIC = re.compile(r"(?:御中|様|殿|さま)(?:\(.*\))?$")
NOT_ADDRESSED = re.compile(
    r"^(?:お客様?|ご?担当|お得意様|各位|様式|皆様)|お客様$|様式|同様|仕様$|多様$|貴社|(?:お願い|おります)"
)
COMPANY = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|合名会社|\(株\)|\(有\)|\(同\)|一般(?:社団|財団)法人|公益(?:社団|財団)法人|社会福祉法人|医療法人"
    r"|学校法人|協同組合|事務所|商店|商会|工務店|工房|製作所|工業所|農園|書店|薬局|医院|スタジオ|オフィス|Inc\.?|Ltd\.?|LLC|Corp|Co\.,"
)
DEPARTMENT = re.compile(r"(?:部|課|係|室|グループ|チーム|センター|支店|営業所|本部|事業部)$")
POSTAL = re.compile(r"〒?(?<![\d-])(\d{3}-\d{4})(?!\d|-)")
PREFECTURE = re.compile(
    r"(?:北海道|東京都|京都府|大阪府|(?:青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|神奈川|新潟|富山|石川|福井|山梨|長野|岐阜"
    r"|静岡|愛知|三重|滋賀|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本|大分|宮崎|鹿児島|沖縄)県)"
)
STREET = re.compile(r"^.{1,12}?[市区町村郡].{0,30}\d")
BUILDING = re.compile(
    r"(?:ビル|ビルディング|タワー|マンション|ハイツ|コーポ|ヒルズ|プラザ|館|\d+階|\d+F|号室)"
)
PHONE = re.compile(r"\+?\d{2,5}[-(]\d{1,4}[-)]\d{3,4}")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
NUMBER = re.compile(r"T[-:]?(\d[\d-]{12,17})")
NOT_PARTY = frozenset(
    [
        "invoice_number",
        "estimate_number",
        "order_number",
        "customer_number",
        "original_number",
        "issue_date",
        "transaction_date",
        "due_date",
        "closing_date",
        "period",
        "subject",
        "payment_terms",
        "note",
        "bank",
    ]
)
BANKISH = re.compile(r"銀行|信用金庫|支店|口座|振込|預金")


def find_number(sheet: Sheet) -> tuple[Piece, Found] | None:
    """A registration number, T and 13 digits, wherever it stands, and its piece."""
    for piece in sheet.pieces:
        for match in NUMBER.finditer(piece.key):
            digits = match[1].replace("-", "")
            end = match.end() - (len(match[1]) - len(match[1].rstrip("-")))
            begins = (
                match.start() == 0
                or not piece.key[match.start() - 1].isascii()
                or (not piece.key[match.start() - 1].isalnum())
            )
            if len(digits) == 13 and begins:
                place = piece.evidence(match.start(), end)
                return piece, Found(f"T{digits}", (place,))
    return None


def stack_of(sheet: Sheet, piece: Piece) -> list[Piece]:
    """The lines of the block that a piece belongs to: close below each other and aligned."""
    return [*reversed(list(_walk(sheet, piece, up=True))), piece, *_walk(sheet, piece, up=False)]


def _walk(sheet: Sheet, piece: Piece, *, up: bool) -> Iterator[Piece]:
    last, size = piece, piece.size
    for _ in range(8):
        reach = 1.7 * max(last.size, size)
        near = sheet.above(last, reach=reach) if up else sheet.below(last, reach=reach)
        near = [p for p in near if _aligned(last, p) and id(p) not in sheet.taken]
        if not near or _foreign(near[0]):
            return
        last = near[0]
        yield last


def _aligned(a: Piece, b: Piece) -> bool:
    em = max(a.size, b.size)
    return shared_width(a, b) > 0 and (
        abs(a.x0 - b.x0) < 3 * em or abs(a.x1 - b.x1) < 1.2 * em or abs(a.xc - b.xc) < 1.5 * em
    )


def _foreign(piece: Piece) -> bool:
    """Whether a piece cannot belong to a party: a title, a head, a sum."""
    key = piece.key
    money = whole_amount(key) is not None and is_money(key)
    labels = find_labels(piece)
    other = bool(labels) and labels[0].start == 0 and labels[0].field in NOT_PARTY
    dated = (day := find_date(key)) is not None and day.end - day.start > len(key) - 3
    return bool(title_of(key)) or money or bool(head_of(key)) or other or dated


def find_recipient(sheet: Sheet, hits: Sequence[Hit]) -> tuple[Party, list[Piece]]:
    """The party that is addressed with 御中 or 様, and the pieces of its block."""
    for piece in sheet.free():
        if not HONORIFIC.search(piece.key) or NOT_ADDRESSED.search(piece.key):
            continue
        if len(piece.key) > 40 or piece.yc > 0.75 * sheet.height:
            continue
        found = _addressed(sheet, piece)
        if found:
            return found
    for hit in hits:
        if hit.field == "recipient_name" and not whole_amount(hit.key):
            end = hit.start + len(HONORIFIC.sub("", hit.key))
            return _with_address(sheet, {"name": _text(hit.piece, hit.start, end)}, hit.piece)
    return {}, []


def _addressed(sheet: Sheet, piece: Piece) -> tuple[Party, list[Piece]] | None:
    """The party that ends in the honorific of `piece`."""
    honorific = HONORIFIC.search(piece.key)
    end = honorific.start() if honorific else len(piece.key)
    labels = [label for label in find_labels(piece) if label.start == 0 and label.end < end]
    start = labels[0].end if labels else 0
    while start < end and piece.key[start] in ":/・":
        start += 1
    name = piece
    if start >= end:
        beside = [p for p in sheet.left_of(piece, reach=40 * piece.size) if not _foreign(p)]
        over = sheet.above(piece, reach=2 * piece.size)
        if not beside and not over:
            return None
        name = beside[0] if beside else over[0]
        start, end = 0, len(name.key)
    key = name.key[start:end]
    if find_date(key) or not re.search(r"[^\W\d_]", key) or NOT_ADDRESSED.search(key):
        return None
    party: Party = {"name": _with_form(sheet, name, _text(name, start, end))}
    over = [p for p in _walk(sheet, name, up=True)]
    company = next((p for p in over if COMPANY.search(p.key) and not PHONE.search(p.key)), None)
    if company and not COMPANY.search(key):
        role = "department" if DEPARTMENT.search(key) else "contact"
        party = {"name": _text(company, 0, None), role: party["name"]}
    return _with_address(sheet, party, name)


def _with_form(sheet: Sheet, piece: Piece, name: Found) -> Found:
    """The name with 株式会社 before it, where a gap of up to two characters parts them."""
    for form in sheet.left_of(piece, reach=2 * piece.size)[:1]:
        if COMPANY.fullmatch(form.key):
            return Found(f"{form.text()} {name.value}", (form.evidence(), *name.places))
    return name


def _with_address(sheet: Sheet, party: Party, piece: Piece) -> tuple[Party, list[Piece]]:
    block = stack_of(sheet, piece)
    return {**party, **_address(block, skip=piece)}, block


def _address(block: Sequence[Piece], *, skip: Piece | None = None) -> Party:
    """Postal code and address of a block, with the line of the building."""
    party: Party = {}
    for i, piece in enumerate(block):
        postal = POSTAL.search(piece.key)
        if postal and "postal_code" not in party:
            party["postal_code"] = Found(postal[1], (piece.evidence(postal.start(), postal.end()),))
        if (
            "address" in party
            or piece is skip
            or (PHONE.search(piece.key) and not PREFECTURE.search(piece.key))
        ):
            continue
        start = postal.end() if postal else 0
        place = PREFECTURE.search(piece.key, start)
        if place and not re.search(r"[市区町村郡\d]", piece.key[place.end() :]):
            place = None  # a name that is also that of a prefecture
        if not place and not postal:
            place = STREET.search(piece.key)
        if not place and postal and re.search(r"[市区町村]", piece.key[start:]):
            place = re.compile(r"[^\s:]").search(piece.key, start)
        if not place:
            continue
        party["address"] = _with_building(piece, place.start(), block[i + 1 : i + 2])
    return party


def _with_building(piece: Piece, start: int, following: Sequence[Piece]) -> Found:
    phone = re.search(r"(?:TEL|Tel|電話|FAX)", piece.key)
    found = _text(piece, start, phone.start() if phone else None)
    for line in following:
        if BUILDING.search(line.key) and not find_labels(line) and not COMPANY.search(line.key):
            return Found(f"{found.value} {line.text()}", (*found.places, line.evidence()))
    return found


def _text(piece: Piece, start: int, end: int | None) -> Found:
    return Found(piece.text(start, end).strip(" :/・"), (piece.evidence(start, end),))


def find_issuer(sheet: Sheet, hits: Sequence[Hit], theirs: Sequence[Piece]) -> Party:
    """The party that issued the invoice: the block with the number, the phone, the address.

    `theirs`: the pieces of the recipient, which are not looked at.
    """
    party: Party = {}
    number = find_number(sheet)
    if number:
        party["registration_number"] = number[1]
    shunned = {id(p) for p in theirs}
    anchors = _anchors(sheet, number[0] if number else None, shunned)
    block = _best_block(sheet, anchors, shunned)
    name = _labelled_name(hits) or _name_of(sheet, block, shunned)
    if name and not block:
        block = [p for p in stack_of(sheet, name[1]) if id(p) not in shunned]
    if name:
        party["name"] = name[0]
    party |= _address(block)
    if "address" not in party:
        rest = [p for p in sheet.free() if id(p) not in shunned]
        party |= {k: v for k, v in _address(rest).items() if k not in party}
    return party | _contacts(hits, shunned)


def _anchors(sheet: Sheet, number: Piece | None, shunned: set[int]) -> list[Piece]:
    free = [p for p in sheet.free() if id(p) not in shunned]
    phones = [p for p in free if PHONE.search(p.key) and re.match(r"TEL|Tel|電話|℡|☎|FAX", p.key)]
    postals = [p for p in free if POSTAL.match(p.key)]
    companies = [p for p in free if _is_company(p)]
    return ([number] if number else []) + phones + postals + companies


def _is_company(piece: Piece) -> bool:
    key = piece.key
    return bool(
        COMPANY.search(key)
        and len(key) <= 30
        and not BANKISH.search(key)
        and not HONORIFIC.search(key)
        and not re.search(r"[。、]|です|ます|\d{3,}", key)
        and not find_labels(piece)
        and not find_amounts(key)
    )


def _best_block(sheet: Sheet, anchors: Sequence[Piece], shunned: set[int]) -> list[Piece]:
    """The block of an anchor that tells most: a name, an address, a phone, the number."""
    best: tuple[int, list[Piece]] = (0, [])
    for anchor in anchors[:8]:
        block = [p for p in stack_of(sheet, anchor) if id(p) not in shunned]
        told = (
            2 * any(_is_company(p) for p in block)
            + 2 * any(NUMBER.search(p.key) for p in block)
            + any(PHONE.search(p.key) for p in block)
            + any(POSTAL.search(p.key) or PREFECTURE.search(p.key) for p in block)
            - 3 * any(BANKISH.search(p.key) for p in block)
        )
        if told > best[0]:
            best = told, block
    return best[1]


def _labelled_name(hits: Sequence[Hit]) -> tuple[Found, Piece] | None:
    for hit in hits:
        if hit.field == "issuer_name" and re.search(r"[^\W\d_]", hit.key):
            return _text(hit.piece, hit.start, hit.end), hit.piece
    return None


def _name_of(sheet: Sheet, block: Sequence[Piece], shunned: set[int]) -> tuple[Found, Piece] | None:
    """The name in the issuer's block: a company, else its first line of plain text."""
    inside = [p for p in block if _is_company(p)]
    outside = [p for p in sheet.free() if _is_company(p) and id(p) not in shunned]
    plain = [p for p in block if _is_name(p)]
    if not inside and plain and plain[0] is block[0]:
        inside = plain[:1]
    for piece in (*inside, *sorted(outside, key=lambda p: -p.size), *plain):
        return Found(piece.text(), (piece.evidence(trust=0.95),)), piece
    return None


def _is_name(piece: Piece) -> bool:
    key = piece.key
    return bool(
        2 <= len(key) <= 24
        and re.search(r"[^\W\d_]", key)
        and not re.search(r"\d{2}|[。:@〒]|です|ます", key)
        and not find_labels(piece)
        and not PREFECTURE.search(key)
        and not HONORIFIC.search(key)
        and not BANKISH.search(key)
    )


def _contacts(hits: Sequence[Hit], shunned: set[int]) -> Party:
    party: Party = {}
    for hit in hits:
        if hit.field in party or id(hit.piece) in shunned:
            continue
        pattern = {"phone": PHONE, "fax": PHONE, "email": EMAIL}.get(hit.field)
        if pattern:
            match = pattern.search(hit.piece.key[: hit.end], hit.start)
            if match:
                place = hit.piece.evidence(match.start(), match.end())
                party[hit.field] = Found(match[0], (place,))
        elif hit.field == "contact" and not HONORIFIC.search(hit.key):
            party["contact"] = _text(hit.piece, hit.start, hit.end)
    return party
