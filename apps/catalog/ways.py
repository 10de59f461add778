"""The eight ways (八个办, DOMAIN.md row 72) in which an item or one-thing makes things easy: tags derived from its content.

    instant     当即办  decided on the spot: a promise of no days
    simplified  简化办  a commitment instead of proof, or a material that may follow; a one-thing: one form, one set of materials
    online      网上办  applied for from home or by phone
    assisted    帮忙办  an agent files it for the applicant
    nearby      就近办  taken in elsewhere than at its own counter: in the county, the city, a township or village, at a kiosk
    joint       联合办  several departments at once: a one-thing, or one inspection by all of them
    guaranteed  保证办  where to ask and where to complain are published with it
    choice      选择办  the applicant chooses by the published rankings: among the city's counters, or among intermediaries

Of a one-thing the ways of its items count that all of them share which it always holds (of one whose items all depend on the
situation: all of them).
"""

from __future__ import annotations

from collections.abc import Iterable

WAYS = {
    "instant": "当即办",
    "simplified": "简化办",
    "online": "网上办",
    "assisted": "帮忙办",
    "nearby": "就近办",
    "joint": "联合办",
    "guaranteed": "保证办",
    "choice": "选择办",
}
SHARED = frozenset({"online", "assisted", "nearby", "guaranteed", "choice"})
AT_HOME = {"online", "mobile"}
GRASSROOTS = ("5", "6")  # townships and villages


def own_ways(content: dict) -> list[str]:
    """What the content of an item or a one-thing says by itself."""
    channels, materials = set(content.get("channels", ())), content.get("materials", ())
    bundle, elsewhere = "members" in content, content.get("city_wide", "none")
    contact = content.get("contact", {})
    limit = content.get("promised_limit")
    told = {
        "instant": limit is not None and limit["days"] == 0,
        "simplified": bundle
        or content.get("commitment_route", False)
        or any(line["necessity"] == "tolerable" for line in materials),
        "online": bool(channels & AT_HOME),
        "assisted": "agent" in channels,
        "nearby": elsewhere != "none" or "kiosk" in channels or content.get("level") in GRASSROOTS,
        "joint": bundle or content.get("inspection") == "joint",
        "guaranteed": bool(contact.get("enquiry") and contact.get("complaint")),
        "choice": elsewhere == "city" or any(line.get("source") == "intermediary" for line in materials),
    }
    return [way for way in WAYS if told[way]]


def lasting(members: Iterable[dict]) -> list[str]:
    """Codes of the items that a one-thing always holds; of one that holds none always, all of them."""
    members = list(members)
    return [member["item"] for member in members if not member.get("when")] or [member["item"] for member in members]


def bundle_ways(own: Iterable[str], items: list[Iterable[str]]) -> list[str]:
    """Its own and what its lasting items share; `items` = the ways of each of them."""
    shared = SHARED.intersection(*map(set, items)) if items else frozenset()
    return [way for way in WAYS if way in shared or way in own]
