"""The labels of invoices in their many spellings: of single fields, of amounts, of table heads.

All patterns are matched on keys: NFKC, no white space.
"""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["date", "id", "text", "period"]

_NO = r"(?:番号|№|No\.?|NO\.?|no\.?|Number|ナンバー|#)"

# Field, kind of its value, spellings. Of two that match at one place the longer wins.
FIELDS: tuple[tuple[str, Kind, str], ...] = (
    (
        "invoice_number",
        "id",
        rf"(?:(?:ご|御)?請求(?:書|明細書?)?|伝票|領収(?:書|証)?|インボイス|管理|文書|書類|明細書?|整理|発行|返還請求書|取引|レシート"
        rf"|Invoice|INVOICE|Receipt|Document){_NO}(?:\(?No\.?\)?)?|No\.|№|NO\.",
    ),
    ("estimate_number", "id", rf"(?:お|御)?(?:見積(?:書)?|納品(?:書)?){_NO}"),
    ("order_number", "id", rf"(?:ご|御)?(?:注文|発注)(?:書)?{_NO}|(?:PO|P\.O\.|Order){_NO}"),
    (
        "customer_number",
        "id",
        rf"(?:お客様|お客さま|得意先|取引先|顧客|お取引先)(?:{_NO}|コード|CD|ID)",
    ),
    ("original_number", "id", rf"(?:元|対象|原)(?:の)?(?:請求書?|インボイス|取引){_NO}"),
    (
        "issue_date",
        "date",
        r"(?:請求書?|領収書?)?発行(?:年月)?日|(?:ご|御)?請求(?:書)?(?:年月)?日付?|作成(?:年月)?日|"
        r"領収(?:年月)?日|日付|年月日|書類作成日|(?:Invoice|Issue|Issued)?Date|Issued(?:on)?",
    ),
    (
        "transaction_date",
        "date",
        r"(?:ご|お)?(?:取引|納品|利用|納入|買上げ?|売上|引渡し?|提供|購入|来店|支払済)(?:年月)?日付?"
        r"|役務提供日|返還(?:等)?(?:年月)?日",
    ),
    (
        "due_date",
        "date",
        r"(?:お|御|ご)?(?:支払い?|振込み?|入金|引落し?|口座振替)(?:い)?(?:期限|期日|予定日|締切日?)日?"
        r"|(?:お|御)支払い?日|(?:お)?(?:口座)?振替日|引落日|納付期限|DueDate|PaymentDue|Due|Pay[Bb]y",
    ),
    ("closing_date", "date", r"締(?:切|め)?(?:年月)?日|請求締日"),
    (
        "period",
        "period",
        r"(?:ご|御)?(?:請求)?(?:対象|取引|利用|請求|役務提供|サービス提供)期間|期間|Period",
    ),
    (
        "subject",
        "text",
        r"件名|案件名?|工事名称?|プロジェクト名?|但し?書?き?|ご?請求内容|Subject|Re",
    ),
    ("payment_terms", "text", r"(?:お)?支払い?(?:条件|方法)|取引条件|決済方法|PaymentTerms"),
    ("contact", "text", r"(?:ご)?(?:弊社|当社)?担当(?:者)?(?:名)?|営業担当|発行者名?|Contact"),
    ("phone", "text", r"TEL|Tel|tel|電話(?:番号)?|℡|☎|Phone|T(?=[:.])"),
    ("fax", "text", r"FAX|Fax|fax|ファックス|F(?=[:.])"),
    ("email", "text", r"E-?[Mm]ail|EMAIL|MAIL|Mail|メール(?:アドレス)?"),
    (
        "registration",
        "text",
        r"(?:適格請求書発行)?(?:事業者)?登録(?:番号|No\.?)|インボイス登録番号",
    ),
    ("issuer_name", "text", r"発行(?:元|事業者)|請求元|会社名|屋号|店舗?名|事業者名|販売(?:者|元)"),
    (
        "recipient_name",
        "text",
        r"(?:ご)?請求先(?:名|会社名)?|宛先|宛名|(?:お)?得意先名?|お客様名?|Bill(?:ed)?[Tt]o|Invoice[Tt]o|(?:BILL(?:ED)?|INVOICE)TO",
    ),
    ("address", "text", r"(?:ご)?住所|所在地|Address"),
    ("note", "text", r"備考欄?|摘要|特記事項|通信欄|連絡事項|Notes?|Remarks?"),
    (
        "bank",
        "text",
        r"(?:お|ご|御)?(?:振込|振り込み)(?:先|口座)(?:情報)?|(?:お)?取引銀行|入金口座|BankAccount",
    ),
)
PATTERNS = tuple((field, kind, re.compile(pattern)) for field, kind, pattern in FIELDS)

# What may stand between a label and its value.
FILLER = re.compile(r"(?:\((?:税[込抜]|No\.?|年月日|[A-Za-z.,/]+)\))?[\]】」』)》〉]?[/:;：=]?\.?")

# Heads of the columns of line items; the first that matches wins.
HEADS: tuple[tuple[str, str], ...] = (
    ("gross_amount", r"(?:税込|内税)(?:金額|額|合計|価格)?|金額\(税込み?\)"),
    ("tax_amount", r"消費税(?:等|額|等額)?(?:\(円\))?|税額|Tax|内?消費税等?"),
    ("tax_rate", r"(?:消費)?税率(?:\(%\))?|税区分|税|区分|適用税率|消費税率|TaxRate|税種別?|軽減"),
    ("unit_price", r"(?:税抜|税込|本体)?(?:単価|価格)(?:\(.{1,4}\))?|UnitPrice|Price|単価/円|価"),
    (
        "quantity",
        r"数量?(?:量)?(?:\(.{1,3}\)|/?単位)?|個数|人数|工数|時間|Qty\.?|Quantity|回数|台数|本数|枚数",
    ),
    ("unit", r"単位|Unit"),
    (
        "amount",
        r"(?:税抜|本体|売上|請求|ご?利用|お?買上)?(?:合計)?(?:金額|価格|額)(?:計|合計)?(?:\(.{1,5}\))?|合計|小計|計|金|Amount|Total",
    ),
    ("code", r"(?:品番|商品(?:コード|番号|CD)|型番|コード|製品番号|JANコード|SKU|ItemNo\.?)"),
    ("number", r"(?:No\.?|NO\.?|№|#|項番|項|行|番号)"),
    ("slip", r"伝票(?:番号|No\.?|NO\.?)|納品書(?:番号|No\.?)|受注番号|注文番号"),
    (
        "date",
        r"日付?|月日|年月日|(?:ご?利用|取引|納品|売上|納入|伝票|作業|実施)(?:年月)?日付?|月/日|Date",
    ),
    (
        "description",
        r"(?:品番[・·/])?(?:商?品(?:名|目)|商品|品名|内容|項目|明細|名称|商品名|作業内容|サービス(?:名|内容)?|詳細|件名"
        r"|(?:ご)?(?:請求|利用|取引|業務)(?:内容|項目|明細|品目)|工事名|工種|費目|Description|Items?|適用)"
        r"(?:[・/及び(].*)?",
    ),
    ("summary", r"摘要|内訳"),
    ("note", r"備考|規格|仕様|摘要欄|Notes?|Remarks?"),
)
HEAD_PATTERNS = tuple((column, re.compile(pattern)) for column, pattern in HEADS)
# Heads may be printed in two languages: 品名/Description or 数量 Qty.
BILINGUAL = re.compile(
    r"[/(]?(?:Description|Item|Qty\.?|Quantity|UnitPrice|Price|Unit|Amount|TaxRate|Tax|Date|No\.?|Code|Notes?)\)?$"
)


def head_of(key: str) -> str | None:
    """The column that a head names, None if it is no head of line items."""
    key = key.strip("[]|_「」【】.。:")  # brackets, and what readers make of the lines of a table
    if not key or len(key) > 16:
        return None
    short = BILINGUAL.sub("", key) or key
    for candidate in (key, short):
        for column, pattern in HEAD_PATTERNS:
            if pattern.fullmatch(candidate):
                return column
    return None


# What ends the line items, or stands between them without being one.
SUMMARY = re.compile(
    r"^[【\[(■*※]?(?:小計|合計|総計|総合計|中計|計$|消費税|内消費税|うち消費税|(?:外|内)税|税抜|税込|税率|値引後|源泉|繰越"
    r"|課税|非課税対象|対象額|(?:\(?(?:内|うち)\)?)?\(?\d{1,2}%|(?:軽減|標準)税率|(?:次|前)頁|次ページ|前ページ|以下余白|振込|お?支払"
    r"|備考|お振込|差引|(?:ご|御)?請求(?:金)?額|今回|前回|お?預|お?釣|現計|現金|クレジット|[^\d]{0,8}(?:小計|合計|計)$"
    r"|[^\d]{0,6}(?:小計|合計)\(|Sub-?total|Total|Tax)"
)
AFTER_ITEMS = re.compile(r"以下余白|備考|お?振込|お?支払")

TITLES: tuple[tuple[str, str], ...] = (
    (
        "credit-note",
        r"(?:適格)?返還(?:請求書|インボイス)|(?:適格返還)?請求書\(返還\)|返金明細書|赤伝(?:票)?|値引(?:通知|明細)書|貸方票|CreditNote|CREDITNOTE",
    ),
    (
        "receipt",
        r"(?:適格)?(?:簡易)?領\s*収(?:書|証)(?:\(.*\))?|レシート|お買上げ?(?:票|明細書?)|RECEIPT|Receipt",
    ),
    (
        "invoice",
        r".{0,8}(?:ご|御)?請求(?:明細)?書.{0,8}|納品書兼請求書|INVOICE|Invoice|TAXINVOICE|TaxInvoice",
    ),
    ("estimate", r".{0,4}(?:御|お)?見積(?:書|り書)?|QUOTATION|Quotation|ESTIMATE"),
    ("delivery-note", r"(?:御)?納品書(?:控)?|送り状"),
    ("order", r"(?:御)?(?:注文|発注)(?:書|請書)|PURCHASEORDER"),
    ("payment-notice", r"支払(?:通知|明細)書|仕入明細書"),
)
TITLE_PATTERNS = tuple((kind, re.compile(pattern)) for kind, pattern in TITLES)


def title_of(key: str) -> str | None:
    """The kind of document that a title names, None if it is no title."""
    key = key.strip("*-=~【】[]()■●")
    if not 2 <= len(key) <= 24:
        return None
    return next((kind for kind, pattern in TITLE_PATTERNS if pattern.fullmatch(key)), None)
