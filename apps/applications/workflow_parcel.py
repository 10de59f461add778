"""A parcel with results (快递送达, DOMAIN.md 3.3): the courier's statuses may come twice, or later than the next one.

Parcel   requested → waybill → collected → in_transit → out_for_delivery → signed
         on the way → refused → returned;  on the way or refused → returned | lost;  requested → declined;
         requested or waybill → called_off;  lost or called_off → signed, when it came after all
"""

from __future__ import annotations

from datetime import date

from django.db import models
from django_fsm import transition

from apps.kit.fields import StateField


class ParcelLife(models.Model):
    class State(models.TextChoices):
        REQUESTED = "requested", "已约快递，等运单号"
        WAYBILL = "waybill", "等快递员揽收"
        COLLECTED = "collected", "已揽收"
        IN_TRANSIT = "in_transit", "运输中"
        OUT_FOR_DELIVERY = "out_for_delivery", "派送中"
        SIGNED = "signed", "已签收"
        REFUSED = "refused", "拒收，退回途中"
        RETURNED = "returned", "已退回"
        LOST = "lost", "丢失"
        DECLINED = "declined", "快递公司不收"
        CALLED_OFF = "called_off", "已取消"

    S = State
    NOT_FETCHED = [S.REQUESTED, S.WAYBILL]
    ON_THE_WAY = [S.WAYBILL, S.COLLECTED, S.IN_TRANSIT, S.OUT_FOR_DELIVERY]
    OPEN = [S.REQUESTED, *ON_THE_WAY, S.REFUSED]
    GIVEN_UP = [S.LOST, S.CALLED_OFF]

    state = StateField("状态", default=State.REQUESTED, choices=State.choices, protected=True)

    class Meta:
        abstract = True

    @transition(state, source=S.REQUESTED, target=S.WAYBILL)
    def take_waybill(self, *, waybill: str):
        """The courier has accepted the order."""
        self.waybill = waybill

    @transition(state, source=S.REQUESTED, target=S.DECLINED)
    def decline(self, *, reason: str):
        """The courier does not go there, or does not take this: the results lie at the desk as before."""
        self.problem = reason

    @transition(state, source=NOT_FETCHED, target=S.CALLED_OFF)
    def call_off(self, *, reason: str):
        """The courier need not come: nothing in it is to be delivered any more, or the desk gives it otherwise."""
        self.problem = reason

    @transition(state, source=S.WAYBILL, target=S.COLLECTED)
    def collect(self):
        """The courier has it in hand; posting is not service."""

    @transition(state, source=[S.WAYBILL, S.COLLECTED], target=S.IN_TRANSIT)
    def carry(self):
        pass

    @transition(state, source=[S.WAYBILL, S.COLLECTED, S.IN_TRANSIT], target=S.OUT_FOR_DELIVERY)
    def bring(self):
        pass

    @transition(state, source=[*ON_THE_WAY, S.REFUSED], target=S.SIGNED)
    def sign(self, *, on: date):
        """The date of the signature is the date of service (CPL 87, 91 by analogy)."""
        self.signed_on = on

    @transition(state, source=GIVEN_UP, target=S.SIGNED)
    def turn_up(self, *, on: date):
        """It came after all. What is returned or declined does not: a sender's signature for what comes back is none of the addressee's."""
        self.signed_on = on

    @transition(state, source=ON_THE_WAY, target=S.REFUSED)
    def refuse(self, *, reason: str):
        """Not taken at the door: it is on its way back, and nothing is served."""
        self.problem = reason

    @transition(state, source=[*ON_THE_WAY, S.REFUSED], target=S.RETURNED)
    def come_back(self, *, reason: str):
        """It lies at the issue desk again."""
        self.problem = reason or self.problem

    @transition(state, source=[*ON_THE_WAY, S.REFUSED], target=S.LOST)
    def lose(self, *, reason: str):
        """The papers have to be made again."""
        self.problem = reason
