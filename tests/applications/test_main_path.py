from apps.applications.models import Application
from tests import make


def test_from_counter_to_hand_over(world):
    member = make.collected()
    row = Application.objects.get(pk=member.application_id)
    assert row.state == "done"
    assert member.state == "collected"
    make.deliver_all()


def test_again(world):
    make.accepted(gaps=["floor_plan"])
