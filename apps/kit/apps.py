from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "apps.kit"
    label = "kit"
    verbose_name = "公共基础"
