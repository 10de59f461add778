import json

from django.core.management.base import BaseCommand

from apps.directory.actions.administrators import let_in_again, open_house
from apps.kit.command import refuse
from apps.kit.errors import Refusals, Refused


class Command(BaseCommand):
    help = "新装的平台任命第一位节点管理员（账号、临时密码），其余人员由他在网页上任命；--again：唯一的管理员进不来时给他新的临时密码"

    def add_arguments(self, parser):
        parser.add_argument("--node", required=True, help="节点编码，六位，如 430100；市级管理员管全市各节点")
        parser.add_argument("--username", required=True, help="账号")
        parser.add_argument("--name", default="", help="姓名（新账号必填）")
        parser.add_argument("--mobile", default="", help="手机号，可不填")
        parser.add_argument("--again", action="store_true", help="已有的管理员：解除锁定和验证器，给新的临时密码")
        parser.add_argument("--reason", default="", help="--again 的原因，记入日志")
        parser.add_argument("--json", action="store_true", help="以 JSON 输出")

    def handle(self, *, node, username, name, mobile, again, reason, **options):
        try:
            if again:
                user, password = let_in_again(node=node, username=username, reason=reason)
            else:
                user, password = open_house(node=node, username=username, name=name, mobile=mobile)
        except (Refused, Refusals) as refusal:
            refuse(self, refusal, as_json=options["json"])
        if options["json"]:
            answer = {"username": user.username, "password": password, "until": user.temporary_until.isoformat()}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        self.stdout.write(f"{user.home.name}节点管理员 {user.name}，账号 {user.username}，临时密码 {password}")
        self.stdout.write("只显示这一次，七天内有效；登录后先改密码，再到“人员岗位”任命其他人员。")
