"""The administrator's pages: every action is a form that works without a script; who may open them; what they cost."""

import re
from datetime import timedelta

import pytest
from django.db import transaction

from apps.directory import actions
from apps.directory.models import Absence, OpenSession, Post, Reveal, Role, User, Window
from apps.directory.queries import actor_for
from apps.journal.actor import SYSTEM
from apps.journal.models import Event
from apps.kit.days import day_cn
from apps.kit.time import today
from tests import people
from tests.people import nothing_written

PAGES = ["/people/", "/people/invite/", "/people/{user}/", "/people/{user}/give/", "/people/{user}/lock/"]
PAGES += ["/people/{user}/password/", "/people/{user}/authenticator/", "/people/posts/{post}/end/"]
PAGES += ["/people/posts/{post}/competence/", "/people/posts/{post}/absence/", "/people/absences/{absence}/cancel/"]


@pytest.fixture
def admin(places):
    return people.staff("node_admin", user=people.account("方卫国"))


@pytest.fixture
def clerk(places):
    return people.staff("clerk", zones=["shangshi"], user=people.account("陈晓燕", username="cixi-clerk"))


@pytest.fixture
def absence(clerk):
    other = people.staff("clerk", user=people.account("沈立群"))
    day = today() + timedelta(5)
    return actions.set_absence(
        by=SYSTEM, post=clerk.posts.get(), substitute=other, starts_on=day, ends_on=day, reason="年休假"
    )


@pytest.fixture
def addresses(clerk, absence):
    keys = {"user": clerk.pk, "post": clerk.posts.get().pk, "absence": absence.pk}
    return [page.format(**keys) for page in PAGES]


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_every_page_opens_for_the_administrator_without_inline_style(enter, admin, addresses):
    client = enter(admin)
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200, address
        body = response.content.decode()
        assert "style=" not in body and "<script>" not in body, address
        assert body.count("<h1") == 1, address


@pytest.mark.parametrize("role", [role for role in Role.values if role != "node_admin"])
def test_nobody_else_opens_them(enter, addresses, role):
    client = enter(people.staff(role))
    for address in addresses:
        assert client.get(address).status_code == 403, address
        with nothing_written(User, Post, Absence):
            assert client.post(address, {"reason": "随便试一试"}).status_code in (403, 405), address


def test_citizens_and_strangers_do_not_either(enter, client, addresses):
    for address in addresses:
        assert client.get(address)["Location"].startswith("/account/?next="), address
    client = enter(people.citizen())
    for address in addresses:
        assert client.get(address).status_code == 403, address


def test_another_nodes_administrator_finds_nothing(enter, addresses):
    client = enter(people.staff("node_admin", node="330211"))
    assert "陈晓燕" not in text(client.get("/people/"))
    for address in addresses[2:]:
        assert client.get(address).status_code == 404, address
        with nothing_written(User, Post, Absence):
            assert client.post(address, {"reason": "随便试一试"}).status_code in (404, 405), address


def test_unknown_people_and_posts_are_not_found(enter, admin):
    client = enter(admin)
    for page in PAGES[2:]:
        assert client.get(page.format(user=0, post=0, absence=0)).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=晓燕", {"陈晓燕"}),
        ("q=chenxiaoyan", {"陈晓燕"}),
        ("q=cxy", {"陈晓燕"}),
        ("q=CIXI-CL", {"陈晓燕"}),
        ("role=clerk", {"陈晓燕", "沈立群"}),
        ("role=node_admin", {"方卫国"}),
        ("q=没有这个人", set()),
        ("role=mayor", set()),
    ],
)
def test_search_and_filter(enter, admin, absence, query, found):
    shown = text(enter(admin).get(f"/people/?{query}"))
    assert {name for name in ("陈晓燕", "沈立群", "方卫国") if name in shown.split("筛选", 1)[1]} == found


def test_a_list_of_two_hundred_pages_by_key_and_costs_the_same(enter, admin, django_assert_max_num_queries):
    for number in range(120):
        actions.invite_staff(
            by=SYSTEM, username=f"many{number}", name=f"同志{number:03}", region=people.CIXI, encoded="x"
        )
    client = enter(admin)
    client.get("/people/")
    with django_assert_max_num_queries(8):  # two of them tell who asks
        first = client.get("/people/")
    names = re.findall(r"同志\d{3}|方卫国", text(first))
    second = client.get(
        "/people/" + re.search(r'rel="next" href="([^"]+)"', first.content.decode())[1].replace("&amp;", "&")
    )
    names += re.findall(r"同志\d{3}", text(second).split("筛选", 1)[1])
    assert len(set(names)) == 100
    assert client.get("/people/?page=made-up").status_code == 422


def test_invite_then_post_then_sign_in(enter, admin, client):
    enter(admin)
    given = {"name": "王芳", "username": "wangfang", "mobile": "13805740001", "region": people.CIXI, "once": "one-form"}
    page = client.post("/people/invite/", given)
    again = text(client.post("/people/invite/", given, follow=True))  # pressed twice: her account is no stranger's
    assert "账号刚才已经建立" in again and "已经有人使用" not in again
    password = re.search(r"<strong>([a-z0-9-]+)</strong>", page.content.decode())[1]
    user = User.objects.get(username="wangfang")
    given = {"role": "clerk", "region": people.CIXI, "zones": ["shangshi"], "valid_from": today().isoformat()}
    response = client.post(f"/people/{user.pk}/give/", given, follow=True)
    assert "王芳已任“综合窗口受理员”" in text(response)
    assert password not in client.get(f"/people/{user.pk}/").content.decode()
    client.post("/account/out/")
    assert client.post("/account/", {"username": "wangfang", "password": password})["Location"] == "/desk/"
    assert client.get("/desk/")["Location"] == "/account/password/"
    assert actor_for(user).posts[0].zones == {"shangshi"}


def test_a_refused_invitation_keeps_what_was_typed(enter, admin):
    client = enter(admin)
    with nothing_written(User):
        page = client.post("/people/invite/", {"name": "王", "username": "w!", "mobile": "1", "region": people.CIXI})
    assert page.status_code == 422
    body = page.content.decode()
    assert 'value="w!"' in body and "<title>错误：" in body
    assert set(page.context["form"].errors) == {"username", "mobile"}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "role"),
        ({"role": "reviewer"}, "department"),
        ({"role": "clerk"}, "zones"),
        ({"role": "clerk", "generalist": "on", "zones": ["shangshi"]}, "zones"),
        ({"role": "supervisor", "generalist": "on"}, "generalist"),
        ({"role": "supervisor", "valid_to": "2016-01-01"}, "valid_to"),
        ({"role": "supervisor", "valid_from": "yesterday"}, "valid_from"),
        ({"role": "node_admin"}, "role"),
        ({"role": "clerk", "generalist": "on", "region": "330200"}, "region"),
    ],
)
def test_a_refused_post_names_its_field(enter, admin, given, field):
    client, user = enter(admin), people.account()
    data = {"region": people.CIXI, "valid_from": today().isoformat(), **given}
    with nothing_written(Post):
        page = client.post(f"/people/{user.pk}/give/", data)
    assert page.status_code == 422 and list(page.context["form"].errors) == [field]


def test_a_competence_page_that_is_out_of_date_does_not_undo_what_another_set(enter, admin, clerk):
    client, post = enter(admin), clerk.posts.get()
    address, stale = f"/people/posts/{post.pk}/competence/", {"generalist": "on"}
    stale |= {name: client.get(address).context["form"][name].value() for name in ("seen", "once")}
    assert stale["seen"] in client.get(address).text
    actions.set_competence(by=SYSTEM, post=post, zones=["minsheng"])
    with nothing_written(Post):
        page = client.post(address, stale)
    assert page.status_code == 409 and "被别的管理员改过，没有保存" in text(page)
    assert actor_for(clerk).posts[0].zones == {"minsheng"}
    assert client.post(address, stale | {"seen": client.get(address).context["form"]["seen"].value()}).status_code == 302
    assert actor_for(clerk).posts[0].generalist


def test_the_same_form_sent_twice_gives_one_post(enter, admin):
    client, user = enter(admin), people.account()
    once = client.get(f"/people/{user.pk}/give/").context["form"]["once"].value()
    data = {"role": "supervisor", "region": people.CIXI, "valid_from": today().isoformat(), "once": once}
    for _ in range(2):
        assert client.post(f"/people/{user.pk}/give/", data).status_code == 302
    assert user.posts.count() == 1


def test_who_is_the_last_at_his_post_is_ended_with_a_warning(enter, world):
    """A department that is merged or closed: what is open must go elsewhere while somebody can still give it back."""
    client = enter(User.objects.get(username="cixi-admin"))
    days = {"starts_on": today(), "ends_on": today(), "reason": "年休假"}  # with the post its substitute loses it, who decides meanwhile
    head, other = (User.objects.get(username=name) for name in ("scjg-head", "scjg-reviewer2"))
    actions.set_absence(by=SYSTEM, post=head.posts.get(), substitute=other, **days)
    for username, last in (("scjg-reviewer", False), ("scjg-head", True), ("cixi-issue", False)):
        page = client.get(f"/people/posts/{User.objects.get(username=username).posts.get().pk}/end/").text
        assert ("部门撤并的，请先由审批人员把未办结的退回分办" in page) is last, username


def test_ending_competence_and_substitutes(enter, admin, clerk, absence):
    client, post = enter(admin), clerk.posts.get()
    window = Window.objects.get(zone="minsheng")
    client.post(f"/people/posts/{post.pk}/competence/", {"zones": ["minsheng"], "window": window.pk})
    assert actor_for(clerk).posts[0].zones == {"minsheng"} and clerk.posts.get().window == window
    days = f"{day_cn(absence.starts_on)} 至 {day_cn(absence.ends_on)}"
    for page in (f"/people/absences/{absence.pk}/cancel/", f"/people/{clerk.pk}/"):  # asked and told as every day is
        assert days in client.get(page).text
    assert "代理已取消" in text(client.post(f"/people/absences/{absence.pk}/cancel/", follow=True))
    data = {
        "substitute": absence.substitute_id,
        "starts_on": today().isoformat(),
        "ends_on": today().isoformat(),
        "reason": "外出培训",
    }
    page = client.post(f"/people/posts/{post.pk}/absence/", data, follow=True)
    assert "由沈立群代理（外出培训）" in text(page)
    assert not actor_for(clerk).posts
    other = absence.substitute  # his own post may end: what he holds for a colleague he goes on holding, and the administrator reads it
    assert "陈晓燕的“综合窗口受理员”" in text(client.get(f"/people/posts/{other.posts.get().pk}/end/")) and "在代理" in text(client.get(f"/people/{other.pk}/lock/"))
    page = client.post(f"/people/posts/{other.posts.get().pk}/end/", {"reason": "调离窗口"}, follow=True)
    assert "还没有岗位" not in page.text and "代理别人的岗位" in page.text and f"/people/absences/{Absence.objects.latest('pk').pk}/cancel/" in page.text
    with nothing_written(Absence):
        assert client.post(f"/people/posts/{post.pk}/absence/", data).status_code == 422
    assert client.post(f"/people/posts/{post.pk}/end/", {"reason": "调离"}).status_code == 422
    page = client.post(f"/people/posts/{post.pk}/end/", {"reason": "调离窗口"}, follow=True)
    assert "还没有岗位" in text(page)
    assert "结束任职" in text(page) and "调离窗口" in text(page)


def test_lock_unlock_and_a_new_password(enter, admin, clerk):
    client, page = enter(admin), f"/people/{clerk.pk}/lock/"
    for do, faster, said, late in (("lock", actions.lock_user, "已锁定", "已经锁定"), ("unlock", actions.unlock_user, "已解锁", "没有锁定")):
        asked = {"reason": "离岗审查", "do": re.search(r'name="do" value="(\w+)"', client.get(page).text)[1]}
        assert asked["do"] == do
        with transaction.atomic():  # another administrator does the same meanwhile: the second one does not turn it round
            faster(by=SYSTEM, user=clerk, reason="离岗审查")
            refused = client.post(page, asked)
            assert refused.status_code == 409 and late in refused.text and f'value="{do}"' in refused.text
            transaction.set_rollback(True)
        assert said in text(client.post(page, asked, follow=True))
    with nothing_written():
        assert client.post(f"/people/{clerk.pk}/password/", {"reason": ""}).status_code == 422
    page = client.post(f"/people/{clerk.pk}/password/", {"reason": "忘记密码"})
    password = re.search(r"<strong>([a-z0-9-]+)</strong>", page.content.decode())[1]
    clerk.refresh_from_db()
    assert clerk.check_password(password)
    assert client.post(f"/people/{clerk.pk}/authenticator/", {"reason": "手机丢失"}).status_code == 409


def test_ones_own_page_offers_nothing_and_refuses(enter, admin):
    client = enter(admin)
    body = client.get(f"/people/{admin.pk}/").content.decode()
    assert "这是您自己的账号" in body and "结束岗位" not in body and "锁定账号" not in body
    with nothing_written(User, Post):
        for address in (f"/people/{admin.pk}/lock/", f"/people/posts/{admin.posts.get().pk}/end/"):
            assert client.post(address, {"reason": "自己来一下"}).status_code in (403, 422)
    assert User.objects.get(pk=admin.pk).is_active


def test_the_mobile_is_masked_until_a_reason_is_given(enter, admin):
    user, _ = actions.invite_staff(
        by=SYSTEM, username="wangfang", name="阿依努尔.买买提", region=people.CIXI, mobile="13805740001"
    )
    there = OpenSession.objects.create(user=user, session_key="elsewhere", device="微信")
    actions.end_session(by=actor_for(user), user=user, session=there.pk)
    client = enter(admin)
    page = client.get(f"/people/{user.pk}/").content.decode()
    assert "13805740001" not in page and "本人退出一处登录" in page and "user." not in page
    # Nor is it found out sign by sign: only who knows all of it finds its owner.
    found = {words: [row[0].pk for row in client.get("/people/", {"q": words}).context["rows"]] for words in ("138", "1380574000", "138 ０574-0001", "努尔。买", "－－", "\u200b")}
    assert list(found.values()) == [[], [], [user.pk], [user.pk], [], []]  # of a dash alone nothing is left: it found all who have no phone
    page = client.post(f"/people/{user.pk}/reveal/", {"reason": "急"})  # on the page, with what was typed
    assert page.status_code == 422 and 'value="急"' in page.text and "至少 4 个字" in page.text and "13805740001" not in page.text
    assert not Reveal.objects.exists()
    page = client.post(f"/people/{user.pk}/reveal/", {"reason": "通知值班调整"})
    assert "13805740001" in page.content.decode()
    assert Reveal.objects.get().reason == "通知值班调整"
    assert Event.objects.latest("id").name == "user.reveal"


def test_the_citys_administrator_gives_administrators_and_chooses_a_node(enter, clerk):
    client = enter(people.staff("node_admin", node=people.CITY))
    assert "节点" in text(client.get("/people/"))
    assert "陈晓燕" in text(client.get(f"/people/?node={people.CIXI}"))
    assert "陈晓燕" not in text(client.get("/people/?node=330211")).split("筛选", 1)[1]
    user = people.account()
    data = {"role": "auditor", "region": people.CIXI, "valid_from": today().isoformat()}
    assert client.post(f"/people/{user.pk}/give/", data).status_code == 302
    assert actor_for(user).roles == {"auditor"}


def test_what_only_the_city_does_to_an_auditors_account_is_not_offered(enter):
    auditor = people.staff("auditor")
    acts = [f"/people/{auditor.pk}/{act}/" for act in ("password", "lock")]
    page = enter(people.staff("node_admin", node=people.CITY)).get(f"/people/{auditor.pk}/").content.decode()
    assert all(act in page for act in acts)
    client = enter(people.staff("node_admin"))
    page = client.get(f"/people/{auditor.pk}/").content.decode()
    assert not any(act in page for act in acts)
    assert [client.post(act, {"reason": "忘记密码"}).status_code for act in acts] == [403, 403]
    assert User.objects.get(pk=auditor.pk).password == auditor.password


def test_a_post_that_begins_later_is_told_with_its_day_and_may_end_today(enter, admin, clerk):
    client = enter(admin)
    later = today() + timedelta(9)
    given = {"role": "issue_clerk", "region": people.CIXI, "zones": ["shangshi"], "valid_from": later.isoformat()}
    answer = text(client.post(f"/people/{clerk.pk}/give/", given, follow=True))
    assert f"陈晓燕将任“出件员”，从 {later.year}年{later.month}月{later.day}日起生效。" in answer
    post = clerk.posts.get(role="clerk")
    there = people.staff("clerk", user=clerk, node=people.CITY).posts.get(region=people.CITY)  # another administrator's to end
    page = client.get(f"/people/{clerk.pk}/").content.decode()
    assert f"/people/posts/{post.pk}/end/" in page and f"/people/posts/{there.pk}/" not in page
    past = {"on": (today() - timedelta(1)).isoformat(), "reason": "调动到外单位"}
    assert "最后一日应是今天或以后" in text(client.post(f"/people/posts/{post.pk}/end/", past))
    answer = text(client.post(f"/people/posts/{post.pk}/end/", past | {"on": today().isoformat()}, follow=True))
    assert f"岗位的最后一日是 {today().year}年{today().month}月{today().day}日。" in answer


def test_a_filter_that_does_not_hold_finds_nobody_and_says_why(enter, admin, clerk):
    client = enter(admin)
    for query in ("q=" + "陈" * 61, "role=boss"):
        page = client.get(f"/people/?{query}")
        assert page.status_code == 422 and "陈晓燕" not in text(page) and "有几处需要改一改" in text(page), query


@pytest.mark.browser
def test_an_administrator_at_work(page, phone, axe, transactional_db):
    people.places()
    people.staff("node_admin", user=people.account("方卫国", username="cixi-admin"))
    page.goto("/account/")
    axe(page)
    page.fill("[name=username]", "cixi-admin")
    page.fill("[name=password]", people.PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/people/")
    axe(page)
    page.click("text=新增人员")
    page.fill("[name=name]", "王芳")
    page.fill("[name=username]", "wangfang")
    axe(page)
    page.click("text=建立账号")
    assert page.locator(".notice .code-number").inner_text().count("-") == 2
    axe(page)
    page.get_by_role("link", name="安排岗位").click()
    axe(page)
    page.get_by_label("综合窗口受理员").check()
    page.click("text=保存岗位")
    assert "请至少勾选一个可受理的板块" in page.inner_text(".error-summary")
    page.get_by_label("商事登记").check()
    page.click("text=保存岗位")
    assert "已任" in page.inner_text(".notice")
    axe(page)
    assert not [fault for fault in page.faults if "422" not in fault]
    phone.goto("/account/")
    phone.fill("[name=username]", "cixi-admin")
    phone.fill("[name=password]", people.PASSWORD)
    phone.tap("main button.button")
    phone.wait_for_url("**/people/")
    for address in ("/people/", "/people/invite/", "/account/second-factor/", "/account/password/"):
        phone.goto(address)
        axe(phone)
        assert phone.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), address
