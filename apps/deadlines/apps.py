from django.apps import AppConfig


class DeadlinesConfig(AppConfig):
    name = "apps.deadlines"
    label = "deadlines"
    verbose_name = "期限"

    def ready(self):
        from . import checks  # noqa: F401  (registers)
