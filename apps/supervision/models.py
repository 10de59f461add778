"""Kept counters. Only the rollup writes them, from the journal's events; nothing counts on view."""

from __future__ import annotations

from django.db import models


class Progress(models.Model):
    """How far the rollup has read: every event of a transaction below `horizon` is counted."""

    horizon = models.BigIntegerField(default=0)
    after_event = models.BigIntegerField(default=0)
    at = models.DateTimeField(null=True)

    def __str__(self):
        return f"counted below {self.horizon}"


class DayCount(models.Model):
    """How often something happened on a Beijing day, at a node, for a department ("" = the node's whole)."""

    node = models.CharField(max_length=20)
    department = models.CharField(max_length=64, blank=True)
    day = models.DateField()
    name = models.CharField(max_length=30)
    value = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "node", "department", "name"], name="daycount_once")]

    def __str__(self):
        return f"{self.day} {self.node}/{self.department} {self.name}={self.value}"


class Gauge(models.Model):
    """How many there are now, at a node, for a department ("" = the node's whole)."""

    node = models.CharField(max_length=20)
    department = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=30)
    value = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["node", "department", "name"], name="gauge_once")]

    def __str__(self):
        return f"{self.node}/{self.department} {self.name}={self.value}"


class OpenMember(models.Model):
    """What the rollup knows of each undecided member, so that a light or an end moves the right gauge."""

    member_id = models.BigIntegerField(primary_key=True)
    node = models.CharField(max_length=20)
    department = models.CharField(max_length=64)
    light = models.CharField(max_length=10, default="green")

    def __str__(self):
        return f"member {self.member_id} {self.light}"


class FinishedDays(models.Model):
    """How many cases of an item or one-thing, decided in a year, took so many working days (usual.py says which count)."""

    code = models.CharField(max_length=64)
    year = models.PositiveSmallIntegerField()
    days = models.PositiveSmallIntegerField()
    value = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "year", "days"], name="finisheddays_once")]

    def __str__(self):
        return f"{self.code} {self.year}: {self.value} in {self.days} days"
