"""The envelope of a request, signing in, and the functions that read."""

from __future__ import annotations

from integration.sandbox.intacct.demands.table import record

HTTP = record(
    "HTTP",
    "01-protocol 1.1",
    """
    method: is POST as method
    content.type: is application/xml as content_type
    body: is well-formed XML as schema
    body: without DOCTYPE as schema (unknown)
    """,
)

CONTROL = record(
    "control",
    "01-protocol 1.2",
    """
    senderid: required as schema; must be known as sender
    password: required as schema; must be the sender's as sender
    controlid: required as schema; 1 to 256 characters as schema
    uniqueid: true or false as schema
    dtdversion: required as schema; is 3.0 as schema
    policyid: must be a policy of the company as policy
    includewhitespace: true or false as schema
    : its elements come in this order as schema
    """,
    ordered=True,
)

LOGIN = record(
    "login",
    "01-protocol 1.2, 06-errors 6.1",
    """
    userid: required as schema; must exist as sign_in
    companyid: required as schema; must exist as sign_in
    password: required as schema; must be the user's as sign_in
    locationid: must be an active entity the user may enter as sign_in [02-sessions 2.2]
    : the sender must be authorised in the company as sender_not_authorised
    : its elements come in this order as schema
    """,
    ordered=True,
)

OPERATION = record(
    "operation",
    "01-protocol 1.2",
    """
    @transaction: true or false as schema
    authentication: exactly one of login and sessionid as schema
    sessionid: must be alive as session [02-sessions 2.1]
    content: at least one function as schema
    """,
    ordered=True,
)

FUNCTION = record(
    "function",
    "01-protocol 1.2",
    """
    @controlid: required as schema
        at most 256 characters as schema
        not executed before where uniqueid is true as duplicate_control_id [02-sessions 2.3]
    : holds exactly one element as schema
    : is a function that exists as schema
    """,
)

SESSION = record(
    "getAPISession",
    "02-sessions 2.1",
    """
    locationid: must be an active entity the user may enter as sign_in
    : must be alone in its request as session_not_alone
    """,
)

CREATE = record(
    "create",
    "01-protocol 1.3",
    """
    : at most 100 records as too_many
    : an object that can be created as not_creatable
    """,
)

QUERY = record(
    "query",
    "03-reads 3.1",
    """
    object: required as query_form
        must exist as object_unknown
        needs the permission to read it as permission [06-errors 6.6]
    select: required as query_form; fields must exist as fields_unknown; at least one field as query_form
    filter: exactly one operator as query_form
        and/or with at least two conditions as query_form
        a known operator as query_form
        one to a thousand values of in as query_form
        labels of enumerations as query_form
        values of the field's type as query_form
    orderby: field, then ascending or descending as query_form
    options: caseinsensitive, showprivate and returnformat only as query_form
    pagesize: 1 to 2000 as query_form
    offset: not below zero as query_form
    """,
)

READ_BY_QUERY = record(
    "readByQuery",
    "03-reads 3.2",
    """
    object: required as query_form; must exist as object_unknown
    fields: required as query_form; must exist as fields_unknown
    query: required as query_form; a condition that can be read as query_form; codes of enumerations as query_form
    pagesize: 1 to 1000 as query_form
    """,
)

READ = record(
    "read",
    "03-reads 3.2",
    """
    object: required as query_form; must exist as object_unknown
    keys: required as query_form; at most 100 as query_form
    fields: required as query_form; must exist as fields_unknown
    """,
)

READ_MORE = record("readMore", "03-reads 3.2", "resultId: required as query_form; must be an open result as query_form")
LOOKUP = record("lookup", "03-reads 3.3", "object: must exist as object_unknown")
PREFERENCES = record("get_companyprefs", "03-reads 3.5", "@application: required as schema; must be known as application_unknown")
FORMATTING = record("readUserFormatting", "api-v3.0-2025.xsd", "userId: required as schema; must exist as login_unknown")
PERMISSIONS = record("getUserPermissions", "03-reads 3.5", "userId: required as schema; must exist as login_unknown")

CREATE_BILL = record(
    "create_bill",
    "api-v3.0-2025.xsd",
    """
    vendorid: required as schema
    datecreated: required as schema; year, month and day as elements as schema
    datedue: datedue or termname as schema
    billitems: at least one lineitem as schema
    lineitem: exactly one of accountlabel and glaccountno as schema
        amount is required as schema
        its elements come in this order as schema
    taxentries: one or two as schema
    : its elements come in this order as schema
    """,
    ordered=True,
)
