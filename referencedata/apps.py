from django.apps import AppConfig


class ReferenceDataConfig(AppConfig):
    name = "referencedata"
    verbose_name = "Sage Intacct data"
