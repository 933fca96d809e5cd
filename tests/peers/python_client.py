"""The published Python client at work: reads of twenty kinds, and one of each write. Run by its own Python; prints JSON.

Arguments: the sandbox's address, and the sign-in as JSON.
"""

import json
import sys

from sageintacctsdk import SageIntacctSDK
from sageintacctsdk.apis.api_base import ApiBase

ADDRESS, SIGN_IN = sys.argv[1], json.loads(sys.argv[2])
# The client knows one address only, and keeps it in each of its objects.
_init = ApiBase.__init__


def _at_the_sandbox(self, *arguments, **named):
    _init(self, *arguments, **named)
    self._ApiBase__api_url = f"{ADDRESS}/ia/xml/xmlgw.phtml"


ApiBase.__init__ = _at_the_sandbox

client = SageIntacctSDK(
    sender_id=SIGN_IN["sender"], sender_password=SIGN_IN["sender_password"], user_id=SIGN_IN["user"], company_id=SIGN_IN["company"],
    user_password=SIGN_IN["password"], entity_id=SIGN_IN["entity"],
)  # fmt: skip

KINDS = (
    "locations", "location_entities", "accounts", "vendors", "departments", "classes", "projects", "customers", "items", "employees",
    "tasks", "cost_types", "tax_details", "tax_solutions", "checking_accounts", "charge_card_accounts", "bills", "journal_entries",
)  # fmt: skip
read = {kind: len(getattr(client, kind).get_all()) for kind in KINDS}
read["dimensions"] = len(client.dimensions.get_all())
read["ap_payments"] = len(
    client.api_base.format_and_send_request({"readByQuery": {"object": "APPYMT", "fields": "*", "query": None}})["data"]
)
read["one_vendor"] = int(client.vendors.get(field="VENDORID", value=SIGN_IN["vendor"])["@count"])
read["counted_vendors"] = client.vendors.count()
read["filtered_accounts"] = len(client.accounts.get_by_query(and_filter=[("equalto", "ACCOUNTNO", "6100")], fields=["ACCOUNTNO", "TITLE"]))

client.attachments.create_attachments_folder({"supdocfoldername": "Peers"})
client.attachments.post(
    {
        "supdocid": "PEER-1", "supdocname": "PEER-1", "supdocfoldername": "Peers",
        "attachments": {"attachment": {"attachmentname": "receipt", "attachmenttype": "pdf", "attachmentdata": "JVBERi0xLjQK"}},
    }
)  # fmt: skip
line = {"CURRENCY": "GBP", "EXCH_RATE_TYPE_ID": "Intacct Daily Rate", "LOCATION": SIGN_IN["entity"], "DESCRIPTION": "From a peer"}
entry = client.journal_entries.post(
    {
        "JOURNAL": "PLEO", "BATCH_DATE": SIGN_IN["day"], "BATCH_TITLE": "From a peer", "SUPDOCID": "PEER-1",
        "ENTRIES": {
            "GLENTRY": [
                {"ACCOUNTNO": "6100", "TR_TYPE": "1", "TRX_AMOUNT": "12.34", **line},
                {"ACCOUNTNO": "2050", "TR_TYPE": "-1", "TRX_AMOUNT": "12.34", **line},
            ]
        },
    }
)  # fmt: skip
bill = client.bills.post(
    {
        "WHENCREATED": SIGN_IN["day"], "WHENDUE": SIGN_IN["day"], "VENDORID": SIGN_IN["vendor"], "RECORDID": "PEER-BILL-1",
        "CURRENCY": "GBP", "BASECURR": "GBP", "EXCH_RATE_TYPE_ID": "Intacct Daily Rate",
        "APBILLITEMS": {"APBILLITEM": [{"ACCOUNTNO": "6100", "TRX_AMOUNT": "20.00", "LOCATIONID": SIGN_IN["entity"]}]},
    }
)  # fmt: skip
client.bills.update_attachment(recordno=bill["data"]["apbill"]["RECORDNO"], supdocid="PEER-1")
print(json.dumps({"read": read, "entry": entry["data"]["glbatch"]["RECORDNO"], "bill": bill["data"]["apbill"]["RECORDNO"]}))
