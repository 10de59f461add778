"""Settings of every installation: development by default, production by environment variables (see README, Configuration)."""

import os
from datetime import timedelta
from pathlib import Path

import dj_database_url

BASE_DIR = Path(__file__).resolve().parent.parent
ENV = os.environ
DEBUG = ENV.get("DEBUG", "") == "1"
DATA_DIR = Path(ENV.get("DATA_DIR", BASE_DIR / ".data"))
FILES_DIR = DATA_DIR / "files"
SECRET_KEY = ENV.get("SECRET_KEY", "development-only-key-never-used-in-production")
ALLOWED_HOSTS = ENV.get("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
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
    "apps.supervision",
    "apps.web",
    "apps.api",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.directory.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
AUTH_USER_MODEL = "directory.User"
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
            ],
        },
    }
]
DATABASES = {
    "default": dj_database_url.parse(
        ENV.get("DATABASE_URL", "postgres://postgres@localhost/yichuang"), conn_max_age=60, conn_health_checks=True
    )
}
REDIS_URL = ENV.get("REDIS_URL", "redis://localhost:6379/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
SWITCHBOARD = "config.switchboard.LISTENERS"

# Signing in (apps/directory): lock-out after failures, sessions that end by themselves, second factor by role.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "apps.directory.backends.PasswordBackend"]
LOGIN_URL = "/signin/"
ACCOUNT_STEPS = {"password": "/signin/password/", "second_factor": "/signin/second-factor/"}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SESSION_ENGINE = "apps.directory.sessions"
SESSION_IDLE_SECONDS = int(ENV.get("SESSION_IDLE_MINUTES", "30")) * 60
SESSION_ABSOLUTE_SECONDS = SESSION_COOKIE_AGE = int(ENV.get("SESSION_HOURS", "12")) * 3600
SECOND_FACTOR_ROLES = [role for role in ENV.get("SECOND_FACTOR_ROLES", "").split(",") if role]
TRUSTED_PROXIES = int(ENV.get("TRUSTED_PROXIES", "0"))  # how many proxies of ours add to X-Forwarded-For
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "apps.directory.queries.client_address"
AXES_LOCKOUT_CALLABLE = "apps.directory.signing.locked_out"
