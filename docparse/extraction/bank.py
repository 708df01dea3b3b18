"""Bank accounts that an invoice asks to pay into."""

from __future__ import annotations

import re
from collections.abc import Sequence

from docparse.extraction.fields import find_labels
from docparse.extraction.pieces import Piece
from docparse.extraction.record import Found
from docparse.extraction.sheet import Sheet, rows_of

Account = dict[str, Found]

LABEL = re.compile(r"振込|振り込み|取引銀行|入金口座|金融機関|BankAccount|Bank")
_BANK = r"(?:銀行|信用金庫|信用組合|労働金庫|農業協同組合|農協|信金|信組|Bank)"
_BRANCH = r"(?:本店営業部|支店|本店|営業部|出張所|支所|Branch)"
BANK = re.compile(
    rf"(?:銀行名|金融機関名?|(?:お|ご)?振込(?:先|口座)|取引銀行)?[:\]】・]*(?P<v>[^\s:/・、()【】\[\]]{{1,14}}?{_BANK})(?!名|コード)"
)
BRANCH = re.compile(
    rf"(?:支店名|店名)?[:/]*(?P<v>[^\s:/・、()]{{0,12}}?{_BRANCH})(?!名|コード|番号)"
)
BRANCH_NUMBER = re.compile(r"(?:店番号?|支店(?:コード|番号)|店舗コード)[:)]?(?P<v>\d{3})(?!\d)")
TYPE = re.compile(r"(?P<v>普通|当座|貯蓄|[普当](?=[).]))")
NUMBER = re.compile(
    r"(?:(?:普通|当座|貯蓄|[普当](?=[).]))(?:預金|口座)?\)?|口座番号|番号|No\.?)(?:口座番号|番号|No\.?)?[:/.]*(?P<v>\d{5,8})(?!\d)"
)
LONE_NUMBER = re.compile(r"^(?P<v>\d{6,8})$")
HOLDER = re.compile(
    r"(?:口座)?名義(?:人|カナ|\(カナ\))?[:/]*(?P<v>[^:]+)$|(?:受取人名?)[:/]*(?P<w>[^:]+)$"
)
KANA_HOLDER = re.compile(r"(?<=\d)[:/・]?(?P<v>[ァ-ヶー().・]{4,})$|^(?P<w>[ァ-ヶー().・]{5,})$")
LABELS_OF_VALUES = {
    "bank": re.compile(r"銀行名?|金融機関名?"),
    "branch": re.compile(r"支店名?|店名"),
    "branch_number": re.compile(r"店番号?|支店(?:コード|番号)"),
    "type": re.compile(r"(?:口座|預金)?(?:種別|種目|種類)"),
    "number": re.compile(r"口座番号"),
    "holder": re.compile(r"(?:口座)?名義(?:人)?(?:カナ|\(カナ\))?"),
}


def find_accounts(sheet: Sheet) -> list[Account]:
    """Accounts of a page, each with what is printed of bank, branch, type, number and holder."""
    region = _region(sheet)
    accounts: list[Account] = []
    for row in rows_of(region):
        for piece in row:
            _read(piece, row, accounts)
    return [account for account in accounts if "number" in account or "bank" in account]


def _region(sheet: Sheet) -> list[Piece]:
    """The pieces of the boxes that are labelled as those of a bank account, or speak of a bank."""
    anchors = [
        p for p in sheet.free() if LABEL.search(p.key) and len(p.key) <= 40 and not _is_prose(p.key)
    ]
    anchors += [p for p in sheet.free() if BANK.match(p.key) and not _is_prose(p.key)]
    taken: dict[int, Piece] = {}
    for anchor in anchors:
        bottom = anchor.y1
        right = anchor.x0 + 42 * anchor.size
        for row in rows_of([p for p in sheet.free() if p.yc >= anchor.y0]):
            inside = [p for p in row if anchor.x0 - 2 * p.size <= p.x0 <= right]
            if not inside:
                continue
            if inside[0].y0 - bottom > 2.4 * anchor.size:
                break
            if inside[0] is not anchor and any(
                _ends(label.field) for label in find_labels(inside[0])
            ):
                break
            bottom = max(p.y1 for p in inside)
            taken |= {id(p): p for p in inside if not _is_prose(p.key)}
    return list(taken.values())


def _ends(field: str) -> bool:
    return field in ("note", "phone", "issue_date", "invoice_number", "registration", "subject")


def _is_prose(key: str) -> bool:
    return bool(re.search(r"[。]|ください|お願い|ます|手数料|負担", key))


def _read(piece: Piece, row: Sequence[Piece], accounts: list[Account]) -> None:
    """Adds what one piece says to the last account, or begins the next one."""
    labelled = _labelled(piece, row)
    if labelled:
        name, found = labelled
        if not accounts or name in accounts[-1]:
            accounts.append({})
        accounts[-1][name] = found
        return
    bank = BANK.search(piece.key)
    if bank and not re.fullmatch(LABELS_OF_VALUES["bank"], piece.key):
        if not accounts or "bank" in accounts[-1]:
            accounts.append({})
        accounts[-1]["bank"] = _found(piece, bank)
    if not accounts:
        return
    account = accounts[-1]
    after = bank.end() if bank else 0
    for name, patterns in (
        ("branch", (BRANCH,)),
        ("branch_number", (BRANCH_NUMBER,)),
        ("type", (TYPE,)),
        ("number", (NUMBER, LONE_NUMBER)),
        ("holder", (HOLDER, KANA_HOLDER)),
    ):
        match = next((m for m in (p.search(piece.key, after) for p in patterns) if m), None)
        if match and name not in account:
            account[name] = _found(piece, match)


def _labelled(piece: Piece, row: Sequence[Piece]) -> tuple[str, Found] | None:
    """The value of a piece whose left neighbour is a label alone, as in a form: 支店名 | 本店."""
    index = next(i for i, other in enumerate(row) if other is piece)
    if index == 0:
        return None
    before = row[index - 1].key.strip(":")
    for name, pattern in LABELS_OF_VALUES.items():
        if pattern.fullmatch(before) and not any(
            p.fullmatch(piece.key) for p in LABELS_OF_VALUES.values()
        ):
            value = piece.text().strip(": ")
            if name == "type":
                kind = TYPE.search(piece.key)
                return (name, _found(piece, kind)) if kind else None
            return name, Found(value, (piece.evidence(),))
    return None


def _found(piece: Piece, match: re.Match[str]) -> Found:
    group = "v" if match.groupdict().get("v") else "w"
    start, end = match.span(group)
    return Found(piece.text(start, end).strip(" :/"), (piece.evidence(start, end),))
