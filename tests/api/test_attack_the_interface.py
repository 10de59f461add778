"""The whole published interface under schemathesis: whatever is sent, in whatever shape, no 5xx, no status and no shape of answer
that the description does not name.

It runs as a program of its own against a live server. Its numbers are those of real objects, so that it comes past the first door."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from drf_spectacular.generators import SchemaGenerator

from apps.api import tokens
from apps.journal.anchoring import verify
from tests import make, people
from tests.full import full
from tests.web.test_every_url_for_every_role import City

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def described(city: City, place: Path) -> Path:
    """The description as published, but its numbers are those of things that are there."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path" and parameter["name"] == "id":
                    kind = City.kind(f"api:{operation['operationId'].replace('_', '-', 1)}", path)
                    parameter["schema"] = {"type": "integer", "enum": [city.pk[kind], 1]}
    file = place / "schema.json"
    file.write_text(json.dumps(schema, ensure_ascii=False))
    return file


def everything():
    """One person at each post of a case, so that as many doors as possible open."""
    user = people.staff("clerk", generalist=True)
    for role in ("issue_clerk", "reviewer", "head", "seal_keeper"):
        people.staff(role, user=user)
    return user


# Short: what one person at every post of a case may send. Full: the corners of every shape as those whom most doors know, then whatever as
# everybody. Each part is a test of its own, so that workers share them.
PARTS = full(
    [("staff", "fuzzing", 1)],
    [("staff", "coverage", 1), ("citizen", "coverage", 1)]
    + [(who, "fuzzing", 12) for who in ("staff", "supervisor", "citizen", "nobody")],
)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("who", "phase", "examples"), PARTS)
def test_no_request_breaks_it(world, live_server, tmp_path, settings, who, phase, examples):
    settings.LIMITS_FACTOR = 100_000  # no window ends in a test: all that was sent after the first few hundred met the same 429
    city = City()
    callers = {"staff": everything, "supervisor": lambda: make.user("cixi-supervisor"), "citizen": lambda: make.user("enterprise")}
    signed = ["-H", f"Authorization: Bearer {tokens.issue(callers[who]())}"] if who in callers else []
    done = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"), "run", described(city, tmp_path), "--url", live_server.url, *signed,
            "--checks", CHECKS, "--seed", "6", "--no-shrink", "--continue-on-failure", "--suppress-health-check", "all",
            "--phases", phase, "--max-examples", str(examples), "--warnings", "off", "--workers", "1",
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=full(400, 2400),
    )  # fmt: skip
    assert done.returncode == 0, f"as {who}:\n{done.stdout[-6000:]}{done.stderr[-2000:]}"
    verify()
