"""The catalogue back into its file format. An exported file, loaded again, changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import yaml

from apps.directory.models import Department, Zone

from .content import in_order
from .loading.linking import mappings
from .models import Batch, DefinitionVersion, Element, Kind, MaterialType


def catalogue_file(versions: Iterable[DefinitionVersion], as_of: date) -> dict:
    """One document that states these versions and everything that they refer to, as of the day."""
    chosen = sorted(versions, key=lambda version: (version.definition.region_id, version.definition_id))
    items = [_stated(version) for version in chosen if version.definition.kind == Kind.ITEM]
    bundles = [_stated(version) for version in chosen if version.definition.kind == Kind.BUNDLE]
    needed = _needed([*items, *bundles])
    document: dict = {"format": "yichuang-catalog/1", "as_of": as_of.isoformat()}
    parts = {
        **{kind: list(standing(kind, needed[kind]).values()) for kind in ("departments", "zones")},
        "elements": _contents("element", Element.objects.filter(code__in=needed["elements"]).order_by("code")),
        "materials": _contents("material", MaterialType.objects.filter(code__in=needed["materials"]).order_by("code")),
        "items": items,
        "bundles": bundles,
        "batches": [
            {"code": row.code, "name": row.name, "published_on": row.published_on.isoformat(), "level": row.level}
            for row in Batch.objects.filter(code__in=needed["batches"]).order_by("published_on", "code")
        ],
    }
    return document | {key: rows for key, rows in parts.items() if rows}


def standing(kind: str, codes: Iterable[str]) -> dict[str, dict]:
    """{code: as a file states it} of the departments, or of the zones, as they are, by code."""
    if kind == "departments":
        return {row.code: _department(row) for row in Department.objects.filter(code__in=codes).order_by("code")}
    return {row.code: _zone(row) for row in _zones(codes)}


def as_yaml(document: dict) -> str:
    """YAML as people write it: short mappings on one line, Chinese as it is (the rarest characters, which take four bytes, as \\U…)."""
    return yaml.dump(document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=200, default_flow_style=None)


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # a province's items in a third of the time, the same text
    def ignore_aliases(self, data) -> bool:
        return True


def _stated(version: DefinitionVersion) -> dict:
    dates = {
        "valid_from": version.valid_from.isoformat(),
        "valid_to": version.stated_to.isoformat() if version.stated_to else None,
    }
    return in_order(version.definition.kind, version.content | dates)


def _needed(rows: list[dict]) -> dict[str, set[str]]:
    """Codes that these entries refer to, by kind; items that they name are not pulled in."""
    needed: dict[str, set[str]] = {kind: set() for kind in ("departments", "zones", "elements", "materials", "batches")}
    for row in rows:
        needed["departments"] |= {row.get("department") or row["lead"]["department"]}
        needed["zones"] |= {row["zone"]} if "zone" in row else set()
        needed["batches"] |= {row["batch"]} if "batch" in row else set()
        needed["elements"] |= {field["element"] for field in row.get("fields", [])}
        needed["materials"] |= {material["material"] for material in row.get("materials", [])}
        for key in ("fields", "materials", "fees", "members"):
            for part in row.get(key, []):
                needed["elements"] |= {line["element"] for line in mappings(part.get("when")) if "element" in line}
    return needed


def _department(row: Department) -> dict:
    texts = {key: getattr(row, key) for key in ("short_name", "uscc", "phone") if getattr(row, key)}
    return {"code": row.code, "name": row.name, **texts, "region": row.region_id, "kind": row.kind}


def _zones(codes: Iterable[str]):
    return Zone.objects.filter(code__in=codes).select_related("hall").prefetch_related("windows").order_by("code")


def _zone(row: Zone) -> dict:
    windows = sorted(window.number for window in row.windows.all() if not window.closed)
    hall = {"hall": row.hall.name} if row.hall else {}
    return {
        "code": row.code,
        "name": row.name,
        **hall,
        **({"windows": windows} if windows else {}),
        "region": row.region_id,
    }


def _contents(name: str, rows) -> list[dict]:
    return [in_order(name, row.content) for row in rows]
