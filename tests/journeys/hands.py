"""What hands do at the desks, whatever the one thing: each step as a person clicks it."""

from __future__ import annotations

from playwright.sync_api import Page

from apps.applications.models import Application, Job, Member
from tests import make

OPINION = "场所、设施与申请相适应，材料齐全，符合规定条件。"


def begin(page: Page, *, number: str, words: str, code: str, situations: dict[str, str]) -> Application:
    """The counter: who comes, which one thing, which situation. Each question that an answer brings is answered in turn."""
    page.goto("/counter/new/")
    page.locator("#id_applicant__id_number").fill(number)
    page.keyboard.press("Tab")
    page.get_by_text("已带出登记的信息").wait_for()
    page.locator("[name=q]").fill(words)
    page.get_by_text("匹配的事项").wait_for()
    page.locator(f"input[value={code}]").check()
    page.keyboard.press("Alt+Enter")
    page.wait_for_url("**/work/")
    left = dict(situations)
    while left:
        here = [name for name in left if page.locator(f"[name=situations__{name}]").count()]
        assert here, f"never asked: {sorted(left)}"
        for name in here:
            put(page, f"situations__{name}", left.pop(name))
        with page.expect_navigation():
            page.locator("#ask").locator("xpath=ancestor::section").locator("button[value=save]").click()
    return Application.objects.get(pk=int(page.url.split("/")[-3]))


def put(page: Page, name: str, value) -> None:
    """One field by its kind; what is not asked (hidden) or came with the applicant stays as it is."""
    box = page.locator(f"[name={name}]")
    if not box.first.is_visible():
        return
    kind = box.first.evaluate("field => field.type")
    if kind in ("radio", "checkbox"):
        for one in value if isinstance(value, list) else [value]:
            page.locator(f"[name={name}][value='{str(one).lower() if isinstance(one, bool) else one}']").check()
    elif kind == "select-one":
        box.select_option(str(value))
    elif not box.input_value():
        box.fill(str(value))


def fill(page: Page, row: Application) -> None:
    """The one form."""
    page.locator("[name=contact_mobile]").fill(make.MOBILE)
    for name, value in make.answers_for(row.plan).items():
        put(page, f"answers__{name}", value)


def fill_from_home(page: Page, row: Application) -> None:
    """Every part of the form by the same answers that the builders give."""
    answers = make.answers_for(row.plan)
    page.goto(f"/my/{row.pk}/form/1/")
    while True:
        for code, value in answers.items():
            if page.locator(f"[name=answers__{code}]").count():
                put(page, f"answers__{code}", value)
        more = page.get_by_role("button", name="保存，填下一部分")
        last = not more.count()
        (page.get_by_role("button", name="保存，回到清单") if last else more).click()
        page.wait_for_load_state()
        assert not page.locator(".error-summary").count(), page.inner_text("main")
        if last:
            return


def accept(page: Page) -> Application:
    """Everything came; received and accepted with two keys."""
    page.keyboard.press("Alt+t")
    page.keyboard.press("Alt+a")
    page.wait_for_url("**/done/")
    row = Application.objects.get(pk=int(page.url.split("/")[-3]))
    assert row.number in page.content()
    return row


def job_of(row: Application, code: str) -> Job:
    return Job.objects.select_related("member").get(application=row, member__code=code)


def review(sit, row: Application, code: str, *, recommend: str = "grant", opinion: str = OPINION) -> Job:
    """The department: found in the inbox by its number, taken in hand, the opinion goes to the head."""
    job = job_of(row, code)
    page = sit(f"{job.department_id}-reviewer", "/review/")
    page.locator(f"a[href='/review/{job.pk}/']").first.click()
    page.get_by_role("button", name="领办这件工作").click()
    page.locator(f"input[name=recommendation][value={recommend}]").check()
    page.locator("[name=opinion]").fill(opinion)
    for point in page.locator("[name^='checks__'][value=met]").all():
        point.check()
    page.get_by_role("button", name="提交给负责人").click()
    page.get_by_text("等待负责人决定").first.wait_for()
    return job


def decide(sit, job: Job, *, decision: str = "grant", reason: str = "") -> Member:
    page = sit(f"{job.department_id}-head", "/review/countersign/")
    page.locator(f"a[href='/review/{job.pk}/']").first.click()
    page.get_by_role("link", name="准予…" if decision == "grant" else "不予…").click()
    if reason:
        page.locator("[name=reason]").fill(reason)
    page.locator("main form button.button--warn").click()
    page.wait_for_url(lambda url: "/decide/" not in url)
    return Member.objects.get(pk=job.member_id)


def register(sit, row: Application, department: str) -> None:
    """The keeper registers what this department decided in the case."""
    make.filed(row.pk)
    keeper = "scjg-seal" if department == "scjg" else f"{department}-head"
    page = sit(keeper, "/issue/seal/")
    for box in page.get_by_label(f"登记 {row.number}").all():
        box.check()
    page.locator("[name=seal_number]").fill("3302821000001")
    page.get_by_role("button", name="登记勾选的办件").click()
    page.get_by_text("已登记").first.wait_for()


def collect(sit, row: Application, *, relation: str) -> None:
    """The issue desk: everything that lies there, one signature."""
    page = sit("cixi-issue", f"/issue/{row.pk}/")
    party = row.applicant
    name, number = (party.name, party.id_number) if relation == "self" else (party.legal_rep_name, party.legal_rep_id)
    page.locator(f"[name=relation][value={relation}]").check()
    page.locator("[name=collector_name]").fill(name)
    page.locator("[name=id_number]").fill(number)
    page.locator("[name=signature]").fill(name)
    page.get_by_role("button", name="确认交付并生成送达回证").click()
    page.wait_for_url("**/handed/**")


def track(page: Page, row: Application) -> str:
    """The citizen, by number and phone, without signing in: what is told."""
    page.context.clear_cookies()
    page.goto("/track/")
    page.locator("[name=number]").fill(row.number)
    page.locator("[name=phone]").fill(make.MOBILE)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="经过").wait_for()
    return page.locator("main").inner_text()
