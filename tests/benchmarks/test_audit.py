from benchmarks.audit import pins, read_audit

OLD = {"name": "old", "version": "1.0", "vulns": [{"id": "CVE-1"}, {"id": "CVE-2"}]}
GOOD = {"name": "good", "version": "2.0", "vulns": []}
UNKNOWN = {"name": "unknown", "skip_reason": "Dependency not found on PyPI"}


def test_vulnerabilities_are_named():
    audit = read_audit({"dependencies": [OLD, GOOD, UNKNOWN]}, 3)
    assert audit.found == ["old 1.0: CVE-1, CVE-2"]
    assert audit.in_words() == "2 packages audited, 1 with known vulnerabilities; 1 packages could not be audited"


def test_no_answer_is_no_pass():
    for report in ({}, {"dependencies": [UNKNOWN]}):
        assert read_audit(report, 3).in_words().startswith("NOT AUDITED: the vulnerability service knows none of the 3")


def test_every_pin_is_asked_about():
    assert len(pins()) > 50
    assert "torch==2.13.0" in pins()
