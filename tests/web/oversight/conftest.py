from tests.applications.conftest import days, office  # noqa: F401
