"""Attachments and their folders: legacy functions, whose elements come in this order."""

from __future__ import annotations

from integration.sandbox.intacct.demands.table import record

CREATE_SUPDOC = record(
    "create_supdoc",
    "05-writes 5.5, api-v3.0-2025.xsd",
    """
    supdocid: required as schema; length 20; must not exist yet as supdoc_exists [05-writes 5.5, 02-sessions 2.3]
    supdocname: required; length 200
    supdocfoldername: required; length 100; must exist as folder_missing
    supdocdescription: length 1000
    attachments: holds; must not be empty as schema
    : its elements come in this order as schema
    : no element that the schema does not list as schema
    """,
    ordered=True,
)

UPDATE_SUPDOC = record(
    "update_supdoc",
    "05-writes 5.5, api-v3.0-2025.xsd",
    """
    supdocid: required as schema; must exist as attachment_missing
    supdocname: length 200
    supdocfoldername: length 100; must exist as folder_missing
    supdocdescription: length 1000
    attachments: holds; no file of a name that is there already as file_twice
    """,
    ordered=True,
)

ATTACHMENT = record(
    "attachment",
    "05-writes 5.5",
    """
    attachmentname: required as schema
        without dot and extension, and not empty as file_name
        at most 4000 characters as file_name
        once in an attachment as file_twice [05-writes 5.5, 07-limits 7.3]
    attachmenttype: required as schema; the extension without dot as file_type
        at most 20 characters as file_type [05-writes 5.5, 07-limits 7.3]
    attachmentdata: required as schema; base64, not empty as file_data
    : its elements come in this order as schema
    """,
    ordered=True,
)

CREATE_SUPDOCFOLDER = record(
    "create_supdocfolder",
    "05-writes 5.5, api-v3.0-2025.xsd",
    """
    supdocfoldername: required as schema; length 100; must not exist yet as folder_exists
    supdocfolderdescription: length 1000
    supdocparentfoldername: length 100; must exist as folder_missing
    : its elements come in this order as schema
    """,
    ordered=True,
)
