"""Two questions of a supervisor: does this process live (/healthz), and can it serve (/readyz)."""

import os
import time
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.gateway.models import Outbound
from apps.journal.models import Delivery
from apps.kit import replica
from apps.kit.migrating import half_squashed
from apps.kit.time import BEIJING, now
from config.celery import AT_WORK, HEARTBEAT
from config.runner.archiving import lacking, last_base
from config.runner.bootstrap import LIBRARIES, loads
from config.runner.faults import short_of_room
from config.runner.places import postgres_home, reachable_by_socket

BEAT_SECONDS = 60
TOLD = ("pdf", "workers", "stuck", "replica", "backup")
WORK = {"default": "投递和期限", "pdf": "文书打印", "notify": "短信、邮件和快递"}  # of each queue
MOST = 1000  # of what is counted
OLD_BASE = timedelta(days=7)  # it is made every night
_all_applied: list[bool] = []


class HealthMiddleware:
    """Answers before anything else: a machine asks by address, without TLS and without a host name that we allow."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        match request.path:
            case "/healthz":
                return HttpResponse("ok\n", content_type="text/plain")
            case "/readyz":
                return _readyz()
        return self.get_response(request)


def _readyz() -> JsonResponse:
    """200 when every part is well, else 503; each part with "ok" or what is wrong with it. Missing PDF libraries, a worker or a replica
    that is away, work that was given up and a back-up that stands still are told and do not count: everything else works without them."""
    parts = {name: _say(check) for name, check in CHECKS.items()}
    ready = all(said == "ok" for name, said in parts.items() if name not in TOLD)
    response = JsonResponse({"ready": ready, "parts": parts}, json_dumps_params={"ensure_ascii": False})
    response.status_code = 200 if ready else 503
    response._has_been_logged = True  # whoever asks every second knows; the log is for faults
    return response


def _say(check) -> str:
    try:
        return check() or "ok"
    except Exception as error:
        return f"不可用：{type(error).__name__}"


def _database() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        return "只能读不能写：备库还没有升为主库，或被设为只读" if cursor.fetchone() == ("on",) else None


def _migrations() -> str | None:
    if _all_applied:  # they are not taken back under a running process; the question costs a walk through all files
        return None
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if half_squashed(executor.loader):
        return "有迁移合并以前的版本没有执行完的迁移"
    if plan:
        return f"有 {len(plan)} 个迁移未执行"
    _all_applied.append(True)
    return None


def _redis() -> None:
    cache.set("ops.readyz", "1", timeout=10)


def _beat() -> str | None:
    last = cache.get(HEARTBEAT)
    if last is None:
        return "还没有心跳：定时进程或后台进程未启动"
    age = int(time.time() - last)
    if age < -BEAT_SECONDS:  # until that moment it would seem fresh, whatever has died meanwhile
        return f"最近心跳在 {-age} 秒以后：时钟拨回过，或几台机器的时钟不一致"
    return f"最近心跳在 {age} 秒前" if age > BEAT_SECONDS else None


def _workers() -> str | None:
    """The heartbeat is done by the workers of one queue; where those of another are away, its work waits and no other part says so."""
    at_work = cache.get_many(f"{AT_WORK}{queue}" for queue in WORK)
    away = [f"{work}（{queue}）" for queue, work in WORK.items() if f"{AT_WORK}{queue}" not in at_work]
    return f"没有后台进程在做：{'、'.join(away)}" if away else None


def _stuck() -> str | None:
    """A sender or a printer that is away gives up after hours, and nobody but the supervisor's page knew of it."""
    tried = {"步后台工作": Delivery.objects.filter(state=Delivery.STUCK), "条消息": Outbound.objects.filter(state=Outbound.State.STUCK)}
    counted = {what: rows[:MOST].count() for what, rows in tried.items()}
    told = "、".join(f"{number}{'+' if number == MOST else ''} {what}" for what, number in counted.items() if number)
    return f"{told}多次尝试没有办成，见监督的“投递受阻”页" if told else None


def _disk() -> str | None:
    if short := short_of_room(settings.DATA_DIR):
        return short
    if settings.FILES_DIR.exists() and not os.access(settings.FILES_DIR, os.W_OK | os.X_OK):
        return "文件目录不能写入：上传和文书都存不下"  # mounted to be read, or another user's
    return None


def missing_pdf_libraries() -> list[str]:
    return [library for library in LIBRARIES if not loads(library)]


def _pdf() -> str | None:
    absent = missing_pdf_libraries()
    return f"PDF 组件缺失：{'、'.join(absent)}" if absent else None


# What cannot be handed over stays on the database's disk until that is full.
_KEEPS = "SELECT current_setting('archive_mode') <> 'off'"
_FAILED = """SELECT last_failed_time FROM pg_stat_archiver
 WHERE current_setting('archive_mode') <> 'off' AND last_failed_time > coalesce(last_archived_time, '-infinity')"""


def _backup() -> str | None:
    # An outside database is saved by its own means, of which we know nothing.
    embedded = connection.settings_dict["HOST"] == str(reachable_by_socket(postgres_home(settings.DATA_DIR) / "run"))
    with connection.cursor() as cursor:
        cursor.execute(_KEEPS)
        (keeps,) = cursor.fetchone()
        if embedded and settings.PRODUCTION and not keeps:
            return "没有设置 BACKUP_DIR，数据库没有备份"
        cursor.execute(_FAILED)
        failed = cursor.fetchone()
    if embedded and keeps and not failed:
        base = last_base(settings.DATA_DIR / "backup_dir")
        if base is None:
            return "还没有可以恢复现在这些数据的整库备份，请执行 script/backup"
        if now() - base > OLD_BASE:
            return f"最近一次整库备份是 {(now() - base).days} 天前，请检查每晚的 script/backup"
        if number := lacking(settings.DATA_DIR / "backup_dir"):
            return f"最近一次备份有 {number} 个文件没有复制，见备份目录里的 lacking"
    return f"日志交不出去（最近一次 {failed[0].astimezone(BEIJING):%m-%d %H:%M}），请检查备份目录和它的磁盘" if failed else None


def _replica() -> str | None:
    as_of = replica.place.as_of()
    if as_of is None:
        return "不可用：列表和看板由主库回答"
    return f"落后 {(now() - as_of).seconds} 秒" if now() - as_of > replica.STALE else None


CHECKS = {
    "database": _database,
    "migrations": _migrations,
    "redis": _redis,
    "beat": _beat,
    "workers": _workers,
    "stuck": _stuck,
    "disk": _disk,
    "pdf": _pdf,
    "backup": _backup,
}
if replica.ALIAS in settings.DATABASES:
    CHECKS["replica"] = _replica
