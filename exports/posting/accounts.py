"""Which accounts a line may stand on."""

from __future__ import annotations

from dataclasses import dataclass

from exports.posting.context import Account, PostingContext
from exports.posting.findings import Findings
from exports.posting.kinds import Place
from integration.pleo.items import ItemLine

_MENU = "General Ledger › Accounts"


def expense_account(line: ItemLine, place: str, offset: Account | None, context: PostingContext, findings: Findings) -> Account | None:
    """Return the account the line names, or None with the problem noted."""
    number = line.account_code

    def refuse(code: str, sentence: str) -> None:
        findings.problem(code, sentence, place=place, kind="account", value=number)

    if not number:
        refuse("account_missing", "No account is given. Choose a category that has an account for this expense in Pleo.")
        return None
    account = context.accounts.get(number)
    choose = "Choose another account for this expense in Pleo"
    if account is None:
        named = f"{number} '{line.account_name}'" if line.account_name else number
        refuse("account_unknown", f"Account {named} does not exist in Sage Intacct. {choose}, or create it there ({_MENU}) and sync.")
        return None
    named = _named(account)
    if not account.active:
        sentence = f"Account {named} is not active in {context.entity}. {choose}, or activate it in Sage Intacct ({_MENU})."
        refuse("account_inactive", sentence)
    elif not _usable_in(context.entity, account.entity):
        refuse("account_other_entity", f"Account {named} belongs to {account.entity} and cannot be used in {context.entity}. {choose}.")
    elif number in context.card.balance_accounts.values():
        refuse("account_is_balance_account", f"Account {named} is the Pleo balance account; an expense cannot stand on it. {choose}.")
    elif offset and number == offset.number:
        refuse("account_is_offset_account", f"Account {named} is what this expense is paid from; it cannot be its account too. {choose}.")
    elif account.control:
        refuse("account_is_control", f"Account {named} is a control account, which Sage Intacct keeps for its subledger. {choose}.")
    elif account.bank:
        refuse("account_belongs_to_bank", f"Account {named} belongs to the bank account {account.bank}. {choose}.")
    else:
        return account
    return None


def configured_account(number: str, setting: str, where: str, context: PostingContext, findings: Findings) -> Account | None:
    """Return the account an entity configuration names, or None with the problem noted.

    setting, where: as the operator reads them, e.g. "Pleo balance account for EUR", "Card expenses". An account that
    belongs to a bank is allowed here: the Pleo balance may be the account of a checking account
    (docs/reference/posting-examples.md, section 1.1).
    """
    path = f"Entity configurations › {context.entity} › {where} › {setting}"
    account = context.accounts.get(number)
    if account is None:
        fault = "does not exist in Sage Intacct"
    elif not account.active:
        fault = f"is not active in {context.entity}"
    elif not _usable_in(context.entity, account.entity):
        fault = f"belongs to {account.entity} and cannot be used in {context.entity}"
    elif account.control:
        fault = "is a control account, which Sage Intacct keeps for its subledger"
    else:
        return account
    named = _named(account) if account else number
    sentence = f"{setting}: account {named} {fault}. Choose another one here ({path})."
    findings.problem("configured_account_unusable", sentence, kind="account", value=number)
    return None


def placed(place: Place, currency: str, context: PostingContext, findings: Findings) -> Account | None:
    """Return the account a configuration names for `place`, or None with the problem noted.

    Where there is no account for what employees owe, it is the one for what they are owed.
    """
    if place == "balance":
        return _configured(_balance(currency, context), context, findings)
    if place == "owed_by" and not context.reimbursements.employee_receivable_account:
        place = "owed_to"
    rules = context.reimbursements
    settings = {
        "owed_to": _Setting(rules.out_of_pocket_account, "out_of_pocket_account", "Out-of-pocket account", "Reimbursements"),
        "owed_by": _Setting(rules.employee_receivable_account, "employee_receivable_account", "Owed by employees", "Reimbursements"),
        "external": _Setting(
            rules.external_reimbursement_account, "external_reimbursement_account", "Reimbursed outside Pleo", "Reimbursements"
        ),
        "transfer": _Setting(context.wallet_transfer_account, "wallet_transfer_account", "Wallet transfers", "Wallet"),
    }
    return _configured(settings[place], context, findings)


@dataclass(frozen=True, slots=True)
class _Setting:
    """An account of the configuration. code: of the problem where it is missing. name, where: as the operator reads them."""

    number: str
    code: str
    name: str
    where: str
    currency: str = ""


def _balance(currency: str, context: PostingContext) -> _Setting:
    number = context.card.balance_accounts.get(currency, "")
    return _Setting(number, "balance_account", f"Pleo balance account for {currency}", "Card expenses", currency)


def _configured(setting: _Setting, context: PostingContext, findings: Findings) -> Account | None:
    if setting.number:
        return configured_account(setting.number, setting.name, setting.where, context, findings)
    name = setting.name if setting.currency else f"account '{setting.name}'"
    findings.problem(
        f"{setting.code}_missing",
        f"There is no {name} in {context.entity}. Choose one here (Entity configurations › {context.entity} › {setting.where} › "
        f"{setting.name}).",
        kind="currency" if setting.currency else "setting", value=setting.currency or setting.code,
    )  # fmt: skip
    return None


def _named(account: Account) -> str:
    return f"{account.number} '{account.title}'" if account.title else account.number


def _usable_in(entity: str, owner: str) -> bool:
    return owner in ("", entity)
