"""What a process holds for as long as it lives is taken out of the garbage collector's sight.

A full collection walks every object: 150 ms in which a web process answers nobody, for modules, models and addresses that never go.
"""

import gc

YOUNG = 10_000  # new objects between two looks; one request makes as many, and nearly all of them go by themselves


def seldom() -> None:
    """Look seldom from now on: while modules, models or thousands of tests are loaded nothing goes, and to look for it after every seven
    hundred objects took half of the time that tests are gathered in and a fifth of what an empty database is migrated in."""
    gc.set_threshold(YOUNG, 20, 20)


def stands() -> None:
    """Say that everything loaded so far stays."""
    gc.collect()
    gc.freeze()
    seldom()
