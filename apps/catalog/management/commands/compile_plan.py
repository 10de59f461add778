import json
from datetime import date

from django.core.management.base import BaseCommand, CommandParser

from apps.catalog.compiler import NECESSITY
from apps.catalog.loading.schema import is_date
from apps.catalog.plan import compile_plan, summary
from apps.catalog.quality import limit_text
from apps.kit.errors import DomainError, Refused
from apps.kit.time import today


class Command(BaseCommand):
    help = "把一个事项或一件事按情形编成办理计划。"

    def add_arguments(self, parser: CommandParser):
        parser.add_argument("code", help="事项或一件事的编码")
        parser.add_argument("--answer", action="append", default=[], metavar="情形=值", help="情形问题的答案，可重复")
        parser.add_argument("--as-of", help="按哪一天有效的版本（默认今天），如 2017-08-31")
        parser.add_argument("--json", action="store_true", help="以 JSON 作答")
        self.parser = parser

    def handle(self, *args, code, answer, as_of, **options):
        if as_of is not None and not is_date(as_of):
            self.parser.error(f"--as-of：“{as_of}”不是存在的日期，应写成 2017-08-31 这样")
        answers: dict[str, str] = {}
        try:
            for word in (code, *answer):
                if (text := word.encode("utf-8", "backslashreplace").decode()) != word:  # bytes that no database compares
                    raise Refused("plan.encoding", f"“{text}”不是 UTF-8 编码的文字，请核对终端的编码。", "code")
            for pair in answer:
                name, sign, value = pair.partition("=")
                if not (name and sign):
                    self.parser.error(f"--answer 应写成 情形=值，现为“{pair}”")
                if answers.setdefault(name, value) != value:
                    raise Refused("situation.twice", f"情形 {name} 给了两个不同的答案。", f"situations.{name}")
                if value == "":
                    raise Refused("situation.value", f"情形 {name} 没有写答案。", f"situations.{name}")
            found = compile_plan(code, answers, date.fromisoformat(as_of) if as_of else today())
            plan = summary(found) | {"standard": found["standard"]}
        except DomainError as refusal:
            self.refuse(refusal, options["json"])
        if options["json"]:
            self.stdout.write(json.dumps(plan, ensure_ascii=False, indent=2))
        else:
            self.tell(plan)

    def refuse(self, refusal: DomainError, as_json: bool):
        if as_json:
            errors = [error.as_dict() for error in refusal.errors]
            self.stdout.write(json.dumps({"errors": errors}, ensure_ascii=False, indent=2))
        for error in refusal.errors:
            self.stderr.write(error.message)
        raise SystemExit(1)

    def tell(self, plan: dict) -> None:
        say = self.stdout.write
        say(f"{plan['name']}（{plan['code']}），牵头部门 {plan['lead_department']}")
        for number, stage in enumerate(plan["stages"], 1):
            say(f"第 {number} 阶段：{'、'.join(stage)}")
        say(f"表单 {len(plan['elements'])} 项；材料 {plan['materials_before']} → {plan['materials_after']} 份")
        for material in plan["materials"]:
            source = f"由 {material['supplied_by']} 的结果提供" if material["supplied_by"] else "向申请人收"
            say(f"  {material['material']}（{NECESSITY[material['necessity']]}）{source}")
        if standard := plan["standard"]:
            say(f"行业标准 {standard['name']} 第 {standard['version']} 版")
        say(f"精简 {plan['saving_percent']}%；费用 {plan['fees_total']} 元；承诺 {limit_text(plan['promised_limit'])}")
