import subprocess
import sys

from django.conf import settings


def test_engine_counts_without_django_or_database():
    code = "import sys, apps.deadlines.engine.ask; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR).returncode == 0
