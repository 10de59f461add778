"""One family of refusals; doors (pages, API) turn each into its HTTP status and say the sentence to the user.

`raise Refused("materials.incomplete", "还缺“身份证”，请补齐后再受理。", field="materials.id_card")`
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import DatabaseError, InterfaceError, InternalError, OperationalError


class DomainError(Exception):
    """A refusal with a stable code, a Chinese sentence that says what to do, and the field it is about (or None)."""

    status = 400

    def __init__(self, code: str, message: str, field: str | None = None):
        super().__init__(message)
        self.code, self.message, self.field = code, message, field

    @property
    def errors(self) -> list[DomainError]:
        return [self]

    def as_dict(self) -> dict:
        return {"code": self.code, "message": self.message, "field": self.field}


class Refused(DomainError):
    """The input or the facts do not allow it: 422, with the field and the cure."""

    status = 422


class Refusals(Refused):
    """Several refusals told at once, so that nobody has to come twice."""

    def __init__(self, errors: list[Refused]):
        first = errors[0]
        super().__init__(first.code, first.message, first.field)
        self._errors = errors

    @property
    def errors(self) -> list[DomainError]:
        return list(self._errors)


class NotYours(DomainError):
    """What the actor may not see does not exist: 404, never saying more."""

    status = 404

    def __init__(self, code: str = "not_found", message: str = "没有找到您要的内容。", field: str | None = None):
        super().__init__(code, message, field)


class Forbidden(DomainError):
    """The actor may see it but not do this: 403."""

    status = 403

    def __init__(self, message: str = "您的岗位不能办理这一步。", code: str = "forbidden", field: str | None = None):
        super().__init__(code, message, field)


class WrongState(DomainError):
    """It is too early or too late for this move: 409."""

    status = 409

    def __init__(self, message: str = "当前状态不能办理这一步，请刷新后再看。", code: str = "wrong_state"):
        super().__init__(code, message)


class TooMany(DomainError):
    """Too often in too short a time: 429, which says when it may be tried again (`seconds`, also as Retry-After)."""

    status = 429

    def __init__(
        self, seconds: int, message: str = "操作太频繁了，请 {wait}后再试。", code: str = "too_many", field: str | None = None
    ):
        self.seconds = max(1, int(seconds))
        super().__init__(code, message.format(wait=self.wait), field)

    @property
    def wait(self) -> str:
        """“40 秒”, “15 分钟”, or what a day counts, “16 小时”."""
        size, unit = (1, "秒") if self.seconds < 60 else (60, "分钟") if self.seconds <= 7200 else (3600, "小时")
        return f"{-(-self.seconds // size)} {unit}"


class Unavailable(DomainError):
    """An outside service that this step needs does not answer: 503; nothing was written, the same may be tried again."""

    status = 503

    def __init__(self, message: str = "所需的外部服务暂时没有应答，请稍后再试。", code: str = "unavailable", field: str | None = None):
        super().__init__(code, message, field)


class Later(Exception):
    """A named temporary trouble inside a delivery or task: try again after a while."""


def raise_all(errors: list[Refused]) -> None:
    """Raise nothing for an empty list, the one, or all together."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise Refusals(errors)


class Faults(list):
    """What several steps refuse, to be told together."""

    def of(self, step: Callable):
        """What the step answers; nothing, and its faults are kept, where it refuses."""
        try:
            return step()
        except Refused as refusal:
            self.extend(refusal.errors)


def database_away(error: BaseException | None) -> bool:
    """The database is down, full, starting again, or took the statement back: no fault of what was asked. The driver knows no
    better name than DatabaseError, of no kind below it, for a server that was killed in mid-answer; nor has the server a number of
    its own for a file that may not grow (a quota, a limit). One that answers questions alone is a standby before it is promoted, or
    keeps its disk from filling up."""
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "pgcode", None) in ("XX000", "25006")
    return isinstance(error, (OperationalError, InterfaceError)) or type(error) is DatabaseError
