"""Our copy of the dimensions and of their values."""

from __future__ import annotations

from django.db import models

from referencedata.models.mirror import Mirror, by_code, unique_key


class Dimension(Mirror):
    """A dimension this company has (getDimensions), standard or its own. Inactive: not enabled in the general ledger.

    journal_element, bill_element: how the two kinds of lines spell it; "" where a line cannot carry it.
    """

    CODE, NAME = "object_name", "label"

    object_name = models.CharField("dimension", max_length=60)
    label = models.CharField("called", max_length=255, blank=True)
    user_defined = models.BooleanField(default=False)
    journal_element = models.CharField(max_length=80, blank=True, editable=False)
    bill_element = models.CharField(max_length=80, blank=True, editable=False)

    class Meta:
        ordering = ("object_name",)
        constraints = [unique_key("dimension")]
        indexes = [by_code("dimension", "object_name")]


class Department(Mirror):
    code = models.CharField("department", max_length=60)
    name = models.CharField(max_length=255, blank=True)
    parent = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ("code",)
        constraints = [unique_key("department")]
        indexes = [by_code("department")]


class DimensionClass(Mirror):
    code = models.CharField("class", max_length=60)
    name = models.CharField(max_length=255, blank=True)
    parent = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = "class"
        verbose_name_plural = "classes"
        ordering = ("code",)
        constraints = [unique_key("class")]
        indexes = [by_code("class")]


class Project(Mirror):
    code = models.CharField("project", max_length=60)
    name = models.CharField(max_length=255, blank=True)
    parent = models.CharField(max_length=60, blank=True)
    project_status = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ("code",)
        constraints = [unique_key("project")]
        indexes = [by_code("project")]


class Location(Mirror):
    """A location, or an entity seen as one.

    entity_code: the entity it lies in, found by going up its parents; "" for none. Written at the end of a sync, because
    it follows from other rows, not from this one.
    """

    code = models.CharField("location", max_length=60)
    name = models.CharField(max_length=255, blank=True)
    parent = models.CharField(max_length=60, blank=True)
    entity_code = models.CharField("entity", max_length=60, blank=True)

    class Meta:
        ordering = ("code",)
        constraints = [unique_key("location")]
        indexes = [by_code("location")]


class Employee(Mirror):
    code = models.CharField("employee", max_length=60)
    name = models.CharField(max_length=255, blank=True)
    location = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ("code",)
        constraints = [unique_key("employee")]
        indexes = [by_code("employee")]


class UserDefinedValue(Mirror):
    """A value of a dimension the customer defined. intacct_key: its integer id, which is what a line carries.

    Pleo's tag code is its name: the customer's people know no other.
    """

    CODE = NAME = "name"
    SCOPE = ("dimension",)

    dimension = models.CharField(max_length=60)
    name = models.CharField(max_length=255)

    class Meta:
        verbose_name = "value of an own dimension"
        verbose_name_plural = "values of own dimensions"
        ordering = ("dimension", "name")
        constraints = [unique_key("user_defined_value", "dimension")]
        indexes = [by_code("user_defined_value", "name", "dimension")]
