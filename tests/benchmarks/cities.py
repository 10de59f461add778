"""Cities of two sizes beside each other: databases of one server, lawfully filled by `simulate`, to which the connection turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import process_time

from django.db import connection, connections

from apps.supervision.simulating.city import simulate

from .processors import alone

FEW, MANY = "few", "many"


@dataclass
class City:
    name: str
    told: dict = field(default_factory=dict)  # what simulate reported
    database: str = ""

    @contextmanager
    def entered(self) -> Iterator[None]:
        """The whole program works on this city's database, over a connection that stays open."""
        if not self.database:
            yield
            return
        before = connections["default"]
        connections["default"] = self._open()
        try:
            yield
        finally:
            connections["default"] = before

    def run(self, call: Callable[[], object], each: int = 1) -> Callable[[], float]:
        """A run: the mean of so many calls, in seconds of the processor, of this process and of its database's together."""

        def run() -> float:
            with self.entered():
                backend = connection.connection.info.backend_pid
                before = process_time() + alone(backend)
                for _ in range(each):
                    call()
                return (process_time() + alone(backend) - before) / each

        return run

    def _open(self):
        if self.database not in _OPEN:
            wrapper = connections.create_connection("default")
            wrapper.settings_dict = {**wrapper.settings_dict, "NAME": self.database}
            wrapper.connect()
            _OPEN[self.database] = wrapper
        return _OPEN[self.database]


_OPEN: dict = {}


def build(name: str, applications: int, *, seed: int = 7, days: int = 365) -> City:
    """A copy of the loaded database with so many applications. Nobody else may be connected to the one that is copied."""
    source = connection.settings_dict["NAME"]
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{source}_{name}" TEMPLATE "{source}"')
    city = City(name, database=f"{source}_{name}")
    with city.entered():
        city.told = simulate(applications=applications, days=days, seed=seed).as_dict()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")
    return city


def close() -> None:
    for wrapper in _OPEN.values():
        wrapper.close()
    _OPEN.clear()
