"""Demo people from fixtures/demo.yaml, by the same actions as real ones; what exists is never touched."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import yaml
from django.contrib.auth.hashers import make_password

from apps.journal.actor import SYSTEM
from apps.journal.door import action
from apps.kit.errors import Refused

from .actions import give_post, grant_mandate, invite_staff, open_citizen_account, save_party
from .models import Department, Mandate, Party, Role, User, Window


@dataclass(frozen=True, slots=True)
class Account:
    """One line of the table of demo accounts; `primary` ones are printed when the server starts."""

    role: str
    username: str
    password: str
    name: str
    purpose: str
    primary: bool = False

    def as_dict(self) -> dict:
        return asdict(self)


def read(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def accounts(plan: dict) -> list[Account]:
    """Every account of the plan, staff first, in the order of a case's life."""
    password = plan["password"]
    found = []
    for row in _staff(plan):
        roles = "、".join(Role(post["role"]).label for post in row["posts"])
        found.append(Account(roles, row["username"], password, row["name"], row["purpose"], row.get("primary", False)))
    names = {row["id_number"]: row["name"] for row in plan["parties"]}
    for row in plan["citizens"]:
        found.append(
            Account(
                "办事人",
                row["username"],
                password,
                names[row["party"]],
                row["purpose"],
                row.get("primary", False),
            )
        )
    return found


def load(plan: dict) -> dict[str, int]:
    """{"accounts": created, "parties": created or changed, "mandates": created}. Raises Refused without departments."""
    rows = _staff(plan)
    wanted = {post["department"] for row in rows for post in row["posts"] if "department" in post}
    missing = wanted - set(Department.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    if missing:
        raise Refused(
            "demo.departments", f"还没有这些部门，请先读入事项目录（load_catalog）：{'、'.join(sorted(missing))}"
        )
    known = set(User.objects.values_list("username", flat=True))
    # Hashing is slow on purpose: the one demo password is hashed once for all accounts.
    encoded = make_password(plan["password"])
    counts = {"accounts": 0, "parties": 0, "mandates": 0}
    with action(SYSTEM):
        for row in rows:
            if row["username"] not in known:
                _employ(row, encoded)
                counts["accounts"] += 1
        stored = {party.id_number: party for party in Party.objects.filter(id_number__in=_numbers(plan))}
        for row in plan["parties"]:
            if row["id_number"] not in stored:
                stored[row["id_number"]] = save_party(by=SYSTEM, **row)
                counts["parties"] += 1
        for row in plan["citizens"]:
            if row["username"] not in known:
                party = stored[row["party"]]
                open_citizen_account(by=SYSTEM, username=row["username"], party=party, encoded=encoded)
                counts["accounts"] += 1
        for row in plan["mandates"]:
            principal, agent = stored[row["principal"]], stored[row["agent"]]
            if not Mandate.objects.filter(principal=principal, agent=agent).exists():
                grant_mandate(by=SYSTEM, principal=principal, agent=agent, evidence=row["evidence"])
                counts["mandates"] += 1
    return counts


def _numbers(plan: dict) -> list[str]:
    return [row["id_number"] for row in plan["parties"]]


def _staff(plan: dict) -> list[dict]:
    rows = list(plan["staff"])
    for row in plan["departments"]:
        code = row["department"]
        node = "330200" if code.startswith("nb-") else "330282"
        rows.append(
            {
                "username": f"{code}-reviewer",
                "name": row["reviewer"],
                "node": node,
                "purpose": f"{row['label']}审批",
                "posts": [{"role": "reviewer", "department": code}],
            }
        )
        rows.append(
            {
                "username": f"{code}-head",
                "name": row["head"],
                "node": node,
                "purpose": f"{row['label']}负责人兼印章管理员",
                "posts": [{"role": "head", "department": code}, {"role": "seal_keeper", "department": code}],
            }
        )
    return rows


def _employ(row: dict, encoded: str) -> None:
    user, _ = invite_staff(by=SYSTEM, username=row["username"], name=row["name"], region=row["node"], encoded=encoded)
    for post in row["posts"]:
        given = dict(post)
        place = given.pop("window", None)
        window = Window.objects.filter(zone=place[0], number=place[1]).first() if place else None
        give_post(by=SYSTEM, user=user, region=row["node"], window=window, **given)
