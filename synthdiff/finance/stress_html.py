"""The report on a stress test as one HTML file that opens anywhere, without a network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from synthdiff.evaluation.axis import number_text
from synthdiff.evaluation.document import Panel, described, render_page
from synthdiff.finance.stress_figure import (
    contribution_figure,
    drawdown_figure,
    fan_figure,
    line_figure,
    outcome_figure,
    return_figure,
    risk_figure,
)
from synthdiff.finance.stress_report import StressReport
from synthdiff.finance.stress_summary import interval_text, level_text, percent

PORTFOLIO = "portfolio"
MOST_ROWS = 12
"""Assets in a table that is open; the others are unfolded."""
TELLING = ("mean return", "volatility", "median drawdown")
LOSSES = ("VaR", "ES")


def render_html(report: StressReport) -> str:
    """Render the report as one HTML page, see `render_page`."""
    shown = report.stressed or report.scenarios
    usual = report.unstressed if report.stressed else None
    panels: dict[str, list[Panel]] = {}
    for k, scenario in enumerate(shown):
        panels[f"scenario-{k}"] = list(_panels(f"scenario-{k}", scenario, usual))
        panels[f"assets-{k}"] = list(_asset_panels(f"assets-{k}", scenario))
    return render_page(
        "stress.html.j2",
        panels,
        package="synthdiff.finance",
        report=report,
        shown=[scenario | {"key": f"scenario-{k}", "assets_key": f"assets-{k}"} for k, scenario in enumerate(shown)],
        usual=usual,
        overline=_overline(report),
        cards=[_card(k, scenario) for k, scenario in enumerate(shown)],
        headline=list(_headline(report.scenarios)),
        facts=list(described(_facts(report.about))),
        level_text=level_text,
        percent=lambda value: unbroken(percent(value, fine=True)),
        interval_text=lambda interval: unbroken(interval_text(interval, fine=True)),
        unbroken=unbroken,
        unit_text=unit_text,
        own=own_rows,
        by_asset=asset_rows,
        most_rows=MOST_ROWS,
    )


def unbroken(text: str) -> str:
    """The text with numbers that stay on the line of their unit, and dates that are not broken."""
    return re.sub(r"(?<=\d)-(?=\d)", "\u2011", text.replace(" %", "\u00a0%"))


def own_rows(scenario: dict[str, Any]) -> list[dict[str, Any]]:
    """Measures of the portfolio, stressed beside unstressed."""
    return [row for row in scenario["comparison"] if row["name"] == PORTFOLIO]


def asset_rows(scenario: dict[str, Any]) -> list[dict[str, Any]]:
    """Some measures of each asset: ``name`` and ``cells``, records of the comparison."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in scenario["comparison"]:
        if row["name"] != PORTFOLIO and row["measure"] in TELLING:
            found.setdefault(row["name"], []).append(row)
    return [{"name": name, "cells": cells} for name, cells in found.items()]


def unit_text(value: float, is_share: bool) -> str:
    """A fraction as a percentage, or a number in units of a level."""
    return unbroken(percent(value, fine=True)) if is_share else number_text(value)


def _panels(key: str, scenario: dict[str, Any], usual: dict[str, Any] | None) -> Iterator[Panel]:
    pictures, step = scenario["pictures"], scenario["step"]
    yield Panel(f"{key}-value", "The portfolio with time", fan_figure(pictures["value"], step))
    rows = [row for row in own_rows(scenario) if row["measure"].startswith(LOSSES)]
    if rows:
        yield Panel(f"{key}-risk", "Value at risk and expected shortfall", risk_figure(rows))
    if "outcome" in pictures:
        yield Panel(f"{key}-outcome", "Where it ends", outcome_figure(pictures["outcome"]))
        yield Panel(f"{key}-drawdown", "Drawdowns", drawdown_figure(pictures["drawdown"]))
    beside = usual["contribution"] if usual is not None and scenario["kind"] != "replay" else None
    title = (
        "What lost it" if scenario["kind"] == "replay" else f"ES {level_text(scenario['contribution_level'])} by asset"
    )
    yield Panel(f"{key}-contribution", title, contribution_figure(scenario["contribution"], beside))
    if pictures.get("returns"):
        yield Panel(f"{key}-returns", "What the assets return", return_figure(pictures["returns"]))
    fan = pictures["value"].get("unstressed")
    if "worst" in pictures:
        yield Panel(f"{key}-worst", "The worst paths", line_figure(pictures["worst"], fan, step))
    if "ways" in pictures:
        yield Panel(f"{key}-ways", "The path in the middle of each way", line_figure(pictures["ways"], fan, step, True))


def _asset_panels(key: str, scenario: dict[str, Any]) -> Iterator[Panel]:
    for k, asset in enumerate(scenario["pictures"].get("assets", [])):
        yield Panel(f"{key}-{k}", asset["name"], fan_figure(asset, scenario["step"], asset["kind"]))


def _card(k: int, scenario: dict[str, Any]) -> dict[str, str]:
    """The mean loss of a scenario."""
    outcome = scenario["outcome"]
    if scenario["kind"] == "replay":
        text = "What this portfolio would have gone through."
    else:
        text = f"Loss on average; one of twenty loses more than {percent(outcome['high'])}."
    return {
        "title": scenario["name"],
        "href": f"scenario-{k}",
        "big": f"{'−' if outcome['mean'] > 0 else '+'}{percent(abs(outcome['mean']))}",
        "text": text if outcome["mean"] > 0 else text.replace("Loss on average", "Gain on average"),
    }


def _headline(scenarios: tuple[dict[str, Any], ...]) -> Iterator[dict[str, str]]:
    """A row a scenario with its few numbers."""
    for scenario in scenarios:
        outcome, is_single = scenario["outcome"], scenario["kind"] == "replay"
        tail = scenario["tail"][min(1, len(scenario["tail"]) - 1)]
        event = scenario["event"]
        yield {
            "name": scenario["name"],
            "mean": percent(-outcome["mean"]),
            "usual": "" if is_single else f"{percent(-outcome['high'])} to {percent(-outcome['low'])}",
            "level": level_text(tail["level"]),
            "var": "" if is_single else percent(tail["var"]),
            "es": "" if is_single else percent(tail["es"]),
            "es_interval": "" if is_single else interval_text((tail["es_low"], tail["es_high"]), fine=True),
            "drawdown": percent(outcome["drawdown"]),
            "event": "" if event is None else percent(event["probability"]),
            "event_interval": "" if event is None else interval_text(event["interval"]),
        }


def _overline(report: StressReport) -> str:
    about = report.about
    words = ["Stress report"]
    if "portfolio" in about:
        n = sum(weight != 0 for weight in about["portfolio"].values())
        words += [f"{n} asset{'' if n == 1 else 's'}", about["horizon"]]
    n = len(report.stressed)
    return " · ".join([*words, *([f"{n} scenario{'' if n == 1 else 's'}"] if n else [])])


def _facts(about: dict[str, Any]) -> dict[str, Any]:
    weights = about.get("portfolio", {})
    shown = {"portfolio": {name: f"{weight:.4g}" for name, weight in weights.items() if weight}}
    facts = about | shown if weights else about
    return {("paths of each scenario" if key == "scenarios" else key): value for key, value in facts.items()}
