"""The names of months and days, and the halves of a day, as people of several languages write them.

A cell is put into English before its way of writing is looked for, and the way keeps the style: ``%(de)B`` writes
``Januar``, and ``%~(fr2)b`` writes ``janv.``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product

ENGLISH = {
    "B": "January February March April May June July August September October November December",
    "b": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "A": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "a": "Mon Tue Wed Thu Fri Sat Sun",
    "p": "AM PM",
}
"""What the codes of ``strftime`` write."""

STYLES = {
    "(en)b": "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec",
    "(en2)b": "Jan. Feb. March April May June July Aug. Sept. Oct. Nov. Dec.",
    "(en3)b": "Jan. Feb. Mar. Apr. May Jun. Jul. Aug. Sep. Oct. Nov. Dec.",
    "(en4)b": "Jan Feb Mar Apr May June July Aug Sept Oct Nov Dec",
    "(en)a": "Mon Tues Wed Thurs Fri Sat Sun",
    "(en2)a": "Mon. Tue. Wed. Thu. Fri. Sat. Sun.",
    "(en)p": "A.M. P.M.",
    "(de)B": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "(de)b": "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    "(de2)b": "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.",
    "(de3)b": "Jan. Feb. Mär. Apr. Mai Jun. Jul. Aug. Sep. Okt. Nov. Dez.",
    "(at)B": "Jänner Feber März April Mai Juni Juli August September Oktober November Dezember",
    "(at2)B": "Jänner Februar März April Mai Juni Juli August September Oktober November Dezember",
    "(de)A": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    "(de)a": "Mo Di Mi Do Fr Sa So",
    "(de2)a": "Mo. Di. Mi. Do. Fr. Sa. So.",
    "(fr)B": "Janvier Février Mars Avril Mai Juin Juillet Août Septembre Octobre Novembre Décembre",
    "(fr)b": "Jan Fév Mar Avr Mai Jun Jul Aoû Sep Oct Nov Déc",
    "(fr2)b": "Janv. Févr. Mars Avr. Mai Juin Juil. Août Sept. Oct. Nov. Déc.",
    "(fr3)b": "Janv Févr Mars Avr Mai Juin Juil Août Sept Oct Nov Déc",
    "(fr)A": "Lundi Mardi Mercredi Jeudi Vendredi Samedi Dimanche",
    "(fr)a": "Lun. Mar. Mer. Jeu. Ven. Sam. Dim.",
    "(fr2)a": "Lun Mar Mer Jeu Ven Sam Dim",
    "(es)B": "Enero Febrero Marzo Abril Mayo Junio Julio Agosto Septiembre Octubre Noviembre Diciembre",
    "(es)b": "Ene Feb Mar Abr May Jun Jul Ago Sep Oct Nov Dic",
    "(es2)b": "Ene. Feb. Mar. Abr. May. Jun. Jul. Ago. Sept. Oct. Nov. Dic.",
    "(es3)b": "Ene Feb Mar Abr May Jun Jul Ago Sept Oct Nov Dic",
    "(es)A": "Lunes Martes Miércoles Jueves Viernes Sábado Domingo",
    "(es)a": "Lun Mar Mié Jue Vie Sáb Dom",
    "(it)B": "Gennaio Febbraio Marzo Aprile Maggio Giugno Luglio Agosto Settembre Ottobre Novembre Dicembre",
    "(it)b": "Gen Feb Mar Apr Mag Giu Lug Ago Set Ott Nov Dic",
    "(it)A": "Lunedì Martedì Mercoledì Giovedì Venerdì Sabato Domenica",
    "(it)a": "Lun Mar Mer Gio Ven Sab Dom",
    "(pt)B": "Janeiro Fevereiro Março Abril Maio Junho Julho Agosto Setembro Outubro Novembro Dezembro",
    "(pt)b": "Jan Fev Mar Abr Mai Jun Jul Ago Set Out Nov Dez",
    "(pt2)b": "Jan. Fev. Mar. Abr. Mai. Jun. Jul. Ago. Set. Out. Nov. Dez.",
    "(pt)A": "Segunda-feira Terça-feira Quarta-feira Quinta-feira Sexta-feira Sábado Domingo",
    "(nl)B": "Januari Februari Maart April Mei Juni Juli Augustus September Oktober November December",
    "(nl)b": "Jan Feb Mrt Apr Mei Jun Jul Aug Sep Okt Nov Dec",
    "(nl2)b": "Jan. Feb. Mrt. Apr. Mei Jun. Jul. Aug. Sep. Okt. Nov. Dec.",
    "(nl)A": "Maandag Dinsdag Woensdag Donderdag Vrijdag Zaterdag Zondag",
    "(nl)a": "Ma Di Wo Do Vr Za Zo",
    "(sv)B": "Januari Februari Mars April Maj Juni Juli Augusti September Oktober November December",
    "(sv)b": "Jan Feb Mar Apr Maj Jun Jul Aug Sep Okt Nov Dec",
    "(da)B": "Januar Februar Marts April Maj Juni Juli August September Oktober November December",
    "(no)B": "Januar Februar Mars April Mai Juni Juli August September Oktober November Desember",
    "(no)b": "Jan Feb Mar Apr Mai Jun Jul Aug Sep Okt Nov Des",
    "(pl)B": "Stycznia Lutego Marca Kwietnia Maja Czerwca Lipca Sierpnia Września Października Listopada Grudnia",
    "(pl)b": "Sty Lut Mar Kwi Maj Cze Lip Sie Wrz Paź Lis Gru",
    "(ru)B": "Января Февраля Марта Апреля Мая Июня Июля Августа Сентября Октября Ноября Декабря",
    "(ru)b": "Янв Фев Мар Апр Май Июн Июл Авг Сен Окт Ноя Дек",
    "(tr)B": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
    "(tr)b": "Oca Şub Mar Nis May Haz Tem Ağu Eyl Eki Kas Ara",
    "(es)p": "A.\u00a0M.|P.\u00a0M.",
    "(es2)p": "A. M.|P. M.",
}  # fmt: skip
"""Words by the code that writes them; another language is one more line a code."""
_WORD = re.compile(r"[^\W\d_]\.[ \u00a0]?[mM]\.|[^\W\d_]+(?:-feira)?\.?")
_KINDS = ("Bb", "Aa", "p")


@cache
def words_of(style: str) -> tuple[str, ...]:
    """The words of a style, in their order, such as ``words_of("(de)B")``."""
    words = STYLES[style]
    return tuple(words.split("|") if "|" in words else words.split())


def put_into_english(cell: str) -> Iterator[tuple[str, Callable[[str], str]]]:
    """Put the names in a cell into English.

    Parameters
    ----------
    cell : str
        A cell that may hold names of months or days.

    Yields
    ------
    english : str
        The cell with the names that the codes of ``strftime`` write.
    localise : callable
        Gives the pattern of the cell from the pattern of the English one.

    Examples
    --------
    >>> text, localise = next(put_into_english("7. März"))
    >>> text, localise("%-d. %B")
    ('7. March', '%-d. %(de)B')
    """
    words = [(found.start(), found.end(), found[0]) for found in _WORD.finditer(cell)]
    if not words or len(cell) > _LONGEST or not any(map(str.isdigit, cell)):
        return
    known = _known()
    options: list[list[str | None]] = []
    for letters in _KINDS:
        styles = {style for _, _, word in words for style in known.get(word.lower(), {}) if style[-1] in letters}
        options.append([style for style in STYLES if style in styles] or [None])
    for chosen in product(*options):
        styles_here = [style for style in chosen if style]
        if styles_here:
            yield _translate(cell, words, styles_here), _localiser(styles_here)


_LONGEST = 64
"""Letters of a moment at most."""


@cache
def _known() -> dict[str, dict[str, int]]:
    """The styles that hold a word in small letters, and its place in each."""
    known: dict[str, dict[str, int]] = {}
    for style in STYLES:
        for place, word in enumerate(words_of(style)):
            known.setdefault(word.lower(), {})[style] = place
    return known


def _translate(cell: str, words: list[tuple[int, int, str]], styles: list[str]) -> str:
    parts, at = [], 0
    for start, end, word in words:
        places = _known().get(word.lower(), {})
        style = next((style for style in styles if style in places), None)
        if style is not None:
            english = ENGLISH[style[-1]].split()[places[style]]
            is_lower, is_upper = word == word.lower(), word == word.upper()
            parts += [cell[at:start], english.lower() if is_lower else english.upper() if is_upper else english]
            at = end
    return "".join(parts) + cell[at:]


def _localiser(styles: list[str]) -> Callable[[str], str]:
    def localise(pattern: str) -> str:
        for style in styles:
            pattern = re.sub(f"%([~^]?){style[-1]}", rf"%\g<1>{style}", pattern)
        return pattern

    return localise
