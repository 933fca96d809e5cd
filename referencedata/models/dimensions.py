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


class Task(Mirror):
    """A task of a project. Its code is unique within the project only."""

    code = models.CharField("task", max_length=60)
    name = models.CharField(max_length=255, blank=True)
    project = models.CharField(max_length=60, blank=True)
    task_status = models.CharField("progress", max_length=100, blank=True)

    class Meta:
        ordering = ("project", "code")
        constraints = [unique_key("task")]
        indexes = [by_code("task")]


class CostType(Mirror):
    """A cost type of a task. Its code is unique within project and task only."""

    code = models.CharField("cost type", max_length=60)
    name = models.CharField(max_length=255, blank=True)
    project = models.CharField(max_length=60, blank=True)
    task = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ("project", "task", "code")
        constraints = [unique_key("cost_type")]
        indexes = [by_code("cost_type")]


class Customer(Mirror):
    code = models.CharField("customer", max_length=60)
    name = models.CharField(max_length=255, blank=True)
    parent = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ("code",)
        constraints = [unique_key("customer")]
        indexes = [by_code("customer")]


class Item(Mirror):
    code = models.CharField("item", max_length=60)
    name = models.CharField(max_length=255, blank=True)
    item_type = models.CharField("type", max_length=100, blank=True)

    class Meta:
        ordering = ("code",)
        constraints = [unique_key("item")]
        indexes = [by_code("item")]


class Warehouse(Mirror):
    code = models.CharField("warehouse", max_length=60)
    name = models.CharField(max_length=255, blank=True)
    location = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ("code",)
        constraints = [unique_key("warehouse")]
        indexes = [by_code("warehouse")]


class Contract(Mirror):
    code = models.CharField("contract", max_length=100)
    name = models.CharField(max_length=255, blank=True)
    customer = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ("code",)
        constraints = [unique_key("contract")]
        indexes = [by_code("contract")]


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
