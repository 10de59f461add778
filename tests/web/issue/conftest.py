import pytest

from apps.issuance import paper


@pytest.fixture(autouse=True)
def quick_print(monkeypatch):
    """How documents look on paper is tested in their own room; here a file with the document's number is enough."""

    def make(document):
        return paper.Printed(b"%PDF-1.7\n" + document.number.encode(), 1)

    monkeypatch.setattr(paper, "make", make)
