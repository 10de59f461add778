"""Settings by environment. Each case is a process of its own, as in life."""

import os
import re
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from config import environment
from config.runner import saving
from config.runner.places import PROJECT

COMPLETE = {
    "YICHUANG_ENV": "production",
    "SECRET_KEY": "k3" * 15 + "-9Qz" * 8,
    "ALLOWED_HOSTS": "yichuang.example.cn",
    "DATABASE_URL": "postgres://u:p@db/yichuang",
    "REDIS_URL": "redis://redis:6379/0",
}
SHOW = "from django.conf import settings as s; s.DEBUG; print({})"


@pytest.fixture
def tmp_path():
    """Short enough for a socket, so that no second name for it is made."""
    with tempfile.TemporaryDirectory() as place:
        yield Path(place)


def _python(tmp_path, *arguments: str, **given: str) -> subprocess.CompletedProcess:
    environment = {
        "PATH": os.defpath, "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONUTF8": "1",
    } | given  # fmt: skip
    return subprocess.run(
        [sys.executable, *arguments], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )


def test_production_without_anything_names_everything_that_is_missing(tmp_path):
    done = _python(tmp_path, "manage.py", "check", YICHUANG_ENV="production")
    assert done.returncode != 0
    assert "SECRET_KEY, ALLOWED_HOSTS, DATABASE_URL, REDIS_URL" in done.stderr
    assert not list(tmp_path.iterdir()), "a refused start leaves nothing behind"


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"])
def test_production_with_one_missing_names_that_one(tmp_path, missing):
    given = COMPLETE | {missing: " "}
    done = _python(tmp_path, "-c", SHOW.format("1"), **given)
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert last.endswith(f": {missing}")


def test_an_empty_key_of_the_house_is_refused_and_goes_over_no_good_one(tmp_path):
    """As a crash may leave it: the house started with it, and every sign-in fell."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret").touch()
    done = _python(tmp_path / "data", "-c", SHOW.format("s.SECRET_KEY"))
    assert done.returncode != 0 and "secret 是空的：请从备份目录的 secret 取回" in done.stderr.strip().splitlines()[-1]
    (tmp_path / "secret").write_text("good")
    saving._copy_secret(tmp_path / "data", tmp_path)
    assert (tmp_path / "secret").read_text() == "good"


def test_production_refuses_a_short_key(tmp_path):
    done = _python(tmp_path, "-c", SHOW.format("1"), **COMPLETE | {"SECRET_KEY": "short"})
    assert done.returncode != 0 and "SECRET_KEY 至少 50 个字符" in done.stderr


def test_production_passes_the_deployment_check(tmp_path):
    done = _python(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING", **COMPLETE)
    assert done.returncode == 0, done.stderr


def test_production_secures_cookies_and_transport(tmp_path):
    wanted = (
        "(s.DEBUG, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS,"
        " s.SESSION_COOKIE_NAME[:7], s.CSRF_COOKIE_NAME[:7], s.SESSION_COOKIE_DOMAIN, s.SESSION_COOKIE_PATH)"
    )
    done = _python(tmp_path, "-c", SHOW.format(wanted), **COMPLETE)
    assert done.stdout.strip() == "(False, True, True, True, 31536000, '__Host-', '__Host-', None, '/')", done.stderr


def test_the_embedded_default_makes_its_key_once_and_shows_it_to_nobody(tmp_path):
    first = _python(tmp_path, "-c", SHOW.format("s.SECRET_KEY")).stdout
    second = _python(tmp_path, "-c", SHOW.format("s.SECRET_KEY")).stdout
    assert first == second and len(first.strip()) >= 50
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_the_embedded_default_looks_for_its_servers_in_its_data_directory(tmp_path):
    done = _python(tmp_path, "-c", SHOW.format("(s.DATABASES['default']['HOST'], s.REDIS_URL)"))
    assert f"{tmp_path}/postgres/run" in done.stdout and f"unix://{tmp_path}/valkey/valkey.sock" in done.stdout


@pytest.mark.parametrize(
    ("redis", "broker", "cache"),
    [
        ("redis://h:6379", "redis://h:6379", "redis://h:6379/1"),
        ("redis://:p@h:6379/3", "redis://:p@h:6379/3", "redis://:p@h:6379/4"),
        ("rediss://h/0?ssl_cert_reqs=none", "rediss://h/0?ssl_cert_reqs=none", "rediss://h/1?ssl_cert_reqs=none"),
        ("unix:///a/v.sock?db=4", "redis+socket:///a/v.sock?virtual_host=4", "unix:///a/v.sock?db=5"),
    ],
)
def test_the_cache_never_shares_a_numbered_database_with_the_broker(tmp_path, redis, broker, cache):
    done = _python(tmp_path, "-c", SHOW.format("s.CELERY_BROKER_URL, s.CACHES['default']['LOCATION']"), REDIS_URL=redis)
    assert done.stdout.split() == [broker, cache], done.stderr


@pytest.mark.parametrize(
    ("given", "address"),
    [
        (COMPLETE, "https://yichuang.example.cn"),
        (COMPLETE | {"SITE_URL": "https://other.example.cn"}, "https://other.example.cn"),
        ({"PORT": "8123"}, "http://localhost:8123"),
    ],
)
def test_documents_point_to_where_the_site_is(tmp_path, given, address):
    done = _python(tmp_path, "-c", SHOW.format("s.SITE_URL"), **given)
    assert done.stdout.strip() == address, done.stderr


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"YICHUANG_ENV": "prod"}, "YICHUANG_ENV 应是 production，这里是“prod”"),
        ({"SECURE_HTTPS": "true"}, "SECURE_HTTPS 应是 1 或 0，这里是“true”"),
        ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES 应是不小于 0 的整数，这里是“-1”"),
        ({"SESSION_IDLE_SECONDS": "30m"}, "SESSION_IDLE_SECONDS 应是不小于 1 的整数"),
        ({"LIMITS_FACTOR": "1,5"}, "LIMITS_FACTOR 应是大于 0 的数"),
        ({"OIDC_SIGN_ALGO": "none"}, "OIDC_SIGN_ALGO 应是 RS256 或 RS384"),
        ({"SECOND_FACTOR_ROLES": "clerk,boss"}, "SECOND_FACTOR_ROLES 里没有这样的岗位：boss"),
        ({"SITE_URL": "yichuang.cn"}, "SITE_URL 应是以 https:// 或 http:// 开头的地址"),
        ({"CSRF_TRUSTED_ORIGINS": "https://a.cn, b.cn"}, "CSRF_TRUSTED_ORIGINS 应是以 https://"),
        ({"DATABASE_URL": "sqlite:///secret"}, "DATABASE_URL 应是以 postgres:// 或 postgresql://"),
        ({"DATABASE_URL": "postgres://u:secret/1@h/house"}, "用户名和密码里的 @ / ? # % 写作 %40"),
        ({"REDIS_URL": "secret"}, "REDIS_URL 应是以 redis://"),
        ({"SERVICES_CA": "/nowhere.pem"}, "SERVICES_CA 应是一个读得到的文件"),
        ({"OIDC_CLIENT_ID": "hall", "OIDC_CLIENT_SECRET": "secret"}, "设置了 OIDC_CLIENT_ID，还缺少环境变量"),
        (COMPLETE | {"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS 是 *，还缺少环境变量"),
        (COMPLETE | {"DEBUG": "1"}, "生产环境不能设置 DEBUG=1"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_by_name_and_not_taken_for_another(tmp_path, given, told):
    done = _python(tmp_path, "manage.py", "check", **given)
    assert done.returncode == 1 and told in done.stderr, done.stderr
    assert "Traceback" not in done.stderr and "secret" not in done.stderr


@pytest.mark.parametrize("given", ["https://zwfw.example.cn", "zwfw.example.cn:8443", "zwfw.example.cn/", "*.example.cn", "a b"])
def test_a_host_that_no_browser_names_is_refused(monkeypatch, given):
    """Taken as it stood it answered every page with 400, while the health check went on saying ok."""
    monkeypatch.setenv("ALLOWED_HOSTS", f"ok.example.cn, {given}")
    with pytest.raises(ImproperlyConfigured, match=f"ALLOWED_HOSTS 应是用逗号分开的主机名.*“{re.escape(given)}”"):
        environment.hosts("ALLOWED_HOSTS", "")
    monkeypatch.setenv("ALLOWED_HOSTS", "*,.example.cn, 10.1.2.3,[::1],web_1")
    assert environment.hosts("ALLOWED_HOSTS", "") == ["*", ".example.cn", "10.1.2.3", "[::1]", "web_1"]


def test_a_command_without_a_database_says_so(tmp_path):
    nobody = "postgres://u:secret@127.0.0.1:9/yichuang"
    done = _python(tmp_path, "manage.py", "explain_deadline", DATABASE_URL=nobody)
    assert done.returncode == 1 and "连接不上数据库" in done.stderr and "script/manage" in done.stderr
    assert "Traceback" not in done.stderr and "secret" not in done.stderr
    assert "Traceback" in _python(tmp_path, "manage.py", "explain_deadline", "--traceback", DATABASE_URL=nobody).stderr


@pytest.mark.django_db
def test_a_command_on_a_database_that_takes_questions_alone_says_so(tmp_path):
    user, password, host, port, name = (quote(str(connection.settings_dict[part]), safe="") for part in ("USER", "PASSWORD", "HOST", "PORT", "NAME"))
    closed = f"postgres://{user}:{password}@{host}:{port}/{name}?options=-c%20default_transaction_read_only%3Don"
    done = _python(tmp_path, "manage.py", "clearsessions", DATABASE_URL=closed)
    assert done.returncode == 1 and "只能读不能写" in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_what_is_set_but_empty_is_not_set(tmp_path):
    names = (
        "SITE_URL", "CSRF_TRUSTED_ORIGINS", "UPLOAD_LIMIT_MB", "TRUSTED_PROXIES", "LIMITS_FACTOR", "LOG_LEVEL", "SECURE_HTTPS",
        "REPLICA_URL", "CACHE_URL", "SERVICES_CA", "SECOND_FACTOR_ROLES", "OIDC_CLIENT_ID", "OIDC_SCOPES", "SMS_URL",
        "REGIONS_FILE",
    )  # fmt: skip
    wanted = "(s.SITE_URL, s.UPLOAD_LIMIT, s.TRUSTED_PROXIES, s.LIMITS_FACTOR, s.SESSION_COOKIE_SECURE, s.OIDC_ON, s.OIDC_RP_SCOPES)"
    done = _python(tmp_path, "-c", SHOW.format(wanted), **COMPLETE | dict.fromkeys(names, ""))
    expected = "('https://yichuang.example.cn', 20971520, 0, 1.0, True, False, 'openid profile')"
    assert done.stdout.strip() == expected, done.stderr


@pytest.mark.parametrize(("stdout", "code", "told"), [("closed", 0, ""), ("no reader", 141, ""), ("full", 1, "磁盘或配额已满")])
def test_a_command_whose_answer_nobody_takes_ends_without_a_traceback(stdout, code, told):
    """Closed by a scheduler, "| head", a full disk."""
    reader, writer = os.pipe()
    os.close(reader)
    with open("/dev/full", "w") as full, open(writer, "w") as pipe:
        done = subprocess.run(
            [sys.executable, "manage.py", "version"],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout={"full": full, "no reader": pipe}.get(stdout),
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            preexec_fn=(lambda: os.close(1)) if stdout == "closed" else None,
        )
    assert (done.returncode, done.stderr[:7]) == (code, told), done.stderr


def test_a_connection_to_a_machine_that_is_off_is_given_up(tmp_path):
    """Who waited for its answer heard nothing for a quarter of an hour; a new connection is refused at once, so nobody looked further."""
    given = COMPLETE | {"DATABASE_URL": "postgres://u:p@db/x?connect_timeout=30", "REPLICA_URL": "postgres://u:p@db2/x"}
    shown = "[(o['connect_timeout'], o['tcp_user_timeout'], o['keepalives_idle']) for o in (d['OPTIONS'] for d in s.DATABASES.values())]"
    done = _python(tmp_path, "-c", SHOW.format(shown), **given)
    assert done.stdout.strip() == "[(30, 20000, 10), (2, 20000, 10)]", done.stderr


def test_what_the_database_s_address_says_at_the_start_of_a_session_is_kept(tmp_path):
    """The schema of a shared database was dropped without a word, and the house set itself up in another one."""
    given = COMPLETE | {"DATABASE_URL": "postgres://u:p@db/x?options=-csearch_path%3Dhouse"}
    done = _python(tmp_path, "-c", SHOW.format("s.DATABASES['default']['OPTIONS']['options']"), **given)
    assert done.stdout.strip() == "-csearch_path=house -c plan_cache_mode=force_generic_plan", done.stderr
