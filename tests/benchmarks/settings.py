"""The settings of every installation, with the floor's addresses."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.urls"
