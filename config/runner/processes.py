"""The parts of the platform and how each is started: the one table behind script/server and docker-compose.yml."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Process:
    """`module` and its arguments after `python -m`; started in the order of the table, stopped in the reverse."""

    name: str
    arguments: tuple[str, ...]
    node: str | None = None  # its name among Celery's workers

    def command(self, python: str = "python") -> list[str]:
        return [python, "-m", *self.arguments]


def worker(name: str, queues: str, children: int) -> Process:
    return Process(
        name,
        (
            "celery", "-q", "-A", "config.celery", "worker", "-n", f"{name}@%h", "-Q", queues, "-c", str(children),
            "-l", "INFO", "--without-gossip", "--without-mingle",
        ),
        node=name,
    )


def web(host: str, port: int) -> Process:
    return Process(
        "web",
        (
            "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", "2",
            "--blocking-threads", "4", "--http", "1", "--no-ws", "--respawn-failed-workers", "config.wsgi:application",
        ),
    )


# Documents have processes of their own, and so has what speaks to other houses: neither a queue of PDFs nor a provider that takes
# ten seconds for each answer holds up a delivery, a clock or the heartbeat. The image scales each alone.
WORKER = worker("worker", "default", 2)
WORKER_NOTIFY = worker("worker-notify", "notify", 2)
WORKER_PDF = worker("worker-pdf", "pdf", 1)
# The schedule is a few ticks of at most an hour: nothing of it is worth a file that a kill could break.
BEAT = Process(
    "beat", ("celery", "-q", "-A", "config.celery", "beat", "-l", "INFO", "-S", "config.beat.OneOfSeveral", "--pidfile=")
)
PREPARE = Process("migrate", ("config.runner", "prepare"))
POSTGRES_MAJOR = 18


def twins(port: int) -> Process:
    """Stand-ins for outside services: for the demonstration, so not in the table that production starts from."""
    return Process("twins", ("apps.gateway.twins", "--port", str(port)))


def table(host: str, port: int) -> list[Process]:
    return [WORKER, WORKER_NOTIFY, WORKER_PDF, BEAT, web(host, port)]
