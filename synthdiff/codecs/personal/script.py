"""How names of persons, e-mail addresses and user names are written: forms of real cells, with tokens for the words.

A form is a text with tokens: ``{first}``, ``{last}``, ``{middle}``, ``{f}`` and ``{l}`` (initials), ``{m}``,
``{domain}``, ``{d2}`` (two digits). ``:u`` stands for capitals, ``:l`` for small letters, ``:a`` for small plain
letters. Nothing else of a real cell gets into a form but titles, particles and signs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from synthdiff.codecs.personal.evidence import ADDRESS
from synthdiff.codecs.personal.lexicon import fold, lexicon

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_CJK = re.compile("[぀-ヿ㐀-鿿가-힣]{2,6}")
_TITLE_WORDS = """
    mr mrs ms miss mx dr prof sir herr frau hr fr mme mlle sr sra srta dott sig sigra ing dipl univ mag dhr mevr
    rev hon capt col lt major lady lord jr ii iii iv md phd dds dvm mba msc esq cpa rn bsc medic don dona doña
    messrs master
"""
_TITLES = frozenset(_TITLE_WORDS.split())
_PARTICLE_WORDS = """
    van von de der den del della di da dos das du la le zu zur af av y e i al el bin ben ter ten
"""
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
_UNSAFE = re.compile(r"[{}]")
_DIGITS = re.compile(r"\d+(?![^{}]*\})")
_TOKEN = re.compile(r"\{([a-z]+\d*)((?::\w+)*)\}")
_JSON_KEY = re.compile(r"[\"']\w+[\"'] ?:|\b[a-z]+:")
_INITIALS = {"first": "f", "last": "l", "middle": "m"}
_DEGREE = re.compile(r"(?:,? +(?:[BM]\. ?(?:Sc|A|Eng|Ed)\.|M\.?B\.?A\.?|Ph\.? ?D\.?|M\.?D\.?))+$")
_RUN = re.compile(r"[^\W\d_]+|\d+|[^\w]|_")


def name_parts(value: str) -> tuple[str, str]:
    """The folded given name and family name of a person; empty where there is none.

    Examples
    --------
    >>> name_parts("Dr. Ana van Dyke"), name_parts("SMITH, John Q."), name_parts("Cher")
    (('ana', 'dyke'), ('john', 'smith'), ('cher', ''))
    """
    first, last = written_parts(value)
    return fold(first), fold(last)


def written_parts(value: str) -> tuple[str, str]:
    """As `name_parts`, in the spelling of the cell."""
    if _CJK.fullmatch(value):
        cut = 2 if len(value) > 3 and fold(value[:2]) in lexicon().last else 1
        return value[cut:], value[:cut]
    ahead, comma, behind = _DEGREE.sub("", value).partition(",")
    words = [word for word in _WORD.findall(f"{behind} {ahead}" if comma else value) if fold(word) not in _TITLES]
    words = [word for word in words if not _is_particle(word)] or words
    if comma and behind.strip():
        family = [word for word in _WORD.findall(ahead) if not _is_particle(word)]
        return (words[0], family[-1]) if words and family else (words[0] if words else "", "")
    if len(words) < 2:
        return (words[0], "") if words else ("", "")
    return (words[-1], words[0]) if _is_turned(words[0], words[-1]) else (words[0], words[-1])


def _is_particle(word: str) -> bool:
    """Say whether a word is no name but stands before one; a capital alone is an initial."""
    return fold(word) in _PARTICLES and not (len(word) == 1 and word.isupper())


def _is_turned(ahead: str, behind: str) -> bool:
    """Say whether the family name comes first: in capitals, before initials, or as the lists of names have it."""
    if min(len(ahead), len(behind)) == 1:
        return len(behind) == 1
    if ahead.isupper() != behind.isupper():
        return ahead.isupper()
    names, first, last = lexicon(), fold(behind), fold(ahead)
    return first in names.first and last not in names.first and last in names.last and first not in names.last


def name_form(value: str) -> str:
    """The form of a person's name.

    Examples
    --------
    >>> [name_form(name) for name in ("Dr. Ana Lee", "SMITH, JOHN Q.", "Mary Ann O'Hara")]
    ['Dr. {first} {last}', '{last:u}, {first:u} {m}.', '{first} {middle} {last}']
    """
    first, last = written_parts(value)
    if _CJK.fullmatch(value):
        return "{last}{first}"
    seen: set[str] = set()

    def token(match: re.Match[str]) -> str:
        word = match[0]
        folded = fold(word)
        if folded in _TITLES or (_is_particle(word) and word not in (first, last)):
            return word
        kind = next((k for k, part in (("first", first), ("last", last)) if part == word and k not in seen), "middle")
        seen.add(kind)
        if len(word) == 1:
            return f"{{{_INITIALS[kind]}}}" if word.isupper() or not word.isascii() else f"{{{_INITIALS[kind]}:l}}"
        return f"{{{kind}{_case(word)}}}"

    plain = _UNSAFE.sub("", value).strip()
    degree = _DEGREE.search(plain)
    written = _WORD.sub(token, plain[: degree.start()] if degree else plain) + (degree[0] if degree else "")
    return _number_tokens(written)


def _number_tokens(form: str) -> str:
    """Write digits that are no part of a token as tokens."""
    return _DIGITS.sub(lambda match: f"{{d{min(len(match[0]), 9)}}}", form)


def word_form(value: str, kind: str) -> str:
    """The form of a given or a family name that stands alone.

    Examples
    --------
    >>> word_form("ANA", "first"), word_form("Ann-Lee", "first"), word_form("van Dyke", "last")
    ('{first:u}', '{first}', 'van {last}')
    >>> word_form("Kevin J.", "first"), word_form("Mary Ann", "first"), word_form("Davis Jr.", "last")
    ('{first} {m}.', '{first} {middle}', '{last} Jr.')
    """
    words = value.strip().split()
    names = [word for word in words if not _is_particle(word) and fold(word).strip(".,") not in _TITLES]
    names = [word for word in names if _WORD.search(word)]
    if not names:
        return f"{{{kind}{_case(words[-1]) if words else ''}}}"
    main = names[-1] if kind == "last" else next((word for word in names if len(word.rstrip(".")) > 1), names[0])
    said = words if kind == "first" else [word for word in words if word == main or word not in names]
    form = " ".join(_UNSAFE.sub("", word) if word not in names else _name_token(word, kind, main) for word in said)
    return _number_tokens(form)


def _name_token(word: str, kind: str, main: str) -> str:
    """The token of one word of a given or a family name that stands alone."""
    if word == main:
        return f"{{{kind}{_case(word)}}}"
    letters = word.rstrip(".")
    if len(letters) == 1:
        return f"{{{_INITIALS['middle']}{'' if letters.isupper() else ':l'}}}{word[1:]}"
    return f"{{middle{_case(word)}}}"


def _case(word: str) -> str:
    if len(word) > 1 and word.isupper():
        return ":u"
    return ":l" if word.islower() else ":u" if len(word) == 1 and word.isupper() else ""


def first_address(value: str) -> str:
    """The first e-mail address in a cell; the whole cell where there is none.

    Examples
    --------
    >>> first_address("Ana Lee <ana@web.de>"), first_address("none")
    ('ana@web.de', 'none')
    """
    found = ADDRESS.search(value)
    return found[0] if found else value.strip()


def email_form(value: str, first: str, last: str) -> str:
    """The form of e-mail addresses of a person, whose folded names may be unknown, and of what is around them.

    Examples
    --------
    >>> email_form("Ana.Lee42@web.de", "ana", "lee"), email_form("jsmith@gmx.de", "", "")
    ('{first}.{last}{d2}@{domain}', '{f:a}{last:a}@{domain}')
    >>> email_form("Lee, Ana <alee@web.de>", "", ""), email_form("a1@x.de; b1@y.de", "", "")
    ('{last}, {first} <{f:a}{last:a}@{domain}>', '{f:a}{d1}@{domain}; {first2:a:0:1}{d12}@{domain2}')
    """
    out: list[str] = []
    number, end = 0, 0
    for found in ADDRESS.finditer(value):
        around = value[end : found.start()].removeprefix("mailto:")
        shown = _JSON_KEY.sub("", around)
        if not (first or last) and number == 0:
            first, last = name_parts(shown)
        number, end = number + 1, found.end()
        person = (first, last) if number == 1 else name_parts(shown)
        local = f"{user_form(found[0].partition('@')[0], *person)}@{{domain}}"
        out += [_around_form(around, number), local if number == 1 else _nth(local, number)]
    if not out:
        return f"{user_form(value.partition('@')[0], first, last)}@{{domain}}"
    return "".join([*out, _around_form(value[end:], number)]).strip()


def _around_form(text: str, number: int) -> str:
    """The form of what stands before or behind an address: keys and marks stay, words are a name."""
    out, end = "", 0
    for key in [*_JSON_KEY.finditer(text), None]:
        part = text[end : key.start() if key else len(text)]
        lead = len(part) - len(part.lstrip())
        form = name_form(part) if _WORD.search(part) else _number_tokens(part.strip())
        form = part[:lead] + form + part[len(part.rstrip()) :] if part.strip() else part
        out += form if number <= 1 else _nth(form, number)
        if key:
            out, end = out + key[0], key.end()
    return out


def _nth(form: str, number: int) -> str:
    """The form for the persons after the first one, who are others."""

    def token(match: re.Match[str]) -> str:
        name, how = match[1], match[2]
        initial = {"f": "first", "l": "last"}.get(name)
        return f"{{{initial}{number}{how}:0:1}}" if initial else f"{{{name}{number}{how}}}"

    return _TOKEN.sub(token, form)


def user_form(value: str, first: str, last: str) -> str:
    """The form of a user name, or of the part of an e-mail address before the sign."""
    runs = _RUN.findall(value.strip())
    letters = [run for run in runs if run[0].isalpha()]
    kinds = iter(_kinds([fold(run) for run in letters], fold(first), fold(last)))
    out = []
    for run in runs:
        if run[0].isalpha():
            case = ":u" if len(run) > 1 and run.isupper() else "" if run[0].isupper() else ":a"
            out += [f"{{{kind}{case}}}" for kind in next(kinds)]
        elif run[0].isdigit():
            out.append(f"{{d{min(len(run), 9)}}}")
        elif run in "._-+@*":
            out.append(run)
    return "".join(out) or "{first:a}{last:a}"


def _kinds(words: Sequence[str], first: str, last: str) -> list[list[str]]:
    """Which parts of a name each word of letters is."""
    out = [_known_kind(word, first, last) or _likely_kind(word) for word in words]
    if len(out) > 1 and out.count(["first"]) == len(out):
        out[-1] = ["last"]
    if len(out) > 1 and out.count(["last"]) == len(out):
        out[0] = ["first"]
    return out


def _known_kind(word: str, first: str, last: str) -> list[str]:
    """The parts of a known person's name that a word is made of."""
    if not first and not last:
        return []
    f, l_ = first[:1], last[:1]
    ways = {
        first: ["first"],
        last: ["last"],
        first + last: ["first", "last"],
        last + first: ["last", "first"],
        f + last: ["f", "last"],
        last + f: ["last", "f"],
        first + l_: ["first", "l"],
        f + l_: ["f", "l"],
        f: ["f"],
        l_: ["l"],
    }
    return ways.get(word, []) if word else []


def _likely_kind(word: str) -> list[str]:
    """The parts of a name that a word looks like; both names where it is none that is known."""
    names = lexicon()
    if len(word) == 1:
        return ["f"]
    if word in names.last and word not in names.first:
        return ["last"]
    if word in names.first:
        return ["first"]
    if word[1:] in names.last:
        return ["f", "last"]
    if word[:-1] in names.last:
        return ["last", "f"]
    for cut in range(3, len(word) - 2):
        if word[:cut] in names.first and word[cut:] in names.last:
            return ["first", "last"]
    return ["last"] if len(word) < 10 else ["first", "last"]
