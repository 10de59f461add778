"""A request's body: whole, or not at all.

A line that breaks while a form or a scan is on its way ends the body as its last byte would, and the framework takes what came for all
there is: half an opinion, a rating without its “匿名”, the upper half of a scan. So what is shorter than it was said to be cannot be read
at all. A body that does not say how long it is the framework leaves unread and goes on as if there were none: it is refused (411), for nobody
could say whether it came whole.

And its type: the framework reads every request, a mere look as well, in whatever encoding its type names, before anything of ours runs. Python
knows some that are none (`hex`), or that make half a character of whole ones (`utf-7`).
"""

from __future__ import annotations

import codecs

from django.http import HttpRequest, multipartparser
from django.utils.http import parse_header_parameters

ENCODINGS = {"utf-8", "ascii", "iso8859-1", "gb2312", "gbk", "gb18030"}
LONGEST_TYPE = 1000  # characters; a form's is about eighty


class BrokenOff(OSError):
    """For the framework: the line is gone (`UnreadablePostError`)."""


class Body:
    """`wsgi.input` that knows how many bytes are to come."""

    broken = False

    def __init__(self, body, length: int):
        self._body, self._left = body, length
        self.readline = body.readline  # asked for, and called by nobody

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        pieces = []
        while wanted:
            piece = self._body.read(wanted)
            if not piece:
                self.broken = True
                raise BrokenOff("the body ended before its length")
            pieces.append(piece)
            wanted -= len(piece)
            self._left -= len(piece)
        return b"".join(pieces)


def legible(kind: str) -> str:
    """The type of a body, without an encoding in which nothing is read: as one that nobody knows, it is not heeded. Nor is one that goes on
    for ever: the framework cuts it up anew for each of its parts."""
    if len(kind) > LONGEST_TYPE:
        return ""
    if "charset" not in kind.lower() and "*" not in kind:
        return kind
    try:
        known = codecs.lookup(parse_header_parameters(kind)[1].get("charset", "utf-8")).name in ENCODINGS
    except (LookupError, ValueError, TypeError):  # the last: of a value that is given in pieces and whole
        known = False
    if known:
        return kind
    first, *more = kind.split(";")  # by no pattern: one of spaces had a whole process look for a star from each of them
    return ";".join([first, *(part for part in more if not _names_an_encoding(part))])


def _names_an_encoding(part: str) -> bool:
    name, given, _ = part.partition("=")
    return "*" in name or (bool(given) and name.strip().lower() == "charset")  # or a piece of it: charset*0=he; charset*1=x


def _parameters(line: str) -> tuple[str, dict]:
    """The framework's own, for the headers inside a form: a name given in pieces and whole (name*=a; name*1=b) it does not expect, and
    would answer 500. Such a header is passed over, as all are that cannot be read."""
    try:
        return parse_header_parameters(line)
    except TypeError as error:
        raise ValueError(str(error)) from error


multipartparser.parse_header_parameters = _parameters  # for pages and the interface alike; there is no hook for it


def watched(application):
    """The application, each body of which is watched."""

    def serve(environ, start_response):
        environ["CONTENT_TYPE"] = legible(environ.get("CONTENT_TYPE", ""))
        length = environ.get("CONTENT_LENGTH", "")
        if length.isascii() and length.isdigit():
            environ["wsgi.input"] = Body(environ["wsgi.input"], int(length))
        return application(environ, start_response)

    return serve


def broken(request: HttpRequest) -> bool:
    """Did its body break off, whoever read it and went on?"""
    return getattr(request.META.get("wsgi.input"), "broken", False)


def unmeasured(request: HttpRequest) -> bool:
    """Has it a body that comes in pieces and does not say how long it is?"""
    told = request.META
    return "HTTP_TRANSFER_ENCODING" in told and not told.get("CONTENT_LENGTH") and request.method not in ("GET", "HEAD", "OPTIONS")
