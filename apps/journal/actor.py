"""Who acts. Rooms below the directory know an actor only by these facts."""

from __future__ import annotations

from dataclasses import dataclass, field

from apps.kit.places import stem_of


@dataclass(frozen=True, slots=True)
class PostFacts:
    """One post of a staff member as it stands today."""

    id: int
    role: str
    region: str  # code of the region where the post is
    node: str  # code of that region's node (city, county or zone)
    department: str | None = None
    zones: frozenset[str] = frozenset()
    generalist: bool = False  # competent for every zone of the node
    acting_for: int | None = None  # id of the absent user whose post is lent (AB岗)

    def oversees(self, node: str) -> bool:
        """A post at the city reaches every node of the city; any other post reaches its own."""
        return self.node == node or (self.node.endswith("00") and stem_of(node) == stem_of(self.node))

    def overseen(self, column: str) -> dict[str, str]:
        """The same as a filter of rows, by the column that holds the node's code."""
        return {f"{column}__startswith": stem_of(self.node)} if self.node.endswith("00") else {column: self.node}


@dataclass(frozen=True, slots=True)
class Actor:
    kind: str  # staff | person | system | public
    id: int | None = None  # user id
    name: str = ""
    posts: tuple[PostFacts, ...] = ()
    party_ids: tuple[int, ...] = ()  # a citizen's own party and those he may act for today in everything
    scoped: tuple[tuple[int, str], ...] = ()  # (party, item): those he may act for today in this item only
    ip: str = ""
    channel: str = "counter"
    session: dict = field(default_factory=dict, compare=False, hash=False)

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(post.role for post in self.posts)

    @property
    def is_system(self) -> bool:
        return self.kind == "system"

    def post(self, role: str, *, department: str | None = None, node: str | None = None) -> PostFacts | None:
        """The post by which the actor holds the role (at the department, at the node), own posts before lent ones."""
        for post in sorted(self.posts, key=lambda held: held.acting_for is not None):
            if post.role == role and department in (None, post.department) and node in (None, post.node):
                return post
        return None

    def has(self, role: str, *, department: str | None = None, node: str | None = None) -> bool:
        return self.post(role, department=department, node=node) is not None

    def oversees(self, role: str, node: str) -> bool:
        return any(post.role == role and post.oversees(node) for post in self.posts)


SYSTEM = Actor("system", None, "系统")
PUBLIC = Actor("public", None, "")
