"""A new house of another city: regions read, and then somebody must be able to sign in. Nobody else is made this way."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from apps.directory.actions import lock_user
from apps.directory.models import Post, User
from apps.directory.queries import actor_for
from apps.journal.actor import SYSTEM
from tests.people import nothing_written

REGIONS = """\
regions:
  - {code: "430100", name: 长沙市, level: city}
  - {code: "430102", name: 芙蓉区, level: county, parent: "430100"}
  - {code: "430102001", name: 定王台街道, level: township, parent: "430102"}
"""


def run(*arguments, out: io.StringIO | None = None) -> str:
    out = out or io.StringIO()
    call_command("first_administrator", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.fixture
def city(db, tmp_path):
    file = tmp_path / "regions.yaml"
    file.write_text(REGIONS, encoding="utf-8")
    call_command("load_regions", str(file), stderr=io.StringIO())
    return ("--node", "430100")


def test_a_new_house_opens_once_and_its_administrator_is_let_in_again(city, client):
    told = json.loads(run(*city, "--username", "Zhang.San", "--name", "张三", "--json"))
    user = User.objects.get(username="zhang.san")
    assert actor_for(user).roles == {"node_admin"}
    client.post("/account/", {"username": told["username"], "password": told["password"]})
    assert client.session["_auth_user_id"] == str(user.pk)
    with nothing_written(User, Post), pytest.raises(CommandError, match="账号 zhang"):
        run(*city, "--username", "li.si", "--name", "李四")
    with nothing_written(User, Post), pytest.raises(CommandError, match="市级已有管理员"):
        run("--node", "430102", "--username", "li.si", "--name", "李四")
    with nothing_written(User, Post), pytest.raises(CommandError, match="没有账号为"):
        run(*city, "--username", "li.si", "--again", "--reason", "忘记了密码")

    lock_user(by=SYSTEM, user=user, reason="测试锁定")
    with nothing_written(User), pytest.raises(CommandError, match="原因"):
        run(*city, "--username", "zhang.san", "--again")
    assert "临时密码" in run(*city, "--username", "zhang.san", "--again", "--reason", "唯一的管理员忘记了密码")
    user.refresh_from_db()
    assert user.is_active and not user.check_password(told["password"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--node", "430199", "--username", "abc", "--name", "张三"), "没有编码为“430199”的地区"),
        (("--node", "430102001", "--username", "abc", "--name", "张三"), "不是节点"),
        (("--node", "430100", "--username", "1 2", "--name", "张三"), "账号用小写字母"),
        (("--node", "430100", "--username", "abc"), "请填写姓名"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_stands(city, arguments, words):
    with nothing_written(User, Post), pytest.raises(CommandError, match=words):
        run(*arguments, "--json", out=(out := io.StringIO()))
    (told,) = json.loads(out.getvalue())["errors"]  # for who scripts it
    assert words in told["message"]
