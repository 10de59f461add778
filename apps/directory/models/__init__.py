"""Tables of the room: places, people (accounts, posts, absences), parties (citizens, enterprises, mandates), messages, open sessions."""

from .messages import Message
from .parties import Mandate, Party, Reveal
from .people import Absence, Post, Role, User
from .places import Department, DirectoryVersion, Hall, Region, Window, Zone
from .sessions import OpenSession

__all__ = [
    "Absence",
    "Department",
    "DirectoryVersion",
    "Hall",
    "Mandate",
    "Message",
    "OpenSession",
    "Party",
    "Post",
    "Region",
    "Reveal",
    "Role",
    "User",
    "Window",
    "Zone",
]
