"""Random lives of a state machine (hypothesis), each in a transaction that is undone, so that the next one finds the world as it was."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.full import FULL


def live(
    machine: type[RuleBasedStateMachine],
    *,
    lives: int,
    steps: int,
    begin: Callable[[], None] = lambda: None,
    shrink: bool = FULL,
) -> None:
    """So many lives of at most so many steps; `begin` runs before each, outside of what is undone. A gate's are the same every time."""

    class Undone(machine):
        def __init__(self):
            begin()
            self.save = transaction.atomic()
            self.save.__enter__()
            super().__init__()

        def teardown(self):
            try:
                super().teardown()
            finally:
                transaction.set_rollback(True)
                self.save.__exit__(None, None, None)

    run_state_machine_as_test(
        Undone,
        settings=settings(
            max_examples=lives,
            stateful_step_count=steps,
            deadline=None,
            derandomize=not FULL,
            database=None,
            phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
