"""Forms whose secrets go in and never come out, and whose codes are checked against our copy."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse

from config.admin_base.classes import CodeInput, password_widget, text_widget
from integration.admin.codes import FIELDS, names
from integration.connecting.configuration_file.rows import values_of
from integration.models import Connection, EntityConfiguration, IntacctCredentials
from referencedata.codes import findings, findings_for, has_copy, held_codes

KEPT = "Empty: the stored one is kept."
ENTER = "It is stored encrypted and never shown again."


class ConnectionForm(forms.ModelForm):
    """A connection with its credentials, which are written but never read."""

    user_id = forms.CharField(label="Web Services user", max_length=100, required=False, widget=text_widget(autocomplete="off"))
    user_password = forms.CharField(label="Password of the Web Services user", required=False, strip=False, widget=password_widget())
    sender_id = forms.CharField(
        label="Sender ID",
        max_length=100,
        required=False,
        widget=text_widget(autocomplete="off"),
        help_text="Empty: the installation's own sender.",
    )
    sender_password = forms.CharField(label="Sender password", required=False, strip=False, widget=password_widget())

    class Meta:
        model = Connection
        fields = ()  # the admin names them

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = (
            IntacctCredentials.objects.filter(connection=self.instance.pk).values("user_id", "sender_id").first()
            if self.instance.pk
            else None
        )
        self.stored = stored
        if stored:
            self.initial = {**self.initial, **stored}
        for name in ("user_password", "sender_password"):
            self.fields[name].help_text = KEPT if stored else ENTER

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("user_id") and not data.get("user_password") and not self.stored:
            self.add_error("user_password", "A new user needs a password.")
        if data.get("user_password") and not data.get("user_id"):
            self.add_error("user_id", "Whose password is it?")
        if self.stored and not data.get("user_id"):
            self.add_error("user_id", "The connection has a user already. Enter another one, or leave it as it was.")
        if self.stored and data.get("user_id") and data["user_id"] != self.stored["user_id"] and not data.get("user_password"):
            self.add_error("user_password", "Another user has another password.")
        if data.get("sender_id") and not data.get("sender_password") and (not self.stored or data["sender_id"] != self.stored["sender_id"]):
            self.add_error("sender_password", "A new sender needs a password.")
        return data

    def save_credentials(self, connection: Connection) -> bool:
        """Store what was entered; True if anything was."""
        entered = {name: self.cleaned_data[name] for name in ("user_password", "sender_password") if self.cleaned_data.get(name)}
        entered |= {name: self.cleaned_data[name] for name in ("user_id", "sender_id") if name in self.changed_data}
        if not entered:
            return False
        if entered.get("sender_id") == "":
            entered["sender_password"] = ""
        IntacctCredentials.objects.update_or_create(connection=connection, defaults=entered)
        return True


class CodesForm(forms.ModelForm):
    """A form that gives each code a list to choose from. `configuration` is set by the admin, on the class made for one request."""

    configuration: EntityConfiguration | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.owner()
        connection = owner.connection_id if owner and owner.pk else None
        copied = bool(connection and owner and has_copy(owner.connection))
        for name, field in self.fields.items():
            if name in FIELDS:
                widget = CodeInput(FIELDS[name], address=reverse("admin:integration_codes"), connection=connection)
                widget.names = names(connection, FIELDS[name], [str(self.initial.get(name) or "")])
                widget.has_copy = copied or connection is None
                field.widget = widget

    def owner(self) -> EntityConfiguration | None:
        return self.configuration


class ConfigurationForm(CodesForm):
    """How one Pleo company posts into one entity, with the key to that company."""

    pleo_api_key = forms.CharField(label="Pleo API key", required=False, widget=password_widget())

    class Meta:
        model = EntityConfiguration
        fields = ()  # the admin names them

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_key = bool(self.instance.pk) and hasattr(self.instance, "pleo_credentials")
        if "pleo_api_key" in self.fields:
            self.fields["pleo_api_key"].help_text = KEPT if self.has_key else f"From Pleo (Settings › API Keys). {ENTER}"
        if self.instance.pk:
            for finding in findings_for(self.instance):
                if finding.field in self.fields and isinstance(self.fields[finding.field].widget, CodeInput):
                    widget: Any = self.fields[finding.field].widget
                    widget.findings = (*widget.findings, finding.sentence)

    def owner(self) -> EntityConfiguration | None:
        return self.instance

    def clean(self) -> dict[str, Any]:
        """A map that was emptied is an empty map; what is no map is refused. Codes in it lose the blanks around them."""
        cleaned = super().clean() or {}
        for name in (name for name, field in self.fields.items() if isinstance(field, forms.JSONField) and name in cleaned):
            cleaned[name] = _trimmed(cleaned[name] or {})
            if not isinstance(cleaned[name], dict):
                self.add_error(name, 'Write it as pairs in braces, like {"6100": "Travel"}.')
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            self._check_codes()

    def _check_codes(self) -> None:
        """Refuse a code that was changed in this form and cannot be used. One that became unusable meanwhile is only marked."""
        connection = self.instance.connection
        if not has_copy(connection):
            return
        saved = bool(self.instance.pk)
        values = values_of(self.instance) if saved else values_of(self.instance, wallets=(), dimensions=())
        for finding in findings(values, held_codes(connection, [values])):
            if finding.field in self.changed_data and finding.field in self.fields:
                self.add_error(finding.field, finding.sentence)


def _trimmed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name.strip(): _trimmed(each) for name, each in value.items()}
    return value.strip() if isinstance(value, str) else value
