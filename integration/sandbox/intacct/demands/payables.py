"""AP bills (create APBILL) and AP payments (create APPYMT).

Lengths: docs/reference/intacct/07-limits-setup-formats-rest.md, section 7.3; where that page doubts, the shorter one.
"""

from __future__ import annotations

from integration.sandbox.intacct.demands.table import record

APBILL = record(
    "APBILL",
    "05-writes 5.1",
    """
    VENDORID: required; length 20; must exist and be visible in the entity as vendor_invalid
        must be active as vendor_inactive
        must be allowed in the entity as vendor_entity
        must not be on hold as vendor_on_hold [05-writes 5.1, 06-errors 6.5]
    WHENCREATED: required; date
    WHENDUE: required; date
    WHENPOSTED: date; may differ from WHENCREATED only where that is set up as posting_date (unknown)
        must lie in an open period of payables as closed_payables
        must lie in an open period of the ledger as closed_period [05-writes 5.1, 06-errors 6.6]
    RECORDID: length 30; required where bills are not numbered by Intacct as bill_number
        one bill of a vendor and number as bill_exists (unknown) [05-writes 5.1, 06-errors 6.4]
    DOCNUMBER: length 20
    DESCRIPTION: length 80
    TERMNAME: length 40; must exist as term_invalid
    RECPAYMENTDATE: date
    PRBATCH: length 80; required where users name the summary as summary_missing
    PAYMENTPRIORITY: one of urgent|high|normal|low
    ONHOLD: one of true|false
    SUPDOCID: length 20; must exist as attachment_missing
    CURRENCY: length 3; required where the company has several currencies as missing
        must be enabled as currency_invalid [05-writes 5.1, 04-objects 4.4]
    BASECURR: length 3; required where the company has several currencies as missing
        must be the entity's as base_currency [05-writes 5.1, 04-objects 4.4]
    EXCH_RATE_DATE: date
    EXCH_RATE_TYPE_ID: length 100; not with EXCHANGE_RATE; must exist as rate_type
        there must be a rate of the day as rate_unknown (unknown)
    EXCHANGE_RATE: number
    INCLUSIVETAX: one of true|false; only where the entity has a tax solution as tax_no_solution
    TAXSOLUTIONID: length 100; at the top level only as tax_solution_in_entity (unknown)
        required at the top level where taxes are stated as tax_solution_missing
        must be the entity's as tax_solution [05-writes 5.1, 02-sessions 2.2]
    ACTION: one of Submit|Draft
    BILLTOPAYTOCONTACTNAME: is not carried out here as sandbox_cannot
    SHIPTORETURNTOCONTACTNAME: is not carried out here as sandbox_cannot
    APBILLITEMS: holds; at least one line as one_line
    : the total must be above zero as bill_total (unknown)
    : a payables account must be set up as payables_account (unknown)
    : no element that the page does not list as element_unknown
    : needs the permission to create APBILL as permission [06-errors 6.6]
    """,
)

APBILLITEM = record(
    "APBILLITEM",
    "05-writes 5.1",
    """
    ACCOUNTNO: length 24; required where bills do not use labels as missing
        must exist and be usable in the entity as account_invalid
        must be active as account_inactive
        must not be a control account as account_control_bill (unknown)
        must not belong to a bank or card as account_of_bank [05-writes 5.1, 06-errors 6.5]
    ACCOUNTLABEL: length 80; only where bills use labels as label_unused
        required where bills use labels as label_needed
        must exist and be active as label_invalid
    TRX_AMOUNT: required where INCLUSIVETAX is not true as missing; number; decimals 2
    TOTALTRXAMOUNT: required where INCLUSIVETAX is true as missing
        number
        decimals 2
        must be what amount and taxes make as gross_differs (unknown)
    ENTRYDESCRIPTION: length 500
    LOCATIONID: length 20; required in a company of several entities as location_missing
        must lie in the entity as location_other_entity
    DEPARTMENTID: length 20; must exist as dimension_invalid; must be active as dimension_inactive
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
    ALLOCATION: is not carried out here as sandbox_cannot
    OFFSETGLACCOUNTNO: is not carried out here as sandbox_cannot
    FORM1099: one of true|false
    FORM1099TYPE: is not carried out here as sandbox_cannot
    FORM1099BOX: is not carried out here as sandbox_cannot
    PARTIALEXEMPT: one of true|false
        only in a partially exempt entity of the United Kingdom as partial_exempt
        only on a line with tax as partial_untaxed (unknown)
        not with reverse charge as partial_reverse (unknown)
    TAXENTRIES: holds; only where the entity has a tax solution as tax_no_solution
        several on a line only for the United Kingdom and Australia as tax_entries_one
        no detail twice as tax_twice (unknown)
        reverse charge is a pair of equal and opposite rate as reverse_pair (unknown)
        the two of a reverse charge add up to zero as reverse_sum (unknown)
    """,
)

BILL_TAXENTRY = record(
    "TAXENTRY of APBILLITEM",
    "05-writes 5.1",
    """
    DETAILID: required; length 100; must exist, be active, of the solution and for purchases as tax_detail
    TRX_TAX: number; decimals 2; must be possible for the rate as tax_amount (unknown)
    """,
)

APBILL_UPDATE = record(
    "update APBILL",
    "05-writes 5.1",
    """
    RECORDNO: required
    SUPDOCID: length 20; must exist as attachment_missing
    DESCRIPTION: length 80
    DOCNUMBER: length 20
    WHENDUE: date
    ONHOLD: one of true|false
    PAYMENTPRIORITY: one of urgent|high|normal|low
    APBILLITEMS: holds; is not carried out here as sandbox_cannot
    : the bill must exist as transaction_gone
    : the bill must not be paid as state_invalid [06-errors 6.6]
    """,
)

REVERSE_BILL = record(
    "reverse_bill",
    "api-v3.0-2025.xsd",
    """
    @key: required as schema; must be a bill of the entity as transaction_gone
    datereversed: required as schema
        must not lie before the posting date as reversal_date (unknown)
        must lie in an open period as closed_period
    description:
    : the bill must be posted and unpaid as state_invalid [06-errors 6.6]
    """,
    ordered=True,
)

APPYMT = record(
    "APPYMT",
    "05-writes 5.2",
    """
    FINANCIALENTITY: required; length 20; must exist as bank_invalid
        must be active as bank_inactive
        must belong to the entity as bank_entity
        must be in the payment's currency as bank_currency
    PAYMENTMETHOD: required as payment_method
        one of Printed Check|Joint Check|Cash|EFT|Credit Card|ACH|Check Delivery|WF Check|WF Domestic ACH|WF USD Wire
    VENDORID: required; length 20; must exist and be visible in the entity as vendor_invalid
        must be active as vendor_inactive
        must not be on hold as vendor_on_hold
    PAYMENTDATE: required; date; must not lie before the bill's posting date as payment_date (unknown)
        must lie in an open period of cash as closed_cash
        must lie in an open period of payables as closed_payables [05-writes 5.2, 06-errors 6.6]
    CURRENCY: required; length 3
    BASECURR: length 3; required where the company has several currencies as missing
        must be the entity's as base_currency
    EXCH_RATE_DATE: date
    EXCH_RATE_TYPE_ID: length 100; not with EXCHANGE_RATE; must exist as rate_type
        there must be a rate of the day as rate_unknown (unknown)
    EXCHANGE_RATE: number
    AMOUNTTOPAY: is not carried out here as sandbox_cannot
    DOCNUMBER: length 20
    DESCRIPTION: length 500
    PAYMENTREQUESTMETHOD: one of vendorpref|bill|vendor|payto
    GROUPPAYMENTS: is not carried out here as sandbox_cannot
    PAYMENTCONTACT: is not carried out here as sandbox_cannot
    ACTION: one of Submit|Draft
    APPYMTDETAILS: holds; at least one detail as one_detail
    : another rate than the bill's needs an account for gain and loss as gain_loss_account [posting-examples 1.5 Ex 4]
    : no element that the page does not list as element_unknown
    : needs the permission to create APPYMT as permission [06-errors 6.6]
    """,
)

APPYMTDETAIL = record(
    "APPYMTDETAIL",
    "05-writes 5.2",
    """
    RECORDKEY: required; must be a bill of the entity as transaction_gone
        must be posted as bill_not_posted
        must be of the vendor as bill_of_vendor
        must not be on hold as bill_on_hold (unknown)
        must be in the payment's currency as bill_currency
    TRX_PAYMENTAMOUNT: required; number; decimals 2; absolute; must be above zero as payment_zero (unknown)
        must not exceed what is due as overpaid [05-writes 5.2, 06-errors 6.6]
    ENTRYKEY: is not carried out here as sandbox_cannot
    DISCOUNTDATE: is not carried out here as sandbox_cannot
    DISCOUNTTOAPPLY: is not carried out here as sandbox_cannot
    CREDITTOAPPLY: is not carried out here as sandbox_cannot
    POSADJKEY: is not carried out here as sandbox_cannot
    ADJUSTMENTKEY: is not carried out here as sandbox_cannot
    ADVANCEKEY: is not carried out here as sandbox_cannot
    INLINEKEY: is not carried out here as sandbox_cannot
    """,
)
