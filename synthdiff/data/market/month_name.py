"""Dates in words: names of months in the languages of Europe, and Chinese, Japanese and Korean signs, as ``%b`` reads.

Only what a reader of prices meets is here; a cell with any other word is no date.
"""

from __future__ import annotations

import re
import unicodedata

import pyarrow as pa
import pyarrow.compute as pc

_MONTHS = {
    "Jan": "jan januar january janvier janv enero ene gennaio gen janeiro januari styczen stycznia sty ocak oca "
    "janner leden ledna январь января янв",
    "Feb": "feb februar february fevrier fevr fev febrero febbraio fevereiro februari feber luty lutego lut subat sub "
    "februari unor unora февраль февраля фев февр",
    "Mar": "mar march marz mrz maerz mars marzo marco maart mrt marzec marca mart mars brezen brezna март марта мар",
    "Apr": "apr april avril avr abril abr aprile kwiecien kwietnia kwi nisan nis duben dubna апрель апреля апр",
    "May": "may mai mayo maggio mag maio mei maj maja mayis kveten kvetna май мая",
    "Jun": "jun june juni juin junio giugno giu junho czerwiec czerwca cze haziran haz cerven cervna июнь июня июн",
    "Jul": "jul july juli juillet juil julio luglio lug julho lipiec lipca lip temmuz tem cervenec cervence "
    "июль июля июл",
    "Aug": "aug august aout aou agosto ago augustus augusti sierpien sierpnia sie agustos agu srpen srpna "
    "август августа авг",
    "Sep": "sep sept september septembre septiembre settembre set setembro wrzesien wrzesnia wrz eylul eyl zari "
    "сентябрь сентября сен сент",
    "Oct": "oct october oktober okt octobre octubre ottobre ott outubro out pazdziernik pazdziernika paz ekim eki "
    "rijen rijna октябрь октября окт",
    "Nov": "nov november novembre noviembre novembro listopad listopada lis kasim kas ноябрь ноября ноя нояб",
    "Dec": "dec december dez dezember decembre diciembre dic dicembre dezembro desember des grudzien grudnia gru "
    "aralik ara prosinec prosince декабрь декабря дек",
}
_ENGLISH = {word: month for month, words in _MONTHS.items() for word in words.split()}
_WEEKDAY_NAMES = (
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thurs fri sat sun montag dienstag "
    "mittwoch donnerstag freitag samstag sonntag mo di mi do fr sa so lundi mardi mercredi jeudi vendredi samedi "
    "dimanche lunes martes miercoles jueves viernes sabado domingo lunedi martedi mercoledi giovedi venerdi"
)
_WEEKDAYS = frozenset(_WEEKDAY_NAMES.split())
_DROPPED = frozenset({"de", "del", "of", "st", "nd", "rd", "th", "er", "r"})
_CLOCK = frozenset({"t", "z", "utc", "gmt", "am", "pm", "q", "m"})
_SIGNS = ((r"[年年년]\s*", "-"), (r"[月月월]\s*", "-"), (r"[日日일号号]", ""))
_QUARTERS = (("1", "01"), ("2", "04"), ("3", "07"), ("4", "10"))
_MOST_WORDS = 64
_ZONE = r"(:\d\d) (?:[A-Z][A-Za-z]+/[A-Za-z_/]+|[ECMP][SD]T|CES?T|BST|JST|HKT|MSK|IST)$"
"""Names of time zones behind a time."""


def in_english(cells: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Write dates in one plain form: English months, no weekdays, a space before the time, quarters as months.

    Parameters
    ----------
    cells : pa.ChunkedArray
        Text without missing cells.

    Returns
    -------
    pa.ChunkedArray or None
        None where a cell has a word that is in no date.

    Examples
    --------
    >>> in_english(pa.chunked_array([["31. März 2024", "2024年4月30日", "2024-Q3"]])).to_pylist()
    ['31 Mar 2024', '2024-4-30', '2024-07']
    """
    for sign, plain in _SIGNS:
        cells = pc.replace_substring_regex(cells, sign, plain)
    cells = pc.replace_substring_regex(cells, _ZONE, r"\1")
    words = _words(cells)
    if len(words) > _MOST_WORDS:
        return None
    for word in sorted(words, key=len, reverse=True):
        letters = _letters(word)
        if letters in _CLOCK:
            continue
        if letters not in _ENGLISH and letters not in _WEEKDAYS and letters not in _DROPPED:
            return None
        # RE2 takes letters with accents for no letters, so that \b does not end a word.
        pattern = rf"(^|[^\pL]){re.escape(word)}\.?($|[^\pL])"
        plain = rf"\1{_ENGLISH[letters]}\2" if letters in _ENGLISH else r"\1 \2"
        cells = pc.replace_substring_regex(cells, pattern, plain)
    return pc.utf8_trim_whitespace(_tidy(cells, bool(words)))


def _words(cells: pa.ChunkedArray) -> set[str]:
    found = pc.unique(pc.replace_substring_regex(cells, r"[^\pL]+", " "))
    return {word for text in found.slice(0, 2_000).to_pylist() for word in text.split()}


def _letters(word: str) -> str:
    """Lower case, without accents."""
    word = word.lower()
    if any("а" <= sign <= "ё" for sign in word):
        return word
    spread = unicodedata.normalize("NFKD", word.replace("ł", "l").replace("ı", "i"))
    return "".join(sign for sign in spread if not unicodedata.combining(sign))


def _tidy(cells: pa.ChunkedArray, has_words: bool) -> pa.ChunkedArray:
    """Put a space before the time, and months in place of quarters."""
    cells = pc.replace_substring_regex(cells, r"(\d)(?:T|,? +)(\d{1,2}:\d\d)", r"\1 \2")
    cells = pc.replace_substring_regex(cells, r"(?i) +([ap])\.? ?m\.?$", r" \1m")
    if not has_words:
        return cells
    for quarter, month in _QUARTERS:
        cells = pc.replace_substring_regex(cells, rf"^(\d{{4}})[ -]?[Qq]{quarter}$", rf"\1-{month}")
        cells = pc.replace_substring_regex(cells, rf"^[Qq]{quarter}[ /-]?(\d{{4}})$", rf"\1-{month}")
    cells = pc.replace_substring_regex(cells, r"^(\d{4}) ?[Mm](\d{1,2})$", r"\1-\2")
    cells = pc.replace_substring_regex(cells, r"^[ ,]+|(\d)\. ", r"\1 ")
    return pc.replace_substring_regex(pc.utf8_trim_whitespace(cells), r" {2,}", " ")
