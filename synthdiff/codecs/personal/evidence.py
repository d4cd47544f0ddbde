"""What the cells of a column say of the personal data in it: the share of distinct values that each kind explains."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from ipaddress import ip_address

from synthdiff.codecs.personal.lexicon import fold, lexicon

EMAIL = re.compile(r"(?:mailto:)?[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^\W\d_]{2,}", re.I)
ADDRESS = re.compile(r"[^\W_](?:[\w.+*-]*[\w*])?@[^\W_](?:[\w-]*\w)?(?:\.[\w-]+)*\.[^\W\d_]{2,}")
"""An e-mail address within other text."""
_WORDS_AROUND = 4
URL = re.compile(
    r"(?:https?://|ftp://|www\.)\S+\.\S+|[a-z0-9-]+(\.[a-z0-9-]+)*\.(com|org|net|de|io|co|eu|fr|uk|it|es|nl)(/\S*)?",
    re.I,
)
PHONE = re.compile(
    r"\+\d[\d ()./-]{6,20}(?:\s*(?:x|ext\.?)\s*\d+)?"
    r"|(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?:\s*(?:x|ext\.?)\s*\d+)?"
    r"|(?:\+?1[ .-]?)?\(\d{2,5}\) ?[\d /-]{5,12}|001-\d{3}-\d{3}-\d{4}(?:x\d+)?|0[1-9]\d{0,3}[ /]\d[\d /-]{4,12}"
    r"|0[1-9](?:[ .-]\d\d){4}|0\d{1,4}-\d{1,4}-\d{4}|0[1-9]-\d{8}|0[1-9]\d{1,3}-\d{6,8}"
    r"|8[ -]?\(\d{3,4}\)[ -]?\d{2,3}-\d\d-\d\d",
    re.I,
)
PHONE_LIKE = re.compile(r"[+(\d][\d ()./-]{5,24}(?:\s*(?:x|ext\.?)\s*\d+)?", re.I)
DAY = re.compile(r"(?:\d{1,2}([/.-])\d{1,2}\1(?:\d\d|\d{4})|\d{4}([/.-])\d{1,2}\2\d{1,2})(?:[ T].*)?")
"""Calendar days, which could be telephone numbers otherwise: ``09/26/2018``."""
SSN = re.compile(r"(?!000|666|9\d\d)\d{3}-(?!00)\d\d-(?!0000)\d{4}")
IBAN = re.compile(r"[A-Z]{2}\d\d(?: ?[A-Z0-9]){11,30}")
CARD = re.compile(
    r"(?:[2-6]\d{3}(?:[ -]?\d{4}){3}|3[47]\d\d[ -]?\d{6}[ -]?\d{5}|3[068]\d{12}|4\d{12}|[46]\d{18}|[56]\d{11})"
)
CARD_LIKE = re.compile(r"[\dXx*#•]{4}(?:[ -]?[\dXx*#•]{2,6}){2,4}|[Xx*#•.]{2,}[ -]?\d{4}")
NUMBER_LIKE = re.compile(r"(?=.*\d.*\d.*\d)[A-Za-z*#•]{0,6}[\dA-Za-z*#• /.-]{4,24}")
MASKED_IBAN = re.compile(r"[A-Z]{2}[\dXx*#•]{2}(?: ?[\dA-Zx*#•]){4,30}")
PLATE = re.compile(r"(?=.*\d)(?=.*[^\W\d_])[\w]{1,8}(?:[ ·.-]{1,3}[\w]{1,6}){0,3}")
DEVICE = re.compile(r"[\da-f]{2}(?:[:-][\da-f]{2}){5,7}|[\da-f]{4}(?:\.[\da-f]{4}){2}|\d{14,16}|[\da-f-]{32,40}", re.I)
MAC = re.compile(r"[\da-f]{2}(?:[:-][\da-f]{2}){5}|[\da-f]{4}(?:\.[\da-f]{4}){2}", re.I)
HANDLE = re.compile(r"@[^\W\d][\w.]{1,38}")
LOGIN = re.compile(r"[^\W\d_]{2,}(?:[._-]?[^\W_]+)*")
INITIALS = re.compile(
    r"(?:[^\W\d_]\.[ -]?|[^\W\d_] ){1,3}(?P<behind>[^\W\d_][^\W\d_'’-]+(?: [^\W\d_]{3,})?)"
    r"|(?P<ahead>[^\W\d_][^\W\d_'’-]+),? (?:[^\W\d_](?:\.[ -]?|\b ?)){1,3}"
)
USER = re.compile(r"@?[\w.-]{2,40}")
_FORM_WORDS = (
    r"(?:inc|llc|l\.l\.c|ltd|limited|corp|corporation|plc|llp|gmbh|ggmbh|mbh|kgaa|ag|se|kg|ohg|gbr|e\.k|ug|"
    r"s\.?a\.?r\.?l|sas|sasu|eurl|s\.?a|s\.?p\.?a|s\.?r\.?l|b\.?v|n\.?v|oy|oyj|ab|as|asa|aps|a/s|sp\. ?z ?o\. ?o|s\.l|"
    r"s\.?l\.?u|pty|pvt|co|company|and sons|& sons|group|holding|holdings|stiftung|e\.v|kft|zrt|nyrt|s\.r\.o|a\.s|"
    r"d\.o\.o|ltda|eireli|s\.a\. de c\.v|c\.v|ооо|оао|зао|пао|тов|partners|associates|bros|brothers|a\.ş|ltd\. şti)\.?"
)
_FORM_SIGNS = r"(?:株式会社|有限会社|合同会社|（株）|\(株\)|股份有限公司|有限公司|주식회사|\(주\)|㈜)"
COMPANY = re.compile(
    rf"[^\W\d_].*?\b(?P<behind>{_FORM_WORDS}(?:(?: |, ?| ?& ?){_FORM_WORDS})*)$|.*\w ?(?P<glued>{_FORM_SIGNS})$"
    rf"|^(?P<ahead>{_FORM_SIGNS} ?|(?-i:ООО|ОАО|ЗАО|ПАО|АО|ТОВ|ИП|PT) (?=[«\"„]|(?-i:[A-ZА-Я])))",
    re.I,
)
COMPANY_OF_NAMES = re.compile(r"[A-Z][^\W\d]+, [A-Z][^\W\d]+ and [A-Z][^\W\d]+|[A-Z][^\W\d_]{2,}-[A-Z][^\W\d_]{2,}")
_STREET_WORD = (
    r"(street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|place|pl|square|sq|way|terrace|parkway|"
    r"pkwy|highway|hwy|circle|cir|trail|alley|crescent|close|mews|plaza|loop|path|ridge|rue|avenida|calle|via|viale|"
    r"piazza|corso|rua|travessa|plac|ulica|ul|aleja|allee|chemin|impasse|quai|place|cours|camino|paseo|carrer|apt|suite|"
    r"gata|vagen|vej|gade|laan|straat|weg|plein|gracht|kade|ter|heights|key|island|station|pike|run|cove|creek|po box)"
)
_GLUED = (
    r"\w{2,}(straße|strasse|str\.?|weg|gasse|platz|allee|ring|damm|ufer|gata|gatan|vägen|straat|laan|gade|vej|katu|tie|"
    r"utca)"
)
STREET = re.compile(
    rf"(?s)(?=.*\d)(?:\d+[\w/-]*,? .*\b{_STREET_WORD}\b|.*\b{_STREET_WORD}\b.*\d|.*{_GLUED}\b.*\d|\d+ .*{_GLUED}\b).*",
    re.I,
)
STREET_LIKE = re.compile(
    r"(?s)(?=.*[^\W\d_]{3})(?:\d+[\w/-]{0,4},? [^\d].*|[^\d]{4,}[ ,]\d+.*|.{3,}[\n,].{3,}|.*[぀-ヿ㐀-鿿가-힣]{3}.*\d.*)"
)
_LARGE_OCTET = 100
_TITLES = re.compile(
    r"^(?:(?:mr|mrs|ms|miss|mx|dr|prof|sir|herr|frau|hr|fr|mme|mlle|m|sr|sra|srta|dott|sig|sigra|ing|dipl|univ|mag|pan|"
    r"pani|dhr|mevr|rev|hon|capt|col|lt|major|master|don|lady|lord)(?:\.|-?ing\.|(?= ))\s*)+",
    re.I,
)
_SUFFIXES = re.compile(r"[, ]+(?:jr|sr|ii|iii|iv|md|phd|dds|dvm|ph\.d|m\.d|b\.sc|mba|msc|esq|cpa|rn|do)\.?$", re.I)
_PERSON = re.compile(r"[^\W\d_][^\d_@/\\:;+*#=<>\[\]{}|!?%$]*")
_CODE_AROUND = re.compile(
    r"^[#(\[]?[A-Z]{0,4}\d+(?:[)\]] ?| ?[-:.] )|[ ,-]*(?:[#(\[][A-Z]{0,4}\d+[)\]]?| - [A-Z]{0,4}\d+)$"
)
_ONE_WORD = re.compile(r"[^\W\d_]+(?:[-'’ ][^\W\d_]+){0,3}\.?")
_NAME_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_CJK = re.compile("[぀-ヿ㐀-鿿가-힣]{2,6}")


def share(values: Sequence[str], test: Callable[[str], object]) -> float:
    """The share of values that pass a test."""
    return sum(1 for value in values if test(value)) / max(len(values), 1)


def is_email(value: str) -> bool:
    """Say whether a cell is an e-mail address."""
    return EMAIL.fullmatch(value.strip()) is not None


def holds_emails(value: str) -> bool:
    """Say whether a cell is one or more e-mail addresses, with no more than names or marks around them.

    Examples
    --------
    >>> [holds_emails(value) for value in ("Ana Lee <ana@web.de>", "a@x.de; b@y.de", "write to me, ana@web.de is mine")]
    [True, True, False]
    """
    rest, n_found = ADDRESS.subn(" ", value)
    return bool(n_found) and len(_NAME_WORD.findall(rest)) <= _WORDS_AROUND * n_found


def is_url(value: str) -> bool:
    """Say whether a cell is the address of a web page or site."""
    return URL.fullmatch(value.strip()) is not None


def is_full_name(value: str) -> bool:
    """Say whether a cell is the whole name of a person: a given name, and another name.

    Examples
    --------
    >>> [is_full_name(name) for name in ("Dr. Anna Schmidt", "SMITH, JOHN", "Braund, Mr. Owen Harris", "Sales Manager")]
    [True, True, True, False]
    """
    words = name_words(value)
    known = sum(map(is_known, words))
    return 2 <= len(words) <= 7 and has_given_name(words) and known >= max(2, len(words) / 2 if len(words) > 4 else 0)


def may_be_full_name(value: str) -> bool:
    """Say whether a cell begins like the name of a person: a given name before any other."""
    words = name_words(value)
    return 2 <= len(words) <= 4 and has_given_name(words)


def is_formed_like_name(value: str) -> bool:
    """Say whether a cell could be the whole name of a person, whose names are in no list: a few words with capitals.

    Examples
    --------
    >>> [is_formed_like_name(value) for value in ("Milamona Norutas", "de Vries, Jan", "gift card", "Wal-Mart 7")]
    [True, True, False, False]
    """
    words = name_words(value)
    return 2 <= len(words) <= 5 and sum(word[0].isupper() for word in value.replace(",", " ").split()) >= 2


def is_initialled(value: str) -> bool:
    """Say whether a cell could be a person's name of which the given names are initials.

    Examples
    --------
    >>> [is_initialled(value) for value in ("W. Stanley", "J. R. R. Doe", "STANLEY, W.", "Stanley W", "E coli", "B 12")]
    [True, True, True, True, False, False]
    """
    found = INITIALS.fullmatch(value.strip())
    return (
        found is not None and (found["behind"] or found["ahead"])[0] == (found["behind"] or found["ahead"])[0].upper()
    )


def has_initials(value: str) -> bool:
    """Say whether a cell is initials and a family name in the lists."""
    found = INITIALS.fullmatch(value.strip())
    return found is not None and not lexicon().last.isdisjoint(
        _NAME_WORD.findall(fold(found["behind"] or found["ahead"]))
    )


def is_unspaced_name(value: str) -> bool:
    """Say whether a cell is a name as in Chinese, Japanese or Korean: a family name before other signs."""
    last = lexicon().last
    return is_unspaced(value) and any(fold(value[:n]) in last for n in (1, 2) if len(value) > n)


def is_unspaced(value: str) -> bool:
    """Say whether a cell is a few signs of a script that writes no spaces."""
    return _CJK.fullmatch(value) is not None


def name_words(value: str) -> list[str]:
    """The folded words of a name, the given name first, without titles; none where it can be no name."""
    value = _CODE_AROUND.sub("", value)
    if len(value) > 80 or not _PERSON.fullmatch(value):
        return []
    ahead, comma, behind = value.partition(",")
    turned = f"{_TITLES.sub('', behind.strip())} {ahead}" if comma else value.strip()
    plain = _SUFFIXES.sub("", _TITLES.sub("", turned))
    return [fold(word) for word in _NAME_WORD.findall(plain)]


def has_given_name(words: list[str]) -> bool:
    """Say whether one of the first two words is a given name in the lists."""
    return not lexicon().first.isdisjoint(words[:2])


def is_known(word: str) -> bool:
    """Say whether a folded word, or a part of it between hyphens, is anybody's name."""
    names = lexicon()
    return any(part in names.first or part in names.last for part in (word, *word.split("-"), word.replace("'", "")))


def is_first_name(value: str) -> bool:
    """Say whether a cell is a given name in the lists."""
    return fold(value.strip()) in lexicon().first


def is_last_name(value: str) -> bool:
    """Say whether a cell is a family name in the lists."""
    return fold(value.strip()) in lexicon().last


def holds_last_name(value: str) -> bool:
    """Say whether a short name of an account holds a given or family name in the lists, as ``jsmith`` does."""
    words = [fold(word) for word in re.split(r"[\W\d_]+", value) if len(word) > 2]
    names = lexicon()
    return any(
        part in names.last or (part == word and part in names.first)
        for word in words
        for part in (word, word[1:], word[:-1])
        if len(part) > 2
    )


def is_capital(value: str) -> bool:
    """Say whether a cell is a word of more than two letters, or of a script without capitals, with a capital first."""
    return value[0] == value[0].upper() and (len(value) > 2 or not value.isascii())


def has_scheme(value: str) -> bool:
    """Say whether a web address begins as only those do."""
    return "://" in value or value.lower().startswith("www.")


def is_name_word(value: str) -> bool:
    """Say whether a cell could be a single given or family name."""
    return len(value) <= 40 and _ONE_WORD.fullmatch(value.strip()) is not None


def is_iban(value: str) -> bool:
    """Say whether a cell is an IBAN with the right check digits (ISO 13616).

    Examples
    --------
    >>> is_iban("DE89 3704 0044 0532 0130 00"), is_iban("DE88 3704 0044 0532 0130 00")
    (True, False)
    """
    if not IBAN.fullmatch(value):
        return False
    plain = value.replace(" ", "")
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def is_card(value: str) -> bool:
    """Say whether a cell is the number of a payment card, with the right check digit (Luhn).

    Examples
    --------
    >>> is_card("4111 1111 1111 1111"), is_card("4111 1111 1111 1112")
    (True, False)
    """
    if not CARD.fullmatch(value):
        return False
    digits = [int(sign) for sign in value if sign.isdigit()][::-1]
    return (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0


def is_ip(value: str) -> bool:
    """Say whether a cell is an IP address."""
    try:
        ip_address(value.strip())
    except ValueError:
        return False
    return "." in value or ":" in value


def is_public_ip(value: str) -> bool:
    """Say whether a cell is an IP address that the internet knows."""
    return is_ip(value) and ip_address(value.strip()).is_global


def has_large_octet(value: str) -> bool:
    """Say whether a dotted value has a part that no version number has."""
    return ":" in value or any(part.isdigit() and int(part) >= _LARGE_OCTET for part in value.split("."))


def is_company(value: str) -> bool:
    """Say whether a cell is called as companies are: by a legal form, or by the names of partners."""
    return COMPANY.search(value) is not None or COMPANY_OF_NAMES.fullmatch(value) is not None


def is_phone_like(value: str) -> bool:
    """Say whether a cell could be a telephone number; the name of the column must say the rest."""
    return 6 <= sum(map(str.isdigit, value)) <= 20 and _is_written(PHONE_LIKE, value)


def is_phone(value: str) -> bool:
    """Say whether a cell is written as only telephone numbers are."""
    return 7 <= sum(map(str.isdigit, value)) <= 20 and _is_written(PHONE, value)


def _is_written(number: re.Pattern[str], value: str) -> bool:
    return number.fullmatch(value.strip()) is not None and DAY.fullmatch(value.strip()) is None
