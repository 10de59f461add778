"""Settings of every installation, from environment variables (README, Configuration).

Three ways to run: DEBUG=1 for development; nothing set for the embedded default (`script/server`); and YICHUANG_ENV=production,
which refuses to start until every secret and address is given from outside."""

import contextlib
import os
import re
import secrets
import sys
from datetime import timedelta
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from apps.kit.transactions import Line, LineCursor, ReplicaLine
from config import environment, interfaces, limits, logs
from config.environment import address, addresses, factor, flag, hosts, listed, readable, text, together, whole
from config.runner.places import data_dir, database_url, redis_url

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = data_dir()
FILES_DIR = DATA_DIR / "files"
DEBUG = flag("DEBUG", False)
PRODUCTION = environment.choice("YICHUANG_ENV", ("production", ""), "") == "production"
TESTING = "pytest" in sys.modules

if PRODUCTION:
    if DEBUG:
        raise ImproperlyConfigured("生产环境不能设置 DEBUG=1 / DEBUG=1 is not for production")
    needed = ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL")
    if missing := [name for name in needed if not text(name)]:
        raise ImproperlyConfigured(
            f"生产环境缺少环境变量 / production needs these environment variables: {', '.join(missing)}"
        )
    if len(text("SECRET_KEY")) < 50:
        raise ImproperlyConfigured("SECRET_KEY 至少 50 个字符 / SECRET_KEY needs at least 50 characters")


def _own_secret() -> str:
    """The embedded default makes its key once and keeps it with the data."""
    file = DATA_DIR / "secret"
    if not file.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        fresh = DATA_DIR / f"secret.{os.getpid()}"
        fresh.touch(mode=0o600)
        with open(fresh, "w") as out:
            out.write(secrets.token_urlsafe(64))
            out.flush()
            os.fsync(out.fileno())  # under its name it is whole, also after a power cut
        with contextlib.suppress(FileExistsError):
            os.link(fresh, file)  # of two first starts at once, one wins and both use its key
        fresh.unlink()
    if not (key := file.read_text()):
        raise ImproperlyConfigured(
            f"{file} 是空的：请从备份目录的 secret 取回；没有备份的，删除它再启动（所有人要重新登录，已登记的领件人证件号码不能再读出）"
            " / the key there is empty: bring it back from the back-up, or delete it: then everybody signs in anew"
        )
    return key


SECRET_KEY = text("SECRET_KEY") or _own_secret()
SECRET_KEY_FALLBACKS = listed("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = hosts("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = addresses("CSRF_TRUSTED_ORIGINS", "https", "http")
CSRF_FAILURE_VIEW = "apps.web.errors.csrf_failed"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_fsm",
    "pgtrigger",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django_htmx",
    "apps.kit",
    "apps.journal",
    "apps.directory",
    "apps.deadlines",
    "apps.catalog",
    "apps.issuance",
    "apps.applications",
    "apps.feedback",
    "apps.supervision",
    "apps.gateway",
    "apps.web",
    "apps.api",
]

MIDDLEWARE = [
    "config.health.HealthMiddleware",
    "config.requests.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",  # what it serves is a package's own page too: the policy is around it
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.directory.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.web.errors.RefusalMiddleware",
    "apps.web.limiting.LimitMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.web.shell.frame",
            ],
        },
    }
]

# -- data, cache, background work

# A pooler between us and the server (PgBouncer) lends a session for one transaction only: nothing may be left in it for the next
# one, no cursor, no prepared statement, no SET.
DATABASE_POOLED = flag("DATABASE_POOLED", False)
DATABASES = {
    "default": dj_database_url.parse(
        address("DATABASE_URL", "postgres", "postgresql") or database_url(DATA_DIR),
        conn_max_age=60,
        conn_health_checks=True,
        disable_server_side_cursors=DATABASE_POOLED,
    )
}
# What is kept prepared (apps/kit/prepared.py) asks by key: one plan serves all values, the first five need none of their own.
_SAID_AT_START = [] if DATABASE_POOLED else ["-c plan_cache_mode=force_generic_plan"]
# Of a machine that is off, or was, a connection that waits for its answer would hear nothing for a quarter of an hour, or never. One that
# stands and does not answer: apps/kit/hanging.py.
_REACHED = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2, "tcp_user_timeout": 20_000}
# A streaming replica of the same database, for lists and boards (apps/kit/replica.py).
if _REPLICA := address("REPLICA_URL", "postgres", "postgresql"):
    DATABASES["replica"] = dj_database_url.parse(
        _REPLICA,
        conn_max_age=60,
        conn_health_checks=True,
        disable_server_side_cursors=DATABASE_POOLED,
    )
    DATABASES["replica"].setdefault("OPTIONS", {}).update(_REACHED | {"connect_timeout": 2})
    DATABASES["replica"]["OPTIONS"].update(connection_factory=ReplicaLine, cursor_factory=LineCursor)
    DATABASE_ROUTERS = ["apps.kit.replica.Router"]
    MIDDLEWARE.append("apps.kit.replica.WroteMiddleware")
if TESTING:
    # A test database is emptied between tests; the append-only tables ask for this word before they let it happen.
    _SAID_AT_START.append("-c yichuang.test_database=on")
_GIVEN = DATABASES["default"].get("OPTIONS", {})
DATABASES["default"]["OPTIONS"] = _REACHED | _GIVEN | {"connection_factory": Line, "cursor_factory": LineCursor}
if _SAID_AT_START:
    DATABASES["default"]["OPTIONS"]["options"] = " ".join([_GIVEN.get("options", ""), *_SAID_AT_START])
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = address("REDIS_URL", "redis", "rediss", "unix") or redis_url(DATA_DIR)


def _next_redis(url: str) -> str:
    """The same server, the next of its numbered databases."""
    base, number, rest = re.fullmatch(r"(unix://[^?]*|rediss?://[^/?]*)(?:/|\?db=)?(\d*)(.*)", url).groups()
    return f"{base}{'?db=' if base.startswith('unix') else '/'}{int(number or 0) + 1}{rest}"


# The broker has the numbered database that REDIS_URL names, the cache the next one: clearing the cache never empties a queue.
CACHE_URL = address("CACHE_URL", "redis", "rediss", "unix") or _next_redis(REDIS_URL)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        # No page waits longer for what may be forgotten.
        "OPTIONS": {"serializer": "apps.kit.cached.Plain", "socket_timeout": 1, "socket_connect_timeout": 1},
    }
}

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=", 1)
# Longer than the longest task: Redis hands a message out again when it was not acknowledged for this long. That is also why
# nothing in this house waits as an ETA task.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for it as long as it takes
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 570
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_QUEUES = {name: {"exchange": name, "routing_key": name} for name in ("default", "pdf", "notify")}
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000
# How long a fresh process may take to say that it lives. By Celery's own four seconds a machine that is busy kills each one before
# it has said so, again and again: after the first two hundred tasks nothing was delivered, swept or counted any more.
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 60
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Asia/Shanghai"

SWITCHBOARD = "config.switchboard.LISTENERS"

# -- outside services: who answers behind each port of the rooms, and where (NAME_URL, NAME_SECRET)

PORTS = {
    "identity": "apps.gateway.adapters.HttpIdentity",
    "scanner": "apps.gateway.adapters.HttpScanner",
    "sms": "apps.gateway.adapters.HttpSms",
    "mail": "apps.gateway.adapters.HttpMail",
    "courier": "apps.gateway.adapters.HttpCourier",
}
# TWINS_URL: the local stand-ins that script/server starts; in production each service is named, or stays without an answer.
_TWINS = "" if PRODUCTION else address("TWINS_URL", "http", "https")
SERVICES = {
    name: {
        "url": address(f"{name.upper()}_URL", "https", "http") or (f"{_TWINS}/{name}" if _TWINS else ""),
        "secret": text(f"{name.upper()}_SECRET"),
        "seconds": 5 if name == "identity" else 10,  # somebody waits for it before a page
    }
    for name in PORTS
}

# Whose certificates outside services and the provider of single sign-on may show: a file of PEM (empty: the public authorities).
SERVICES_CA = readable("SERVICES_CA")

# The places of another city, which stands on these alone (config/runner/prepare.py).
REGIONS_FILE = BASE_DIR / (text("REGIONS_FILE") or "fixtures/regions.yaml")

# -- language, time, files

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
# The address that stands behind the QR codes of documents.
SITE_URL = address("SITE_URL", "https", "http") or (
    f"https://{ALLOWED_HOSTS[0].lstrip('*.')}" if PRODUCTION else f"http://localhost:{text('PORT', '8000')}"
)
if SITE_URL == "https://":  # of "*" no address can be made
    raise ImproperlyConfigured("ALLOWED_HOSTS 是 *，还缺少环境变量 / ALLOWED_HOSTS=* needs this environment variable: SITE_URL")
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(text("STATIC_ROOT") or DATA_DIR / "static")
_PLAIN_STATIC = DEBUG or TESTING
# Compressing takes a minute: the image does it when it is built, a first start does not wait for it.
_COMPRESSED = "whitenoise.storage.CompressedManifestStaticFilesStorage"
_NAMED_BY_CONTENT = (
    _COMPRESSED if flag("COMPRESS_STATIC", False) else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": FILES_DIR}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if _PLAIN_STATIC
        else _NAMED_BY_CONTENT,
        # By the line for uploads below they would be their maker's alone: in the image root makes them, and another user serves them.
        "OPTIONS": {"file_permissions_mode": 0o644},
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = _PLAIN_STATIC
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 60
UPLOAD_LIMIT = whole("UPLOAD_LIMIT_MB", 20) * 2**20  # bytes of one scan
LARGEST_REQUEST = 20 * UPLOAD_LIMIT  # bytes of all that one form brings
LARGEST_SINGLE = max(UPLOAD_LIMIT, 20 * 2**20) + 2**20  # of one file with its form: all that a stranger or a program sends at once
UPLOAD_PAGES = whole("UPLOAD_PAGES", 100)  # of one PDF, where the catalogue says nothing of its material
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

# -- who comes in

AUTH_USER_MODEL = "directory.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "apps.directory.backends.PasswordBackend"]
_VALIDATION = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": _VALIDATION + "UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "pinyin", "mobile", "email")},
    },
    {"NAME": _VALIDATION + "MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": _VALIDATION + "CommonPasswordValidator"},
    {"NAME": _VALIDATION + "NumericPasswordValidator"},
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "/account/"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"
# The steps that come before anything else; they stand below LOGIN_URL.
ACCOUNT_STEPS = {"password": "/account/password/", "second_factor": "/account/second-factor/"}
# Roles that must sign in with a second factor (comma separated); everybody on the staff may.
SECOND_FACTOR_ROLES = listed("SECOND_FACTOR_ROLES")

OTP_TOTP_ISSUER = text("SITE_NAME", "一窗政务服务")
# Single sign-on by OpenID Connect: off unless a client id is given. The claim names an account that exists here.
# What is left out of it would be left out of the checking too: a token of another issuer.
OIDC_ON = together(
    "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_ISSUER", "OIDC_AUTHORIZATION_ENDPOINT", "OIDC_TOKEN_ENDPOINT",
    "OIDC_USERINFO_ENDPOINT", "OIDC_JWKS_ENDPOINT",
)  # fmt: skip
OIDC_LABEL = text("OIDC_LABEL", "统一身份认证登录")
OIDC_CLAIM = text("OIDC_CLAIM", "preferred_username")
OIDC_RP_CLIENT_ID = text("OIDC_CLIENT_ID")
OIDC_RP_CLIENT_SECRET = text("OIDC_CLIENT_SECRET")
OIDC_RP_SCOPES = text("OIDC_SCOPES", "openid profile")
OIDC_RP_SIGN_ALGO = environment.choice(
    "OIDC_SIGN_ALGO", tuple(f"{kind}{bits}" for kind in ("RS", "ES", "HS") for bits in (256, 384, 512)), "RS256"
)
OIDC_OP_ISSUER = text("OIDC_ISSUER")
OIDC_OP_AUTHORIZATION_ENDPOINT = address("OIDC_AUTHORIZATION_ENDPOINT", "https", "http")
OIDC_OP_TOKEN_ENDPOINT = address("OIDC_TOKEN_ENDPOINT", "https", "http")
OIDC_OP_USER_ENDPOINT = address("OIDC_USERINFO_ENDPOINT", "https", "http")
OIDC_OP_JWKS_ENDPOINT = address("OIDC_JWKS_ENDPOINT", "https", "http")
OIDC_AUTHENTICATION_CALLBACK_URL = "single_callback"
OIDC_USE_PKCE = True
OIDC_CREATE_USER = False
OIDC_TIMEOUT = 10  # seconds

SESSION_ENGINE = "apps.directory.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_IDLE_SECONDS = whole("SESSION_IDLE_SECONDS", 30 * 60)
SESSION_ABSOLUTE_SECONDS = whole("SESSION_ABSOLUTE_SECONDS", 12 * 60 * 60)
SESSION_COOKIE_AGE = SESSION_ABSOLUTE_SECONDS
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# How many proxies of our own stand in front: that many right-hand entries of X-Forwarded-For can be believed.
TRUSTED_PROXIES = whole("TRUSTED_PROXIES", 0, least=0)
REVEALS_PER_TEN_MINUTES = whole("REVEALS_PER_TEN_MINUTES", 30)
# How often anybody may do what. Load simulations raise all of it with the factor.
LIMITS = limits.LIMITS
LIMITED_DOORS = limits.DOORS
LIMITS_FACTOR = factor("LIMITS_FACTOR", 1)
AXES_FAILURE_LIMIT = int(LIMITS["signin.pair"].times * LIMITS_FACTOR)
AXES_COOLOFF_TIME = timedelta(seconds=LIMITS["signin.pair"].seconds)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "apps.directory.signing.counted_name"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # who tries on is not locked out for longer
AXES_CLIENT_IP_CALLABLE = "apps.directory.addresses.counted_address"
AXES_LOCKOUT_CALLABLE = "apps.directory.signing.locked_out"
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["password"]

# -- what a browser may do with our pages

_HTTPS = flag("SECURE_HTTPS", PRODUCTION)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
if _HTTPS:  # by these names a browser takes them from this host alone, over HTTPS: no neighbour under our domain plants one
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_SSL_REDIRECT = flag("SECURE_SSL_REDIRECT", _HTTPS)
SECURE_HSTS_SECONDS = whole("SECURE_HSTS_SECONDS", 31_536_000 if _HTTPS else 0, least=0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _HTTPS
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# -- interfaces for programs

REST_FRAMEWORK = interfaces.REST_FRAMEWORK
SPECTACULAR_SETTINGS = interfaces.SPECTACULAR_SETTINGS

# -- what is written down

_LEVEL = environment.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "WARNING" if TESTING else "INFO")
LOGGING = logs.at(_LEVEL)
