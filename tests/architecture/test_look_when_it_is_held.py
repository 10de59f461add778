"""A door that is given a row takes its key from it and looks at it when it holds the lock: what it was given may have been read before it
waited for somebody else."""

import ast

from django.apps import apps

from config.runner.places import PROJECT

ROWS = {model.__name__ for model in apps.get_models()} - {"Event"}  # an event never changes
NEVER_CHANGES = {"pk", "kind", "get_kind_display", "root_id", "subject_type", "subject_id"}
# Why it may look all the same.
LOOKS = {
    "open_citizen_account: party": "the demo's and the tests' own, which nobody else writes",
    "remind_opinion: clock": "its caller has read it under the case's lock",
    "remind_to_fetch: clock": "its caller has read it under the case's lock",
    "_tell: row": "the name stands for the locked row by then",
}


def called(node: ast.AST) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""


def doors():
    """(function, parameter) of every action that is given a row."""
    for file in sorted((PROJECT / "apps").glob("*/actions*")):
        for source in [file] if file.suffix else sorted(file.glob("*.py")):
            for made in ast.walk(ast.parse(source.read_text())):
                if isinstance(made, ast.FunctionDef) and any(called(node) == "action" for node in ast.walk(made)):
                    for given in (*made.args.args, *made.args.kwonlyargs):
                        if given.annotation and ROWS & set(ast.unparse(given.annotation).replace("|", " ").split()):
                            yield made, given.arg


def test_a_door_takes_of_a_row_that_it_is_given_nothing_but_its_key():
    found = {
        f"{made.name}: {name}"
        for made, name in doors()
        for node in ast.walk(made)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name and node.attr not in NEVER_CHANGES
    }
    assert found == set(LOOKS)
