import numpy as np
import pytest

from synthdiff.codecs.codes.check import CHECKS, find_check

# Numbers that standards, offices and encyclopaedias print as examples.
PUBLISHED = {
    "luhn": ["79927398713", "4111111111111111", "378282246310005", "8112189876", "490154203237518", "046454286"],
    "ean": ["4006381333931", "73513537", "036000291452", "9780306406157", "106141411234567897"],
    "mod 11": ["9434765919"],
    "isbn10": ["0306406152", "080442957X", "03785955", "2434561X"],
    "iban": ["GB82WEST12345698765432", "DE89370400440532013000", "FR1420041010050500013M02606", "RF18539007547034"],
    "lei": ["529900T8BM49AURSDO55", "5493001KJTIIGC8Y1R12"],
    "97 complement": ["255081416802538", "85073003328"],
    "aba": ["111000025", "021000021"],
    "verhoeff": ["2363", "1428570", "123451"],
    "damm": ["5724"],
    "mod 11-2": ["11010519491231002X", "440524188001010014", "0000000218250097", "000000012150090X"],
    "mod 11,10": ["86095742719", "69435151530"],
    "vin": ["1M8GDM9AXKP042788", "11111111111111111"],
    "isin": ["US0378331005", "AU0000XVGZA3", "GB0002634946"],
    "cusip": ["037833100", "38259P508"],
    "sedol": ["0263494", "B0WNLY7"],
    "container": ["CSQU3054383"],
    "hetu": ["131052308T"],
    "dni": ["12345678Z"],
    "pesel": ["44051401359", "02070803628"],
    "bsn": ["111222333"],
    "cpf": ["11144477735", "52998224725"],
    "cnpj": ["11222333000181"],
    "norway": ["15108695088"],
    "korea": ["9710139019902"],
    "cnp": ["1630615123457"],
    "egn": ["7523169263"],
    "npi": ["1234567893"],
}


def matrix(codes):
    return np.frombuffer("".join(codes).encode(), np.uint8).reshape(len(codes), -1).copy()


def test_all_checks_are_here():
    assert list(PUBLISHED) == list(CHECKS)


@pytest.mark.parametrize(("name", "code"), [(name, code) for name, codes in PUBLISHED.items() for code in codes])
def test_published_numbers(name, code):
    codes, check = matrix([code]), CHECKS[name]
    again = codes.copy()
    again[:, list(check.at)] = ord("0")
    assert check.write(again).all()
    assert again.tobytes().decode() == code
    assert len(code) < 5 or check.holds(codes)


@pytest.mark.parametrize("name", CHECKS)
def test_what_is_written_is_found(name):
    check, rng = CHECKS[name], np.random.default_rng(1)
    length = len(PUBLISHED[name][0])
    length = length if length in check.lengths else 9
    codes = rng.choice(np.frombuffer(b"0123456789", np.uint8), (400, length))
    codes = codes[check.write(codes)]
    assert check.holds(codes)
    found = find_check(codes)
    assert found == name or CHECKS[found].holds(codes)
    codes[7, check.at[0]] ^= 1
    assert find_check(codes) is None


def test_chance_is_no_check():
    rng = np.random.default_rng(2)
    for length in range(5, 20):
        codes = rng.choice(np.frombuffer(b"0123456789", np.uint8), (12, length))
        assert find_check(codes) is None
    assert find_check(matrix(["4111111111111111"] * 20)) is None
    assert find_check(matrix(["79927398713"])) is None
