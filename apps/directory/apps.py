from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class DirectoryConfig(AppConfig):
    name = "apps.directory"
    label = "directory"
    verbose_name = "组织与人员"

    def ready(self) -> None:
        from apps.directory.models import Role

        # A misspelt role would be one that needs no second factor.
        if unknown := set(settings.SECOND_FACTOR_ROLES) - set(Role.values):
            raise ImproperlyConfigured(
                f"环境变量 SECOND_FACTOR_ROLES 里没有这样的岗位：{'、'.join(sorted(unknown))}，可用的是 / no such role, there are: "
                f"{', '.join(Role.values)}"
            )
