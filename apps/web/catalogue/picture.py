"""The stages of a bundle as a picture: one bar a member on the line of time, the slowest way marked. Units of the viewBox.

Drawn narrow, a label above its bar, so that it reads at the width of a phone; the table behind it says the same.
"""

from __future__ import annotations

from apps.catalog.compiler import length
from apps.catalog.insight import Bar, Path

from .telling import limit_text

WIDTH, EDGE = 340, 6
HEAD, ROW, BAR = 26, 44, 12
LETTERS = 24  # of a label that fits beside the edge


def draw(path: Path, promise: dict | None) -> dict:
    """{"width", "height", "stages": [{"text", "y"}], "bars", "links", "promise"} for catalogue/_picture.html."""
    longest = max([bar.end for bar in path.bars] + ([length(promise)] if promise else []), default=0) or 1
    scale = (WIDTH - 2 * EDGE) / float(longest)
    y, stages, bars, places = 0, [], [], {}
    for number in sorted({bar.member["stage"] for bar in path.bars}):
        stages.append({"text": f"第 {number} 步", "y": y + 18})
        y += HEAD
        for bar in (one for one in path.bars if one.member["stage"] == number):
            x, end = EDGE + float(bar.start) * scale, EDGE + float(bar.end) * scale
            places[bar.member["code"]] = (x, end, y + 20 + BAR / 2)
            bars.append(
                {
                    "x": round(x, 1),
                    "y": y + 20,
                    "w": round(max(end - x, 3), 1),
                    "h": BAR,
                    "critical": bar.critical,
                    "label": _label(bar),
                    "label_y": y + 14,
                    "title": f"{bar.member['name']}：{limit_text(bar.member['promised_limit'])}",
                }
            )
            y += ROW
    found = {"width": WIDTH, "height": y + 26, "stages": stages, "bars": bars, "links": _links(path, places)}
    if promise:
        x = round(EDGE + float(length(promise)) * scale, 1)
        found["promise"] = {"x": x, "y": y, "text": f"承诺 {limit_text(promise)}", "at_end": x > WIDTH / 2}
    return found


def _label(bar: Bar) -> str:
    words = limit_text(bar.member["promised_limit"])
    room = LETTERS - len(words)
    name = bar.member["name"]
    return f"{name if len(name) <= room else name[: room - 1] + '…'} · {words}"


def _links(path: Path, places: dict) -> list[dict]:
    """From the end of a predecessor's bar down to the beginning of its successor's."""
    links = []
    for bar in path.bars:
        for before in bar.member["after"]:
            (_, end, top), (start, _, bottom) = places[before], places[bar.member["code"]]
            links.append({"d": f"M{end:.1f} {top:.1f}V{bottom:.1f}H{start:.1f}"})
    return links
