"""Each component draws what its head comment promises, and escapes what it is given."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django import forms
from django.template import engines
from django.test import RequestFactory

from apps.kit.errors import Forbidden, Refusals, Refused, WrongState
from apps.kit.forms import BaseForm, CodeField
from apps.kit.paging import Page
from apps.kit.time import today


def draw(source: str, **context) -> str:
    request = RequestFactory().get("/list/?q=许可&page=old")
    return engines["django"].from_string("{% load kit web %}" + source).render(context, request)


class IntakeForm(BaseForm):
    name = forms.CharField(label="姓名", max_length=4, help_text="与身份证一致")
    id_card = CodeField(label="证件号码")
    kind = forms.ChoiceField(label="业态", widget=forms.RadioSelect, choices=[("a", "销售"), ("b", "餐饮")])
    extras = forms.MultipleChoiceField(
        label="项目", required=False, widget=forms.CheckboxSelectMultiple, choices=[("1", "热食")]
    )
    town = forms.ChoiceField(label="镇", choices=[("", "请选择"), ("x", "浒山")])
    note = forms.CharField(label="说明", required=False, widget=forms.Textarea)
    scan = forms.FileField(label="扫描件", required=False)
    born = forms.DateField(label="日期", required=False)
    people = forms.IntegerField(label="人数", required=False, min_value=1)
    promise = forms.BooleanField(label="我承诺")
    back = forms.CharField(required=False, widget=forms.HiddenInput)


GOOD = {"name": "王明", "id_card": "1", "kind": "a", "town": "x", "promise": "on"}


def test_forms_share_the_templates_that_they_are_drawn_with():
    """Each drew up an engine of its own and read every widget's template anew: some milliseconds of every page with a form."""
    assert IntakeForm().renderer.engine is BaseForm().renderer.engine


class TestField:
    def test_every_widget_has_its_label_and_no_browser_validation(self):
        html = draw("{{ form }}", form=IntakeForm())
        for label in ("姓名", "证件号码", "业态", "项目", "镇", "说明", "扫描件", "日期", "人数", "我承诺"):
            assert label in html
        assert " required" not in html.replace("field__required", "").replace("is-required", "")
        assert html.count("（必填）") == 4 and html.count('aria-hidden="true">*') == 5
        assert '<legend class="field__label">业态' in html and 'rows="4"' in html

    def test_hint_and_error_are_tied_to_the_control(self):
        html = draw('{% include "components/field.html" with field=form.name %}', form=IntakeForm({}))
        assert 'aria-describedby="id_name_helptext id_name_error"' in html and 'aria-invalid="true"' in html
        assert 'id="id_name_error"' in html and "请填写“姓名”。" in html

    def test_group_of_radios_is_described_as_a_whole(self):
        html = draw('{% include "components/field.html" with field=form.kind %}', form=IntakeForm({}))
        assert '<fieldset aria-describedby="id_kind_error">' in html and "请选择“业态”。" in html

    def test_what_was_typed_is_kept_and_escaped(self):
        html = draw("{{ form.name.as_field_group }}", form=IntakeForm({"name": '"><script>'}))
        assert "<script>" not in html and "&quot;&gt;&lt;script&gt;" in html


class TestMessages:
    def test_sentences_name_the_field_and_the_cure(self):
        form = IntakeForm({"name": "一二三四五", "kind": "z", "born": "昨天", "people": "0"})
        assert form.errors["name"] == ["“姓名”最多填写 4 个字，现在有 5 个。"]
        assert form.errors["kind"] == ["“业态”所选的内容不在可选范围内，请重新选择。"]
        assert form.errors["born"] == ["“日期”要写成年-月-日，例如 2026-11-23。"]
        assert form.errors["people"] == ["“人数”不能小于 1。"]
        assert form.errors["promise"] == ["请勾选“我承诺”。"]
        assert IntakeForm({"people": "1.5"}).errors["people"] == ["“人数”要填写整数。"]  # a number it is

    def test_a_label_that_is_a_sentence_does_not_end_twice(self):
        class Promise(BaseForm):
            agreed = forms.BooleanField(label="我都看过，是事实。")

        assert Promise({}).errors["agreed"] == ["请勾选“我都看过，是事实”。"]
        assert Promise()["agreed"].label == "我都看过，是事实。"

    def test_a_field_that_came_with_the_catalogue_is_told_of_alike(self):
        """Made after the form's own fields, a question answered in the framework's words: neither its name nor a cure. A field that is
        called otherwise where it stands was told of by the name that nobody sees."""

        class Questions(BaseForm):
            name = forms.CharField(label="情况", max_length=2)

            def __init__(self, *args):
                super().__init__(*args)
                self.fields["s_kind"] = forms.ChoiceField(label="做哪一类？", choices=[("a", "大")])
                self.fields["reason"] = forms.CharField(label="更正的原因", max_length=4)
                self.fields["name"].label = "为什么"
                self.fields["own"] = forms.CharField(label="内容", error_messages={"required": "内容不能空着。"})

        found = Questions({"s_kind": "z", "reason": "一二三四五", "name": "一二三"}).errors
        assert found["name"] == ["“为什么”最多填写 2 个字，现在有 3 个。"]
        assert found["s_kind"] == ["“做哪一类？”所选的内容不在可选范围内，请重新选择。"]
        assert found["reason"] == ["“更正的原因”最多填写 4 个字，现在有 5 个。"]
        assert found["own"] == ["内容不能空着。"]

    def test_a_message_of_the_form_itself_stays(self):
        class Own(BaseForm):
            name = forms.CharField(label="姓名", error_messages={"required": "没有姓名不能叫号。"})

        assert Own({}).errors["name"] == ["没有姓名不能叫号。"]

    def test_code_field_takes_what_people_really_type(self):
        form = IntakeForm(GOOD | {"id_card": " ３３０２８２-1985 0615002x"})
        assert form.is_valid() and form.cleaned_data["id_card"] == "330282198506150" + "02X"


class TestRefusal:
    def test_refusal_stands_at_its_field_and_keeps_the_form(self):
        form = IntakeForm(GOOD)

        def act():
            raise Refusals([Refused("a", "缺身份证。", "materials.id_card"), Refused("b", "不在受理时间。")])

        assert form.is_valid() and form.attempt(act) is False
        assert form.errors["id_card"] == ["缺身份证。"] and form.non_field_errors() == ["不在受理时间。"]
        assert form.status == 422 and form.error_list == [
            {"href": "", "message": "不在受理时间。"},
            {"href": "#id_id_card", "message": "缺身份证。"},
        ]
        assert 'value="王明"' in draw("{{ form }}", form=form)

    def test_wrong_state_is_told_above_the_form(self):
        form = IntakeForm(GOOD)

        def act():
            raise WrongState("已经受理过了。")

        assert form.is_valid() and not form.attempt(act)
        assert form.status == 409 and form.non_field_errors() == ["已经受理过了。"]

    def test_forbidden_is_not_the_forms_business(self):
        form = IntakeForm(GOOD)

        def act():
            raise Forbidden()

        with pytest.raises(Forbidden):
            form.attempt(act)

    def test_result_is_kept(self):
        form = IntakeForm(GOOD)
        assert form.is_valid() and form.attempt(lambda: 7) and form.result == 7 and form.status == 200


class TestErrorSummary:
    def test_nothing_wrong_nothing_drawn(self):
        assert draw('{% include "components/error_summary.html" %}', form=IntakeForm()).strip() == ""

    def test_links_to_each_control_and_takes_focus(self):
        html = draw('{% include "components/error_summary.html" %}', form=IntakeForm({}))
        assert 'href="#id_name"' in html and 'href="#id_kind_0"' in html and "autofocus" in html

    def test_takes_errors_that_come_from_no_form(self):
        html = draw('{% include "components/error_summary.html" %}', errors=[{"href": "", "message": "太大了。"}])
        assert "<li>太大了。</li>" in html

    def test_who_is_too_late_is_not_asked_to_change_anything(self):
        for refusal, heading in ((WrongState("已经办结。"), "这一步没有办成"), (Refused("name.short", "太短。", "name"), "有几处需要改一改")):
            form = IntakeForm(GOOD)
            form.add_refusal(refusal)
            assert heading in draw('{% include "components/error_summary.html" %}', form=form)


class TestClockLight:
    def test_light_date_and_days_left(self):
        html = draw('{% clock_light "yellow" due kind="decision" %}', due=today() + timedelta(3))
        assert "light--yellow" in html and "办理期限" in html and "还有 3 天" in html and "临期" in html

    def test_last_day_and_after(self):
        assert "今天到期" in draw('{% clock_light "red" due %}', due=today())
        assert "已超 2 天" in draw('{% clock_light "overdue" due %}', due=today() - timedelta(2))
        last = draw('{% clock_light "overdue" due %}', due=today() + timedelta(3))  # one item of several is late, the last is not
        assert "有事项已超期" in last and "还有 3 天" in last

    def test_paused_has_no_date(self):
        html = draw('{% clock_light "paused" None %}')
        assert "暂停计时" in html and "<time" not in html

    def test_says_why(self):
        html = draw('{% clock_light "green" due why=why %}', due=date(2026, 12, 4), why=["11月24日是第1个工作日。"])
        assert "为什么是这一天" in html and "<li>11月24日是第1个工作日。</li>" in html

    def test_working_days_when_known(self):
        assert "还有 4 个工作日" in draw('{% clock_light "green" due days_left=4 %}', due=date(2026, 12, 4))


def test_timeline_tells_time_in_beijing():
    entries = [{"at": datetime(2026, 11, 23, 16, 30, tzinfo=UTC), "title": "已受理", "who": "市场局", "state": "now"}]
    html = draw('{% include "components/timeline.html" %}', entries=entries)
    assert "2026年11月24日 00:30" in html and 'aria-current="step"' in html and "市场局" in html


def test_pager_keeps_the_other_parameters():
    html = draw('{% include "components/pager.html" %}', page=Page([], next="n", previous=None))
    assert "page=n" in html and "q=%E8%AE%B8%E5%8F%AF" in html and "上一页" not in html
    assert draw('{% include "components/pager.html" %}', page=Page([])).strip() == ""


def test_masked_value_asks_for_a_reason():
    html = draw('{% include "components/masked.html" with value="33**21" reveal_url="/r/" name="证件号码" %}')
    assert 'name="reason"' in html and "csrfmiddlewaretoken" in html and "查看（留痕）" in html
    assert "<form" not in draw('{% include "components/masked.html" with value="33**21" %}')


def test_other_components_draw():
    assert "aria-current" in draw(
        '{% include "components/tabs.html" %}', tabs=[{"text": "待办", "href": "/", "count": 0, "current": True}]
    )
    assert "还不能开始" in draw(
        '{% include "components/task_list.html" %}', tasks=[{"text": "提交", "href": "", "state": "later"}]
    )
    assert "未填写" in draw('{% include "components/check_answers.html" %}', rows=[{"name": "备注", "text": ""}])
    assert "没有待办" in draw('{% include "components/empty.html" with title="没有待办" %}')
    assert "口径" in draw('{% include "components/stat.html" with number=3 label="超期" formula="…" %}')
    assert 'role="alert"' in draw('{% include "components/notice.html" with kind="error" title="坏了" %}')
    assert "确认撤回" in draw('{% include "components/confirm.html" with question="撤回？" action="确认撤回" %}')
    assert 'type="file"' in draw('{% include "components/file_upload.html" with id="a" name="a" label="附件" %}')


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ '2026-11-23'|date_cn }}", "2026年11月23日"),
        ("{{ '2026-11-23T16:30:00+00:00'|beijing }}", "2026年11月24日 00:30"),
        ("{{ '80'|yuan }}", "80.00 元"),
        ("{{ none|yuan }}", "按标准核定"),
        ("{{ limit|limit_cn }}", "20 个工作日"),
        ("{{ none|limit_cn }}", "未作规定"),
        ("{{ none|date_cn }}", ""),
        ("<p>{{ lines|paragraphs }}</p>", "<p>一</p><p>&lt;二&gt;</p>"),
        ("{{ '330282198506150021'|mask_id }}", "3302**********0021"),
        ("{{ 'required'|word:'necessity' }}", "必要"),
        ("{{ 'paused'|state_text:'member' }}", "特别程序中"),
        ("{{ '43.7'|saved:'少,多' }}", "少 43.7%"),
        ("{{ '0.0'|saved:'少,多' }}{{ none|saved:'快,慢' }}", ""),
    ],
)
def test_filters(source, text):
    assert draw(source, limit={"days": 20, "unit": "working"}, lines="一\n\n<二>") == text


def test_what_is_not_saved_is_not_told_as_saved():
    """A one-thing may promise more days than its items had, or ask for a paper of its own: 快 -66.7% said the opposite of what it meant."""
    told = {"items": 2, "materials_before": 5, "materials_after": 6, "materials_percent": "-20.0", "days_percent": "-66.7"}
    html = draw('{% include "counter/_savings.html" %}', savings=told, days=["3 个工作日", "5 个工作日"], stages=[])
    assert '件，<span class="num">多 20.0%</span>' in html and '，<span class="num">慢 66.7%</span>' in html and "-20" not in html
