"""The life of a document:

queued --render--> rendered              the PDF lies in the store, its SHA-256 on the row
queued --stick---> stuck                 a character no font has: 生僻字人工处理, never a box on paper
queued --fail----> failed                the PDF component is away or the template is wrong
stuck, failed --requeue--> queued        after a person has mended the cause
anything but void --void--> void         replaced by a reprint, or issued by mistake; it stays on record and says so
"""

from django.db import models
from django_fsm import transition

from apps.kit.fields import StateField

QUEUED, RENDERED, STUCK, FAILED, VOID = "queued", "rendered", "stuck", "failed", "void"
STATES = [(QUEUED, "待生成"), (RENDERED, "已生成"), (STUCK, "生僻字人工处理"), (FAILED, "生成失败"), (VOID, "已作废")]
# Papers of a decision: in force once the seal keeper has registered them (DOMAIN.md 3.3).
DECIDES = ("grant", "certificate", "refusal")
# The same table for the trigger in the database; a test holds both together.
MOVES = [
    (QUEUED, RENDERED),
    (QUEUED, STUCK),
    (QUEUED, FAILED),
    (STUCK, QUEUED),
    (FAILED, QUEUED),
    (QUEUED, VOID),
    (RENDERED, VOID),
    (STUCK, VOID),
    (FAILED, VOID),
]


class DocumentLife(models.Model):
    state = StateField("状态", default=QUEUED, choices=STATES, protected=True)

    class Meta:
        abstract = True

    @transition("state", source=QUEUED, target=RENDERED)
    def render(self, *, path: str, sha256: str, size: int, pages: int, at) -> None:
        self.path, self.sha256, self.size, self.pages, self.rendered_at = path, sha256, size, pages, at
        self.problem = ""

    @transition("state", source=QUEUED, target=STUCK)
    def stick(self, *, problem: str) -> None:
        self.problem = problem

    @transition("state", source=QUEUED, target=FAILED)
    def fail(self, *, problem: str) -> None:
        self.problem = problem

    @transition("state", source=[STUCK, FAILED], target=QUEUED)
    def requeue(self) -> None:
        self.problem = ""

    @transition("state", source=[QUEUED, RENDERED, STUCK, FAILED], target=VOID)
    def void(self, *, reason: str, at) -> None:
        self.void_reason, self.voided_at = reason, at
