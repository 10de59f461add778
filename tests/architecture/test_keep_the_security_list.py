"""The list of ASVS 5.0 (config/decisions/2026-11-26-asvs.md) is whole, and what it points to is there."""

import re

from config.runner.places import PROJECT

# The numbers of levels 1 and 2 of version 5.0.0.
NUMBERS = """1.1.1-2 1.2.1-9 1.3.1-11 1.4.1-3 1.5.1-2 2.1.1-3 2.2.1-3 2.3.1-4 2.4.1 3.2.1-2 3.3.1-4 3.4.1-6 3.5.1-5 3.7.1-2 4.1.1-3 4.2.1 4.3.1-2
4.4.1-4 5.1.1 5.2.1-3 5.3.1-2 5.4.1-3 6.1.1-3 6.2.1-12 6.3.1-4 6.4.1-4 6.5.1-5 6.6.1-3 6.8.1-4 7.1.1-3 7.2.1-4 7.3.1-2 7.4.1-5 7.5.1-2 7.6.1-2 8.1.1-2
8.2.1-3 8.3.1 8.4.1 9.1.1-3 9.2.1-4 10.1.1-2 10.2.1-2 10.3.1-4 10.4.1-11 10.5.1-5 10.6.1-2 10.7.1-3 11.1.1-2 11.2.1-3 11.3.1-3 11.4.1-4 11.5.1 11.6.1
12.1.1-3 12.2.1-2 12.3.1-4 13.1.1 13.2.1-5 13.3.1-2 13.4.1-5 14.1.1-2 14.2.1-4 14.3.1-3 15.1.1-3 15.2.1-3 15.3.1-7 16.1.1 16.2.1-5 16.3.1-4 16.4.1-3
16.5.1-3 17.1.1 17.2.1-4 17.3.1-2"""
PAGES = [PROJECT / f"config/decisions/2026-11-26-{name}.md" for name in ("asvs", "threat-model", "limits")]
PLACE = re.compile(r"\b(?:tests|apps|config|templates|fixtures)/[\w/.-]*\w")


def lines() -> list[list[str]]:
    rows = re.findall(r"^\| (\d[\d.]+) \| (.+) \| (\w+) \| (.+) \|$", PAGES[0].read_text(), re.M)
    return [list(row) for row in rows]


def test_every_number_stands_once():
    wanted = []
    for part in NUMBERS.split():
        section, _, span = part.rpartition(".")
        first, _, last = span.partition("-")
        wanted += [f"{section}.{number}" for number in range(int(first), int(last or first) + 1)]
    assert [row[0] for row in lines()] == wanted and len(wanted) == 253


def test_every_line_says_its_state_and_why():
    rows = lines()
    assert {row[2] for row in rows} == {"yes", "partly", "no", "none"}
    assert [row[0] for row in rows if len(row[3]) < 6] == []
    counted = {state: sum(row[2] == state for row in rows) for state in ("yes", "partly", "no", "none")}
    assert ", ".join(f"{number} {state}" for state, number in counted.items()) in PAGES[0].read_text()


def test_what_the_pages_point_to_is_there():
    missing = [(page.name, place) for page in PAGES for place in PLACE.findall(page.read_text()) if not (PROJECT / place).exists()]
    assert not missing
