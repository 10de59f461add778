import json

from django.core.management.base import BaseCommand

from apps.journal.invariants import patrol


class Command(BaseCommand):
    help = "巡查不应出现的状态。"

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="以 JSON 作答")

    def handle(self, *args, **options):
        names, found = patrol()
        if options["json"]:
            self.stdout.write(json.dumps({"checked": names, "violations": found}, ensure_ascii=False, default=str))
        else:
            self.stdout.write(f"查了 {len(names)} 条，发现 {len(found)} 处。")
            for violation in found:
                self.stdout.write(_words(**violation))
        if found:
            self.stderr.write(f"发现 {len(found)} 处不应出现的状态。")
            raise SystemExit(1)


def _words(invariant: str, what: str, where: str = "", **more) -> str:
    """One line for whoever reads it at a terminal; JSON has the same."""
    about = "，".join([where] * bool(where) + [f"{name}={value}" for name, value in more.items()])
    return f"{what}（{about}）［{invariant}］" if about else f"{what}［{invariant}］"
