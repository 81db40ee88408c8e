"""django-helpdesk as a site of its own, in a virtualenv that has it: PORT DATABASE_URL THREADS USER PASSWORD.

Behind waitress with as many threads as ours, without debugging, its password hash the cheapest there is, its mails
thrown away. Serves until its input ends.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from urllib.parse import urlsplit

import django
import waitress
from django.conf import settings

_MIDDLEWARE = (
    "django.middleware.security.SecurityMiddleware", "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
)  # fmt: skip
_APPS = (
    *(f"django.contrib.{name}" for name in (
        "admin", "auth", "contenttypes", "sessions", "messages", "staticfiles", "sites", "humanize",
    )),
    "rest_framework", "helpdesk",
)  # fmt: skip


def configure(url: str) -> None:
    place = urlsplit(url)
    folder = tempfile.mkdtemp(prefix="helpdesk-")
    settings.configure(
        SECRET_KEY="bench-" + "b" * 40, DEBUG=False, ALLOWED_HOSTS=["*"], ROOT_URLCONF="peer_urls", SITE_ID=1,
        INSTALLED_APPS=list(_APPS), MIDDLEWARE=list(_MIDDLEWARE), USE_TZ=True, STATIC_URL="/static/",
        DEFAULT_AUTO_FIELD="django.db.models.AutoField", MEDIA_ROOT=folder, MEDIA_URL="/media/",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        HELPDESK_API_ENABLED=True, HELPDESK_TEAMS_MODE_ENABLED=False,
        LOGGING_CONFIG=None,
        TEMPLATES=[{
            "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
            "OPTIONS": {"context_processors": [
                "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]},
        }],
        DATABASES={"default": {
            "ENGINE": "django.db.backends.postgresql", "NAME": place.path.lstrip("/"), "HOST": place.hostname,
            "PORT": place.port, "USER": place.username, "PASSWORD": place.password, "CONN_MAX_AGE": 600,
        }},
    )  # fmt: skip
    django.setup()


def prepare(user: str, password: str) -> int:
    """Tables, somebody who may use the API, and the queue, whose number is returned."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from helpdesk.models import Queue

    call_command("migrate", verbosity=0)
    get_user_model().objects.create_superuser(user, "bench@example.org", password)
    queue, _ = Queue.objects.get_or_create(title="Bench", slug="bench")
    return int(queue.pk)


def main() -> None:
    port, url, threads = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    configure(url)
    queue = prepare(*sys.argv[4:])
    from django.core.wsgi import get_wsgi_application

    server = waitress.create_server(get_wsgi_application(), host="127.0.0.1", port=port, threads=threads, ident="")
    threading.Thread(target=server.run, daemon=True).start()
    print(f"queue {queue}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
