"""The two questions of a supervisor."""

import json
import logging
import sys
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import DatabaseError, IntegrityError, InternalError, OperationalError, connection, transaction

from apps.gateway.models import Outbound
from apps.journal.models import Delivery
from apps.kit.masking import mask_error
from apps.kit.time import now
from config import health
from config.celery import AT_WORK, HEARTBEAT
from config.requests import JsonFormatter, RequestIdFilter
from config.runner.places import postgres_home, reachable_by_socket
from tests import make


def test_healthz_answers_without_a_database_and_under_any_name(client):
    response = client.get("/healthz", headers={"Host": "10.1.2.3:8000"})
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_every_page_carries_its_number_and_the_strict_policies(client):
    response = client.get("/no-such-page/")
    assert response.status_code == 404
    assert response["X-Request-Id"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert "geolocation=()" in response["Permissions-Policy"]
    assert "default-src 'self'" in response["Content-Security-Policy"]


@pytest.mark.django_db
def test_readyz_names_the_part_that_is_missing(client):
    response = client.get("/readyz")
    parts = response.json()["parts"]
    assert response.status_code == 503
    assert [parts[name] for name in ("database", "migrations", "redis", "disk", "backup")] == ["ok"] * 5
    assert "还没有心跳" in parts["beat"]


@pytest.mark.django_db
def test_readyz_of_a_database_that_takes_questions_alone(client):
    """A standby that is not promoted yet, a service that shut its database before the disk was full: the house was said to be ready."""
    cache.set(HEARTBEAT, time.time())
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
    told = client.get("/readyz")
    assert told.status_code == 503 and "只能读不能写" in told.json()["parts"]["database"]


@pytest.mark.django_db
@pytest.mark.parametrize(("age", "status"), [(5, 200), (-5, 200), (3600, 503), (-3600, 503)])  # of the future: the clock was set back
def test_readyz_follows_the_heartbeat(client, monkeypatch, age, status):
    cache.set(HEARTBEAT, time.time() - age)
    monkeypatch.setattr(health, "_FAILED", "SELECT timestamptz '2026-11-30 00:05+00'")  # of the back-up it tells; nobody is sent away
    told = client.get("/readyz")
    assert told.status_code == status and "日志交不出去（最近一次 11-30 08:05）" in told.json()["parts"]["backup"]


@pytest.mark.django_db
def test_readyz_names_the_work_that_nobody_does(client, settings):
    """Without the worker that prints, or sends, papers and messages waited for days while all was said to be well."""
    assert {*health.WORK} == {*settings.CELERY_TASK_QUEUES}
    cache.set(HEARTBEAT, time.time())
    cache.set_many({AT_WORK + queue: 1 for queue in ("default", "notify")})
    told = client.get("/readyz")
    assert told.status_code == 200 and told.json()["parts"]["workers"] == "没有后台进程在做：文书打印（pdf）"
    cache.set(AT_WORK + "pdf", 1)
    assert client.get("/readyz").json()["parts"]["workers"] == "ok"


def test_readyz_counts_what_was_given_up(client, world):
    """Who watches the machine, not the cases, read nowhere that papers and messages had stopped."""
    cache.set(HEARTBEAT, time.time())
    told = client.get("/readyz")
    assert told.status_code == 200 and told.json()["parts"]["stuck"] == "ok"
    for key in "ab":
        Outbound.objects.create(service="sms", key=key, to="138****0001", text="已收件", state="stuck")
    assert client.get("/readyz").json()["parts"]["stuck"] == "2 条消息多次尝试没有办成，见监督的“投递受阻”页"
    make.received()
    Delivery.objects.filter(state="pending").update(state="stuck")
    told, number = client.get("/readyz"), Delivery.objects.count()
    assert told.status_code == 200 and told.json()["parts"]["stuck"].startswith(f"{number} 步后台工作、2 条消息") and number


@pytest.mark.django_db
def test_readyz_of_a_production_house_without_a_back_up_says_so(client, monkeypatch, settings):
    assert client.get("/readyz").json()["parts"]["backup"] == "ok"
    settings.PRODUCTION = True
    here = str(reachable_by_socket(postgres_home(settings.DATA_DIR) / "run"))
    monkeypatch.setitem(connection.settings_dict, "HOST", here)
    assert client.get("/readyz").json()["parts"]["backup"] == "没有设置 BACKUP_DIR，数据库没有备份"
    monkeypatch.setattr(health, "_KEEPS", "SELECT true")
    monkeypatch.setattr(health, "last_base", lambda noted: bases.pop())
    monkeypatch.setattr(health, "lacking", lambda noted: len(bases))
    bases, said = [now(), now(), now() - timedelta(days=9), None], []
    while bases:
        said.append(client.get("/readyz").json()["parts"]["backup"])
    assert "还没有可以恢复现在这些数据的整库备份" in said[0] and "整库备份是 9 天前" in said[1]
    assert "有 1 个文件没有复制" in said[2] and said[3] == "ok"
    monkeypatch.setitem(connection.settings_dict, "HOST", "db.example")  # what an outside one is saved by is not ours to know
    assert client.get("/readyz").json()["parts"]["backup"] == "ok"


@pytest.mark.django_db
def test_readyz_looks_at_every_disk_that_is_written(client, monkeypatch, settings, tmp_path):
    """Files on a disk of their own, full or mounted to be read: nothing could be handed in or printed, and all was said to be well."""
    settings.DATA_DIR, settings.FILES_DIR = tmp_path, tmp_path / "files"
    said = lambda: client.get("/readyz").json()["parts"]["disk"]  # noqa: E731
    assert said() == "ok"
    settings.FILES_DIR.mkdir()
    free = {"files": 170 * 2**20}
    monkeypatch.setattr("shutil.disk_usage", lambda place: SimpleNamespace(free=free.get(place.name, 2**40)))
    assert said() == "磁盘（files）剩余 170 MB"
    free.clear()
    assert said() == "ok"
    monkeypatch.setattr("os.access", lambda place, _: place != settings.FILES_DIR)
    assert "文件目录不能写入" in said()


@pytest.mark.django_db
def test_the_line_of_a_refusal_carries_its_number(client, caplog):
    told = client.get("/no-such-page/", {"name": "王小明"})
    [record] = [one for one in caplog.records if one.name == "django.request"]
    assert RequestIdFilter().filter(record)
    line = json.loads(JsonFormatter().format(record))
    assert line["request"] == told["X-Request-Id"] and "/no-such-page/" in line["message"] and "王小明" not in str(line)
    fault = IntegrityError("new row violates\nDETAIL:  Failing row contains (7, 浒山\n王小明, 13805740001).\nCONTEXT:  at \ud80013805740001")
    record.exc_info = (IntegrityError, fault, None)
    written = JsonFormatter().format(record).encode()
    assert json.loads(written)["trace"].endswith("new row violates\nDETAIL: …\nCONTEXT: …")
    record.msg, record.args = "Task %s raised unexpected: %r", ("applications.mind_drafts", fault)  # as the workers say it
    assert json.loads(JsonFormatter().format(record))["message"].endswith("unexpected: IntegrityError('new row violates\\nDETAIL: …")
    record.msg, record.args = "not sent to 13805740001", ()
    assert json.loads(JsonFormatter().format(record))["message"] == "not sent to 138****0001"
    record.exc_info = (None, None, None)  # as of a library that asks for a trace outside of any fault
    assert json.loads(JsonFormatter().format(record))["message"] == "not sent to 138****0001"
    lock, gone = OperationalError("deadlock detected"), OperationalError("server closed the connection\nunexpectedly")
    lock.__cause__ = SimpleError(pgcode="40P01")
    closed = InternalError("cannot execute UPDATE in a read-only transaction")
    closed.__cause__ = SimpleError(pgcode="25006")
    for error, pages in ((lock, True), (gone, False), (closed, False)):  # of a queue's thousand tasks each would tell where it missed the database
        try:
            raise error
        except DatabaseError:
            record.exc_info = sys.exc_info()
        told = json.loads(JsonFormatter().format(record))["trace"]
        assert ("Traceback" in told) is pages and str(error) in told


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 7 WHERE '王小明' = 7",
        "DO $$ BEGIN EXECUTE 'SELECT ''王小明''::int, 7'; END $$",
        "SELECT 王小明",
        *(f"SELECT CAST('{typed}' AS {kind})" for typed, kind in (("王小明\n王小明", "int"), ("2017-13-45 王小明", "date"), ("王小明", "int[]"))),
    ],
)
def test_what_the_database_repeats_of_a_statement_is_written_nowhere(statement):
    """The values stand in it: of a statement that it could not read, names and numbers came into the log and before supervisors."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    record = logging.LogRecord("any", logging.ERROR, "", 0, "raised %r", (caught.value,), caught._excinfo)
    told = json.loads(JsonFormatter().format(record))
    kept = mask_error(caught.value)
    assert "王小明" in str(caught.value) and "王小明" not in f"{told}{kept}".replace('column "王小明"', "")
    assert "LINE 1: …" in told["trace"] and "The above exception was the direct cause" in told["trace"]
    assert type(caught.value).__name__ in kept and ("EXECUTE" in statement) == ("PL/pgSQL function inline_code_block line 1 at EXECUTE" in told["trace"])


class SimpleError(Exception):
    def __init__(self, **facts):
        super().__init__()
        vars(self).update(facts)


@pytest.mark.django_db
def test_a_proxy_s_request_id_is_kept_and_a_strange_one_is_not(client):
    assert client.get("/no-such-page/", headers={"X-Request-Id": "abc-12345"})["X-Request-Id"] == "abc-12345"
    assert "\n" not in client.get("/no-such-page/", headers={"X-Request-Id": "x\ny"})["X-Request-Id"]
