"""How numbers of telephones, addresses on the net and codes are written: forms, and parts that no real one ends in."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.codecs.personal.recipe import TEXT, Recipe, common_forms

MOST_BLOCKS = 2_000
_SPARE = 3
_MOST_BLOCKS = 1 << 16
_FREE_DIGITS = 3
_PREFIX = 3
_LONGEST = 1 << 20
_MANY = 20
_SIGN = re.compile(r"\d|[A-Z]|[a-z]|[^\W\d_]")
_RUNS = re.compile(r"\d+|[^\W\d_]+|[\W_]")
_MOST_RUNS, _LONG_WORD = 7, 8
_HOST = re.compile(r"^(?:(?P<scheme>[a-z]+)://)?(?P<www>www\.)?(?P<host>[^/:?#]+)(?P<port>:\d+)?(?P<path>[^?#]*)", re.I)
_ENDINGS = re.compile(r"\.(html?|php|aspx?|jsp|pdf|jpe?g|png|gif|xml|json)$", re.I)
_TOP = re.compile(r"\.(?:co\.uk|com\.br|co\.jp|com\.au|[a-z]{2,6})$", re.I)


def code_recipe(values: Sequence[str], texts: pa.Array, rng: np.random.Generator, letters: bool = True) -> Recipe:
    """A recipe for codes whose digits and letters are free: telephone numbers, and what has no pattern of its own.

    Parameters
    ----------
    values : sequence of str
        Real values, from which the forms are read.
    texts : pa.Array
        All distinct real values, large_string.
    rng : np.random.Generator
        Draws the endings that are used.
    letters : bool
        Whether letters are free, rather than parts of the form as the one before an extension; True by default.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for value in values:
        groups[_shape(value)].append(value)
    n_digits = _ending_length(values, len(texts))
    digits = pc.replace_substring_regex(texts, r"\D", "")
    ends = set(pc.utf8_slice_codeunits(digits, -n_digits, _LONGEST).to_pylist()) if n_digits else set()
    rest = 10 ** max(min(map(_n_digits, values)) - n_digits, 0)
    pool = _free_numbers(ends, n_digits, rng, int(np.clip(4 * len(texts) / rest, MOST_BLOCKS, _MOST_BLOCKS)))
    shapes, shares = common_forms([_shape(value) for value in values], most=48)
    forms = tuple(_code_form(groups[shape], n_digits if pool else 0, letters) for shape in shapes)
    pools = {"block": pool} if pool else {}
    return Recipe(forms, shares, pools, int(rng.integers(1 << 31)))


def _shape(value: str) -> str:
    """What is common to codes of one form."""
    return _SIGN.sub(lambda m: "0" if m[0].isdigit() else "A" if m[0].isupper() else "a", value)


def _ending_length(values: Sequence[str], n_texts: int) -> int:
    """Digits at the end that are common to few enough of the real codes; at most as many as most codes have."""
    counts = sorted(map(_n_digits, values))
    wanted = max(4, len(str(_SPARE * n_texts)))
    return min(wanted, counts[len(counts) // 10], 9)


def _n_digits(value: str) -> int:
    return sum(map(str.isdigit, value))


def _free_numbers(taken: set[str], n_digits: int, rng: np.random.Generator, most: int) -> list[str]:
    """Draw numbers of `n_digits` digits that no real code ends in."""
    if n_digits < 1:
        return []
    drawn = rng.permutation(10**n_digits) if n_digits < 5 else rng.integers(10**n_digits, size=8 * most)
    texts = dict.fromkeys(str(number).zfill(n_digits) for number in drawn)
    return [text for text in texts if text not in taken][:most]


def _code_form(values: Sequence[str], n_block: int, letters: bool) -> str:
    """The form of codes of one shape: what all begin with, free signs, and the ending."""
    shape = _shape(values[0])
    places = [i for i, sign in enumerate(shape) if sign == "0" and values[0][i].isdigit()]
    block = {place: k for k, place in enumerate(places[-n_block:])} if n_block else {}
    spare = [place for place in places if place not in block]
    most = spare[-_FREE_DIGITS] if len(spare) >= _FREE_DIGITS else 0
    fixed = min(_fixed_head(values), max(most, _PREFIX * values[0].startswith(("+", "00"))))
    fixed = min(fixed, next(iter(block), len(shape)))
    out = []
    for i, sign in enumerate(shape):
        seen = {value[i] for value in values}
        if i < fixed:
            out.append(values[0][i])
        elif i in block:
            out.append(f"{{block:{block[i]}:{block[i] + 1}}}")
        elif len(seen) == 1 and len(values) >= _MANY:
            out.append(values[0][i])  # what all have says nothing of anybody
        elif i in places:
            out.append(f"{{{_digit(seen)}{i}}}")
        elif letters and sign in "Aa" and values[0][i].isalpha():
            out.append(f"{{a{i}{':u' if sign == 'A' else ''}}}")
        else:
            out.append(values[0][i])
    return _join_blocks("".join(out))


def _digit(seen: set[str]) -> str:
    """The token of digits like those that were seen at a place."""
    return "n" if not seen & {"0", "1"} else "p" if "0" not in seen else "d1"


def _fixed_head(values: Sequence[str]) -> int:
    """Signs of the prefix of a country, or of a trunk, which most numbers have and which say nothing of a person."""
    first = values[0]
    most = (
        len(first)
        if len(values) >= _MANY
        else 3
        if first.startswith(("+", "00"))
        else 1
        if first.startswith("0")
        else 0
    )
    return next((i for i in range(min(most, len(first))) if any(value[i] != first[i] for value in values)), most)


def _join_blocks(form: str) -> str:
    """Write neighbouring signs of the ending as one piece."""
    pattern = re.compile(r"\{block:(\d):(\d+)\}\{block:(\d+):(\d+)\}")
    while match := pattern.search(form):
        form = f"{form[: match.start()]}{{block:{match[1]}:{match[4]}}}{form[match.end() :]}"
    return form


def ip_recipe(values: Sequence[str], rng: np.random.Generator) -> Recipe:
    """A recipe for addresses of the internet protocol: of networks, or of hosts in them, that no real one has."""
    six = [value for value in values if ":" in value]
    forms, shares, pools = [], [], {}
    four = [value.split(".") for value in values if value.count(".") == 3 and ":" not in value]
    if four:
        local = sum(net in _LOCAL or (net[0] == "10") for net in ((p[0], p[1]) for p in four)) > len(four) / 2
        forms.append("{net}.{tail}" if local else "{net}.{byte}.{host}")
        shares.append(len(four) / len(values))
        nets, tails = {f"{p[0]}.{p[1]}" for p in four}, {f"{p[2]}.{p[3]}" for p in four}
        pools["net"] = sorted(nets)[:MOST_BLOCKS] if local else _free_networks(nets, rng)
        spots = (f"{a}.{b}" for a, b in rng.integers((0, 1), (256, 255), size=(4 * MOST_BLOCKS, 2)))
        pools["tail"] = [spot for spot in dict.fromkeys(spots) if spot not in tails][:MOST_BLOCKS] or ["0.1"]
        pools["byte"], pools["host"] = [str(i) for i in range(256)], [str(i) for i in range(1, 255)]
    if six:
        heads = {value.lower().split(":")[0] for value in six}
        free = [f"2{n:03x}" for n in rng.permutation(4096)[:200] if f"2{n:03x}" not in heads] or ["2001"]
        forms.append("{six}" + "".join(f":{{h{i}1}}{{h{i}2}}{{h{i}3}}{{h{i}4}}" for i in range(1, 8)))
        shares.append(len(six) / len(values))
        pools["six"] = free
    if not forms:
        return code_recipe(values, pa.array(values, TEXT), rng)
    return Recipe(tuple(forms), tuple(share / sum(shares) for share in shares), pools, int(rng.integers(1 << 31)))


_LOCAL = {("192", "168"), *(("172", str(i)) for i in range(16, 32)), ("169", "254"), ("127", "0")}
_RESERVED = {"0", "10", "100", "127", "169", "172", "192", "198", "203", *map(str, range(224, 256))}


def _free_networks(taken: set[str], rng: np.random.Generator) -> list[str]:
    firsts = [str(i) for i in range(1, 224) if str(i) not in _RESERVED]
    drawn = (
        f"{firsts[a % len(firsts)]}.{b}" for a, b in rng.integers((0, 0), (1 << 20, 256), size=(3 * MOST_BLOCKS, 2))
    )
    return [net for net in dict.fromkeys(drawn) if net not in taken][:MOST_BLOCKS] or ["198.18"]


def common_parts(values: Sequence[str]) -> frozenset[str]:
    """Hosts and parts of paths that half of many web addresses have: a site at which people have pages."""
    found = [match for value in values if (match := _HOST.match(value.strip()))]
    counts = Counter(part for match in found for part in {match["host"], *match["path"].split("/")})
    return frozenset(part for part, count in counts.items() if count >= max(_MANY, len(values) / 2))


def url_form(value: str, common: frozenset[str] = frozenset()) -> str:
    """The form of a web address; what follows a question mark is left out.

    Parameters
    ----------
    value : str
    common : frozenset of str
        Hosts and parts of paths that stay; a host only where a made-up name follows. None by default.

    Examples
    --------
    >>> url_form("https://www.lee-shop.de/2024/item.html"), url_form("http://lee.co.uk/")
    ('https://www.{word}-{word2}.de/{d4}/{word4}.html', 'http://{word}.co.uk/')
    >>> url_form("https://social.example/u/ana-lee-7", frozenset({"social.example", "u"}))
    'https://social.example/u/{word40}-{word42}-{d1}'
    """
    match = _HOST.match(value.strip())
    if match is None:
        return "https://{word}.example"
    host = match["host"]
    top = _TOP.search(host)
    name = "{word}-{word2}" if "-" in host else "{word}"
    head = (f"{match['scheme'].lower()}://" if match["scheme"] else "") + (match["www"] or "").lower()
    path = _path_form(match["path"], common)
    if host in common and "{word" in path:
        return f"{head}{host}{path}"
    return f"{head}{name}{top[0].lower() if top else ''}{path}"


def _part_form(part: str, place: int) -> str:
    """The form of a part of a path: a few words and numbers, or two words for a long name."""
    runs = _RUNS.findall(part)
    if len(runs) > _MOST_RUNS or any(not run.isalnum() and run not in "-_." for run in runs):
        return f"{{word{place + 2}}}"
    out = []
    for i, run in enumerate(runs):
        number = f"{place + 2}{i}" if len(runs) > 1 else f"{place + 2}"
        if run.isdigit():
            out.append(f"{{d{min(len(run), 9)}}}")
        elif run.isalpha():
            out.append(f"{{word{number}}}" + (f"{{word{number}9}}" if len(run) > _LONG_WORD and len(runs) == 1 else ""))
        else:
            out.append(run)
    return "".join(out)


def _path_form(path: str, common: frozenset[str]) -> str:
    out = []
    for part in path.split("/")[:6]:
        ending = _ENDINGS.search(part)
        bare = part[: ending.start()] if ending else part
        if not bare or part in common:
            out.append(part if bare else "")
            continue
        out.append(_part_form(bare, len(out)) + (ending[0] if ending else ""))
    return "/".join(out)
