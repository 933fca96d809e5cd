"""A journal entry (create GLBATCH).

Lengths: docs/reference/intacct/07-limits-setup-formats-rest.md, section 7.3; where that page doubts, the shorter one.
"""

from __future__ import annotations

from integration.sandbox.intacct.demands.table import record

GLBATCH = record(
    "GLBATCH",
    "05-writes 5.3",
    """
    JOURNAL: required; length 4; must exist as journal_invalid; must be active as journal_inactive
    BATCH_DATE: required; date; must lie in an open period as closed_period [05-writes 5.3, 06-errors 6.6]
    BATCH_TITLE: required; length 80
    REVERSEDATE: date; is not carried out here as sandbox_cannot
    HISTORY_COMMENT: length 1000
    REFERENCENO: length 20
    BASELOCATION_NO: length 20; is not carried out here as sandbox_cannot
    SUPDOCID: length 20; must exist as attachment_missing
    STATE: one of Posted|Draft
    TRANSACTIONSOURCE: is not carried out here as sandbox_cannot
    TAXIMPLICATIONS: one of None|Inbound|Outbound; only where the entity has a tax solution as tax_no_solution
    VATVENDORID: length 20; required where TAXIMPLICATIONS is Inbound, and must be active as tax_vendor
    VATCUSTOMERID: length 20; required where TAXIMPLICATIONS is Outbound, and must be active as tax_customer
    VATCONTACTID: length 200
    TAXSOLUTIONID: length 100; must be the entity's as tax_solution
        required at the top level where taxes are stated as tax_solution_missing
    ENTRIES: holds; at least two lines as two_lines
    : debits and credits must be equal in each transaction currency, taxes included as unbalanced
    : debits and credits must be equal in base currency as unbalanced_base
    : its lines must lie in one entity as several_entities (unknown) [02-sessions 2.2]
    : needs the permission to create GLBATCH as permission [06-errors 6.6]
    : no element twice as element_twice [01-protocol 1.4]
    : no element that the page does not list as element_unknown
    """,
)

GLENTRY = record(
    "GLENTRY",
    "05-writes 5.3",
    """
    ACCOUNTNO: required; length 24; must exist and be usable in the entity as account_invalid
        must be active as account_inactive
        must not be a control account as account_control (unknown)
    TR_TYPE: required; one of 1|-1
    TRX_AMOUNT: required; number; decimals 2; absolute
    CURRENCY: length 3
        required where the company has several currencies, in base currency too as currency_missing
        must be enabled as currency_invalid [05-writes 5.3, 06-errors 6.5]
    EXCH_RATE_DATE: date
    EXCH_RATE_TYPE_ID: length 100; not with EXCHANGE_RATE; must exist as rate_type
        it or EXCHANGE_RATE is required where the company has several currencies as rate_missing
        there must be a rate of the day as rate_unknown (unknown)
    EXCHANGE_RATE: number; decimals 4
    DEPARTMENT: length 20; must be active as dimension_inactive; must exist as dimension_invalid
    LOCATION: length 20; required in a company of several entities as location_missing
        must lie in the entity as location_other_entity
    PROJECTID: length 30; required where the account says so as account_requires [04-objects 4.3, 06-errors 6.5]
    TASKID: length 20
    COSTTYPEID: length 30
    CUSTOMERID: length 20
    VENDORID: length 20
    EMPLOYEEID: length 20
    ITEMID: length 30
    CLASSID: length 30
    CONTRACTID: length 100
    WAREHOUSEID: length 40
    BILLABLE: is not carried out here as sandbox_cannot
    DOCUMENT: length 30
    DESCRIPTION: length 80
    ALLOCATION: is not carried out here as sandbox_cannot
    SPLIT: holds; is not carried out here as sandbox_cannot
    TAXENTRIES: holds; at most one on a line as tax_entries; only where TAXIMPLICATIONS is set as tax_implications
    """,
)

TAXENTRY = record(
    "TAXENTRY of GLENTRY",
    "05-writes 5.3",
    """
    DETAILID: required; length 100; must exist, be active, of the solution and of the way the entry goes as tax_detail
    TRX_TAX: required; number; decimals 2; absolute
    """,
)
