"""The preferred order: in which order rows are drawn, column by column."""

from __future__ import annotations

from synthdiff.codecs.alphabet import TableAlphabet


def preferred_order(alphabet: TableAlphabet) -> list[int]:
    """Order the columns so that relations find their references revealed.

    Greedy: next comes the column whose relations lose the fewest nats by not having all their references before it;
    among equals, the table's own order, which people choose so that later columns follow from earlier ones.

    Parameters
    ----------
    alphabet : TableAlphabet

    Returns
    -------
    list of int
        Every column once.
    """
    left, placed, order = list(range(len(alphabet.columns))), set[int](), []
    relations = [(r.target, set(r.reference.partners), r.gain) for r in alphabet.relations]
    while left:
        lost = dict.fromkeys(left, 0.0)
        for target, partners, gain in relations:
            if target in lost and not partners <= placed:
                lost[target] += gain
        best = min(left, key=lambda j: (round(lost[j], 3), j))
        left.remove(best)
        placed.add(best)
        order.append(best)
    return order
