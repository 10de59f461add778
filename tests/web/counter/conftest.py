import pytest

from apps.applications.models import Application
from tests import make, people

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63fcffff3f030005fe02fea7"
    "3581e80000000049454e44ae426082"
)


@pytest.fixture
def enter(client, world):
    """enter("cixi-clerk"): this client is signed in as the demo person."""

    def sign_in(username: str = "cixi-clerk"):
        client.force_login(make.user(username))
        return client

    return sign_in


@pytest.fixture
def desk(enter):
    """A client signed in as the clerk of 慈溪."""
    return enter()


def sent(answer, **changes) -> dict:
    """What the browser would send from the form on this page, with these changes (None takes a field out)."""
    form = answer.context["form"]
    data = {name: form[name].value() for name in form.fields}
    if getattr(form, "editable", False):
        data["draft"] = "1"
    data |= changes
    return {name: value for name, value in data.items() if value not in (None, False)}


def opened(client, **changes) -> Application:
    """A case begun at the counter for an applicant whom the house knows, nothing filled in."""
    data = {"do": "open", "code": "food-licence", "applicant__id_number": people.USCC, "once": "k1"}
    data |= {"applicant__name": "慈溪市一味餐饮有限公司", "applicant__mobile": "13805740003"}
    answer = client.post("/counter/new/", data | changes)
    assert answer.status_code == 302, answer.context["form"].errors
    return Application.objects.get(pk=int(answer["Location"].split("/")[2]))


def again(row):
    return type(row).objects.get(pk=row.pk)


def act(client, row, page: str, **changes):
    """Open a page of the case and send its form."""
    opened = client.get(f"/counter/{row.pk}/{page}/")
    assert opened.status_code == 200, opened.text
    return client.post(f"/counter/{row.pk}/{page}/", sent(opened, **changes))


def with_gap(**given) -> Application:
    return make.accepted(gaps=["health_certificate"], **given)
