"""Names with control characters in what results print."""

import unicodedata

import numpy as np

from synthdiff.data.paths import Paths
from synthdiff.finance.backtest import backtest
from synthdiff.finance.bootstrap import StationaryBootstrap
from synthdiff.finance.stress import StressTest

EVIL = "SPX\x1b[31m\n\x9b\u202e"


def hidden(text):
    return {char for char in text if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")}


def test_results_show_them():
    rng = np.random.default_rng(0)
    paths = Paths.of(0.01 * rng.standard_normal((300, 21, 2)), [EVIL, "GOLD"])
    test = StressTest({EVIL: 0.5, "GOLD": 0.5})
    lost = test.reverse(paths, 0.02)
    returns = 0.01 * rng.standard_normal((160, 1))
    tested = backtest(StationaryBootstrap().fit(returns), returns, 100, n_paths=100, assets=[EVIL])
    for result in (lost, test.compare(None, lost), tested):
        assert hidden(str(result)) == set()
        assert r"SPX\x1b[31m\n\x9b\u202e" in str(result)
