import pytest


@pytest.fixture(autouse=True)
def on_quick_paper(quick_print):
    """Of every desk here."""
