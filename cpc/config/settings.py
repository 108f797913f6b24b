"""Settings. Every value an operator may change is read from the environment and listed in docs/operations.md."""

import hashlib
from pathlib import Path

import dj_database_url
from botocore.config import Config
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from cpc.config import environment, logs, sentry

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = Path(environment.text("VAR_DIR") or BASE_DIR / "var")

DEBUG = environment.flag("DEBUG")
# The demo is production settings on one machine: plain http on localhost, invented people, mail kept in files.
DEMO = environment.flag("DEMO")
TESTING = environment.flag("TESTING")
LOCAL = DEBUG or DEMO or TESTING

SECRET_KEY = environment.text("SECRET_KEY")
if not SECRET_KEY:
    if not LOCAL:
        raise ImproperlyConfigured("SECRET_KEY is not set. Make one as docs/operations.md says.")
    SECRET_KEY = "local-" + hashlib.sha256(str(BASE_DIR).encode()).hexdigest()
SECRET_KEY_FALLBACKS = environment.words("SECRET_KEY_FALLBACKS")

ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]" if LOCAL else "")
CSRF_TRUSTED_ORIGINS = environment.words("CSRF_TRUSTED_ORIGINS")
# The address that mails link to, without a slash at the end.
SITE_URL = environment.text("SITE_URL", "http://localhost:8000").rstrip("/")
SERVICE_NAME = "Critical Friend"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "crispy_forms",
    "csp",
    "councils",
    "cpc",
    "teams",
    "assessments",
]

# Every package of our own, lowest first: each may know those before it (pyproject.toml holds the same order as a contract).
# What a package brings - models, permissions, sentences of events, mails, stages - is found by the names of its modules.
PACKAGES = [
    "cpc.audit",
    "councils",
    "cpc.accounts",
    "cpc.accounts.address",
    "cpc.accounts.sign_in",
    "cpc.drafts",
    "cpc.drafts.shared",
    "cpc.cases",
    "cpc.documents",
    "cpc.notifications",
    "cpc.calendars",
    "cpc.deadlines",
    "cpc.reminders",
    "cpc.casework",
    "cpc.cycle",
    "cpc.reorganisations",
    "cpc.scheduling",
    "teams.peers",
    "teams.composition",
    "assessments.self_assessment",
    "assessments.onsite",
    "assessments.publication",
    "assessments.report",
    "assessments.action_plan",
    "assessments.progress_review",
    "cpc.dashboard",
]

MIDDLEWARE = [
    "cpc.config.logs.RequestLogMiddleware",
    "csp.middleware.CSPMiddleware",
    "cpc.config.middleware.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cpc.config.middleware.BadInputMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "cpc.accounts.middleware.TwoStepMiddleware",
    "cpc.drafts.middleware.DraftMiddleware",
]

ROOT_URLCONF = "cpc.config.urls"
WSGI_APPLICATION = "cpc.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# One language for pages, mails and the sign-in library's pages (docs/decisions/0016).
TEMPLATES = [
    {
        "NAME": "jinja",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "environment": "cpc.components.template_language.environment",
            "context_processors": [
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cpc.config.context_processors.service",
            ],
        },
    },
]

# ---------------------------------------------------------------- database
DATABASE_URL = environment.address("DATABASE_URL", "DATABASE_PASSWORD")
if not DATABASE_URL:
    raise ImproperlyConfigured(
        "DATABASE_URL is not set. `make demo` and `make test` start a PostgreSQL of their own; "
        "otherwise give postgres://user:password@host:port/name."
    )
DATABASES = {"default": dj_database_url.parse(DATABASE_URL)}
DATABASES["default"] |= {
    # Django's own, with a quick look at a connection before it is used again.
    "ENGINE": "cpc.config.database",
    "ATOMIC_REQUESTS": False,
    # One connection for each thread that asks, kept between requests.
    "CONN_MAX_AGE": 600,
    # After the database was started again each connection is dead: found out before it is used, not by a person.
    "CONN_HEALTH_CHECKS": True,
    # A pooler may give each transaction another connection: nothing is left on one (docs/decisions/0012).
    "DISABLE_SERVER_SIDE_CURSORS": True,
}
DATABASES["default"].setdefault("OPTIONS", {}).update(
    prepare_threshold=None,
    connect_timeout=2,
    keepalives_idle=30,
    keepalives_interval=10,
    keepalives_count=3,
    tcp_user_timeout=15_000,
)

# ---------------------------------------------------------------- cache and queue
REDIS_URL = environment.address("REDIS_URL", "REDIS_PASSWORD")
if REDIS_URL:
    _redis = {
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cpc",
        # Whoever waits for a page does not wait for a Redis that is away.
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 1.0},
    }
    CACHES = {
        "default": {"BACKEND": "cpc.config.cache.RedisOrMemory", **_redis},
        "sessions": {"BACKEND": "cpc.config.cache.RedisOrNothing", **_redis},
    }
else:
    if not LOCAL:
        raise ImproperlyConfigured(
            "REDIS_URL is not set: sign-in limits and the queue need one Redis for all machines."
        )
    CACHES = {
        name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": name}
        for name in ("default", "sessions")
    }

CELERY_BROKER_URL = environment.text("CELERY_BROKER_URL", REDIS_URL or "filesystem://")
if CELERY_BROKER_URL == "filesystem://":
    _queue = VAR_DIR / "queue"
    for _folder in ("messages", "processed", "control"):
        (_queue / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
        "data_folder_in": str(_queue / "messages"),
        "data_folder_out": str(_queue / "messages"),
        "processed_folder": str(_queue / "processed"),
        "control_folder": str(_queue / "control"),
    }
    # A folder has no host, but a warning is logged at every start where none is named.
    CELERY_BROKER_URL = "filesystem://localhost"
else:
    # A request that gives a hint does not wait for a queue that is away; the worker's own reading takes a second at a time.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "socket_connect_timeout": 1.0,
        "socket_timeout": 10.0,
        "health_check_interval": 25,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_ALWAYS_EAGER = environment.flag("CELERY_EAGER")
CELERY_TASK_EAGER_PROPAGATES = True
CELERY_TIMEZONE = "Europe/London"
CELERY_ENABLE_UTC = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULER = "cpc.config.heartbeat:HeartbeatScheduler"
CELERY_BEAT_SCHEDULE = {
    "deliver-waiting-messages": {"task": "notifications.deliver_waiting", "schedule": 60.0},
    "ask-what-became-of-mail": {"task": "notifications.ask_provider", "schedule": 300.0},
    "sweep-deadlines": {"task": "deadlines.sweep", "schedule": environment.number("SWEEP_SECONDS", 900)},
    "finish-sweep": {"task": "deadlines.finish_sweep", "schedule": 60.0},
    "end-memberships": {"task": "cases.end_memberships", "schedule": 3600.0},
    "sweep-cycle": {"task": "cycle.sweep", "schedule": 3 * 3600.0},
    "write-cycle-dates": {"task": "cycle.write_dates", "schedule": 3600.0},
    "read-waiting-imports": {"task": "councils.read_waiting_imports", "schedule": 60.0},
    "carry-out-asked-imports": {"task": "councils.carry_out_asked_imports", "schedule": 60.0},
    "take-new-names": {"task": "councils.take_new_names", "schedule": 3600.0},
    "forget-old-drafts": {"task": "drafts.forget_old", "schedule": 24 * 3600.0},
    "scan-waiting-documents": {"task": "documents.scan_waiting", "schedule": 300.0},
}

# ---------------------------------------------------------------- people
AUTH_USER_MODEL = "cpc.User"
AUTHENTICATION_BACKENDS = [
    "cpc.accounts.backends.TablePermissionBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "cpc.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_FORMS = {
    "login": "cpc.accounts.address_forms.LoginForm",
    "request_login_code": "cpc.accounts.address_forms.RequestLoginCodeForm",
    "confirm_login_code": "cpc.accounts.address_forms.ConfirmLoginCodeForm",
    "reset_password": "cpc.accounts.address_forms.ResetPasswordForm",
    "add_email": "cpc.accounts.address_forms.AddEmailForm",
}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# An address is confirmed by the link of an invitation or of a change of address, both our own (cpc/accounts).
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
# A code goes through the outbox and waits there while the mail server is away.
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = environment.number("SIGN_IN_CODE_MINUTES", 15) * 60
# Whoever changes how somebody signs in shows once more that it is them, and the account's holder is told.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
MFA_ADAPTER = "cpc.accounts.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SERVICE_NAME
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = LOCAL
# Roles (values of cpc.accounts.roles.Role, comma separated) that must set up two-step sign-in before anything else.
TWO_STEP_ROLES = environment.words("TWO_STEP_ROLES", "" if LOCAL else "administrator,programme_manager")
# How long peers keep reading a case after it ends.
# Councils whose points in the register are so near count as neighbours, whoever lies between them.
COUNCILS_NEAR_KM = environment.number("COUNCILS_NEAR_KM", 10)
# How many challenges the LGA plans to have onsite in one week; with more, whoever agrees dates is told.
CHALLENGES_ONSITE_A_WEEK = environment.number("CHALLENGES_ONSITE_A_WEEK", 4)
# How long the LGA has to find somebody for a place on a case that ended because what it rested on did.
SUCCESSOR_DAYS = environment.number("SUCCESSOR_DAYS", 7)
PEER_ACCESS_DAYS_AFTER_END = environment.number("PEER_ACCESS_DAYS_AFTER_END", 30)
INVITATION_DAYS = environment.number("INVITATION_DAYS", 14)
ADDRESS_CHANGE_HOURS = environment.number("ADDRESS_CHANGE_HOURS", 24)
# Fernet key for TOTP secrets; from SECRET_KEY on a local machine only.
FIELD_ENCRYPTION_KEY = environment.text("FIELD_ENCRYPTION_KEY")
if not FIELD_ENCRYPTION_KEY and not LOCAL:
    raise ImproperlyConfigured("FIELD_ENCRYPTION_KEY is not set. Make one as docs/operations.md says.")

# Reminders can be paused so many days ahead, and those of a day are sent from this hour on, by the clock of Europe/London.
REMINDER_PAUSE_MOST_DAYS = environment.number("REMINDER_PAUSE_MOST_DAYS", 366)
REMINDERS_FROM_HOUR = environment.number("REMINDERS_FROM_HOUR", 7)

# ---------------------------------------------------------------- the five-year cycle (docs/operations.md)
CYCLE_WINDOW_MONTHS = environment.number("CYCLE_WINDOW_MONTHS", 48)
CYCLE_DUE_MONTHS = environment.number("CYCLE_DUE_MONTHS", 60)
CYCLE_FIRST_MONTHS = environment.number("CYCLE_FIRST_MONTHS", 48)
CYCLE_PROGRAMME_START = environment.day("CYCLE_PROGRAMME_START", "2011-04-01")
CYCLE_END_WARNING_MONTHS = environment.number("CYCLE_END_WARNING_MONTHS", 18)
CYCLE_TRIGGER_MONTHS = environment.number("CYCLE_TRIGGER_MONTHS", 24)
CYCLE_PROMPT_WEEKS = environment.number("CYCLE_PROMPT_WEEKS", 12)
CYCLE_JOINT_PROMPT_DAYS = environment.number("CYCLE_JOINT_PROMPT_DAYS", 60)
CYCLE_LONG_TENURE_YEARS = environment.number("CYCLE_LONG_TENURE_YEARS", 8)
CALENDAR_MONTHS_AHEAD = environment.number("CALENDAR_MONTHS_AHEAD", 18)
CYCLE_MOST_REVIEWS = environment.number("CYCLE_MOST_REVIEWS", 3)

# ---------------------------------------------------------------- browser
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not LOCAL
SESSION_COOKIE_NAME = "sessionid" if LOCAL else "__Host-sessionid"
CSRF_COOKIE_NAME = "csrftoken" if LOCAL else "__Host-csrftoken"
# Names whose pages they were, for words sent after the sign-in has ended; opens nothing (docs/decisions/0017).
DRAFTS_COOKIE_NAME = "drafts" if LOCAL else "__Host-drafts"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# Read from the cache, kept in the database: a cache that is away signs nobody out, and nobody in.
SESSION_ENGINE = "cpc.accounts.sessions"
SESSION_CACHE_ALIAS = "sessions"
SESSION_COOKIE_AGE = environment.number("SESSION_HOURS", 12) * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_SSL_REDIRECT = not LOCAL
SECURE_HSTS_SECONDS = 0 if LOCAL else 63072000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not LOCAL
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
# How many proxies of our own stand before the service: each adds the address that it saw to X-Forwarded-For.
TRUSTED_PROXY_COUNT = environment.number("TRUSTED_PROXY_COUNT", 0)
if environment.flag("BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    if TRUSTED_PROXY_COUNT < 1:
        raise ImproperlyConfigured(
            "BEHIND_PROXY is set and TRUSTED_PROXY_COUNT is not: without it every client has the proxy's address, and "
            "one of them can use up the sign-in limits of all. Set it to the number of your proxies, usually 1."
        )
elif TRUSTED_PROXY_COUNT:
    raise ImproperlyConfigured("TRUSTED_PROXY_COUNT is set and BEHIND_PROXY is not: set both, or neither.")
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "cpc.config.views.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
        "worker-src": [SELF],
    }
}
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# ---------------------------------------------------------------- forms
CRISPY_ALLOWED_TEMPLATE_PACKS = ["govuk"]
CRISPY_TEMPLATE_PACK = "govuk"
CRISPY_FAIL_SILENTLY = False
FORM_RENDERER = "django.forms.renderers.Jinja2"

# ---------------------------------------------------------------- language and time
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = True
USE_TZ = True

# ---------------------------------------------------------------- files
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = VAR_DIR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "documents": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(VAR_DIR / "documents")},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
if environment.text("DOCUMENTS_BUCKET"):
    STORAGES["documents"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": environment.text("DOCUMENTS_BUCKET"),
            "endpoint_url": environment.text("DOCUMENTS_ENDPOINT") or None,
            "default_acl": "private",
            "file_overwrite": False,
            # On disk, where a file is read in another order than from its beginning.
            "max_memory_size": 2 * 1024 * 1024,
            # A store that is away is told within seconds.
            "client_config": Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 2}),
        },
    }
DOCUMENT_MAX_BYTES = environment.number("DOCUMENT_MAX_MB", 50) * 1024 * 1024
# A request larger than this is refused before it is read. Twice a file's limit: whoever chose a file that is somewhat
# too large is told beside the field, with what they typed, and not by a page that has lost it.
REQUEST_MAX_BYTES = 2 * DOCUMENT_MAX_BYTES
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# host:port or the path of a socket; empty: files are marked as not scanned.
CLAMD_ADDRESS = environment.text("CLAMD_ADDRESS")

# ---------------------------------------------------------------- mail
DEFAULT_FROM_EMAIL = environment.text("DEFAULT_FROM_EMAIL", "Critical Friend <no-reply@example.org>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_HOST = environment.text("EMAIL_HOST", "localhost")
EMAIL_PORT = environment.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = environment.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = environment.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = environment.flag("EMAIL_USE_TLS")
EMAIL_TIMEOUT = environment.number("EMAIL_TIMEOUT", 20)
EMAIL_BACKEND = environment.text("EMAIL_BACKEND") or (
    "django.core.mail.backends.filebased.EmailBackend" if LOCAL else "django.core.mail.backends.smtp.EmailBackend"
)
# With EMAIL_BACKEND=cpc.notifications.backends.NotifyEmailBackend.
NOTIFY_API_KEY = environment.text("NOTIFY_API_KEY")
NOTIFY_TEMPLATE_ID = environment.text("NOTIFY_TEMPLATE_ID")
NOTIFY_URL = environment.text("NOTIFY_URL", "https://api.notifications.service.gov.uk")
EMAIL_FILE_PATH = VAR_DIR / "mail"
SUPPORT_EMAIL = environment.text("SUPPORT_EMAIL", "support@example.org")

# ---------------------------------------------------------------- what the operator sees
# As JSON where machines read it; LOG_JSON=false for eyes.
LOGGING = logs.configuration(
    environment.text("LOG_LEVEL", "WARNING" if LOCAL else "INFO"), as_json=environment.flag("LOG_JSON", not LOCAL)
)
# Errors go there too, without anything that somebody typed.
SENTRY_DSN = environment.text("SENTRY_DSN")
if SENTRY_DSN:
    sentry.start(SENTRY_DSN, environment.text("SENTRY_ENVIRONMENT", "production"))
