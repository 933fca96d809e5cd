// The official JavaScript package at work: signs in, reads, and writes one of each; prints JSON, with the XML it built.
// Arguments: the sandbox's address, and the sign-in as JSON. Run with NODE_PATH at the package.
const Sdk = require("@intacct/intacct-sdk");
const Endpoint = require("@intacct/intacct-sdk/dist/Credentials/Endpoint").default;
const XmlWriter = require("@intacct/intacct-sdk/dist/Xml/IaXmlWriter").default;
const xmlbuilder = require("xmlbuilder");
const fs = require("fs");
const os = require("os");
const path = require("path");

const [address, signIn] = [process.argv[2], JSON.parse(process.argv[3])];
// The package talks to addresses of its maker only.
Endpoint.isDomainValid = () => true;
Sdk.Credentials && (Sdk.Credentials.Endpoint.isDomainValid = () => true);

const { Common, Company, GeneralLedger, AccountsPayable } = Sdk.Functions;
const day = new Date(signIn.day);

function config() {
  const made = new Sdk.ClientConfig();
  Object.assign(made, {
    senderId: signIn.sender, senderPassword: signIn.sender_password, companyId: signIn.company, userId: signIn.user,
    userPassword: signIn.password, entityId: signIn.entity, endpointUrl: `${address}/ia/xml/xmlgw.phtml`,
  });
  return made;
}

function xmlOf(made) {
  const writer = new XmlWriter(xmlbuilder.create("content"));
  made.writeXml(writer);
  return writer.flush();
}

function folder() {
  const made = new Company.AttachmentsFolderCreate("peer-folder");
  made.folderName = signIn.folder;
  return made;
}

function attachment() {
  const file = new Company.AttachmentFile();
  file.filePath = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "peer-")), "receipt-1.pdf");
  fs.writeFileSync(file.filePath, signIn.file_content);
  const made = new Company.AttachmentsCreate("peer-attachment");
  Object.assign(made, {
    attachmentsId: signIn.attachment, attachmentsName: signIn.attachment_name, attachmentFolderName: signIn.folder, files: [file],
  });
  return made;
}

function entry() {
  const made = new GeneralLedger.JournalEntryCreate("peer-entry");
  Object.assign(made, {
    journalSymbol: "PLEO", postingDate: day, description: signIn.title, referenceNumber: signIn.reference, attachmentsId: signIn.attachment,
  });
  made.lines = signIn.lines.map((each) =>
    Object.assign(new GeneralLedger.JournalEntryLineCreate(), {
      glAccountNumber: each.account, transactionAmount: each.amount, transactionCurrencyCode: "GBP", exchangeRateDate: day,
      exchangeRateType: "Intacct Daily Rate", locationId: signIn.entity, memo: each.memo,
    }));
  return made;
}

function bill() {
  const made = new AccountsPayable.BillCreate("peer-bill");
  Object.assign(made, {
    vendorId: signIn.vendor, transactionDate: day, dueDate: day, billNumber: "OFFICIAL-1", baseCurrency: "GBP", transactionCurrency: "GBP",
    exchangeRateType: "Intacct Daily Rate", exchangeRateDate: day,
  });
  made.lines = [Object.assign(new AccountsPayable.BillLineCreate(), { glAccountNumber: "6100", transactionAmount: 12.34, locationId: signIn.entity })];
  return made;
}

function payment(record) {
  const info = Object.assign(new AccountsPayable.ApPaymentInfo(), {
    paymentMethod: "EFT", financialEntityId: signIn.bank, vendorId: signIn.vendor, paymentDate: day, documentNo: signIn.reference,
    transactionCurrency: "GBP", baseCurrency: "GBP", exchangeRateDate: day, exchangeRateType: "Intacct Daily Rate", action: "Submit",
    memo: signIn.title,
  });
  const paid = Object.assign(new AccountsPayable.ApPaymentDetailInfo(), { recordNo: record, paymentAmount: 12.34 });
  info.apPaymentDetails = [new AccountsPayable.ApPaymentDetailBill(paid)];
  return new AccountsPayable.ApPaymentCreate(info, "peer-payment");
}

async function main() {
  const session = await Sdk.SessionProvider.factory(config());
  const client = new Sdk.OnlineClient(session);
  const read = {};
  for (const kind of signIn.kinds) {
    const asked = new Common.ReadByQuery(`read-${kind}`);
    asked.objectName = kind;
    asked.pageSize = 5;
    let result = (await client.execute(asked)).getResult();
    read[kind] = result.data.length;
    while (result.numRemaining > 0) {
      const more = new Common.ReadMore(`more-${kind}-${read[kind]}`);
      more.resultId = result.resultId;
      result = (await client.execute(more)).getResult();
      read[kind] += result.data.length;
    }
  }
  const lookup = new Common.Lookup("peer-lookup");
  lookup.objectName = "GLENTRY";
  (await client.execute(lookup)).getResult().ensureStatusSuccess();
  const written = {}, built = {};
  for (const [name, make] of [["folder", folder], ["attachment", attachment], ["entry", entry], ["bill", bill]]) {
    built[name] = xmlOf(make());
    const result = (await client.execute(make())).getResult();
    result.ensureStatusSuccess();
    written[name] = result.key || (result.data[0] && result.data[0].RECORDNO) || "";
  }
  built.payment = xmlOf(payment(written.bill));
  const paid = (await client.execute(payment(written.bill))).getResult();
  paid.ensureStatusSuccess();
  written.payment = paid.data[0].RECORDNO;
  const asked = new Common.Read("peer-read");
  asked.objectName = "GLBATCH";
  asked.keys = [Number(written.entry)];
  const back = (await client.execute(asked)).getResult();
  console.log(JSON.stringify({ read, written, built, lines: [].concat(back.data[0].ENTRIES.GLENTRY).length }));
}

main().catch((error) => {
  console.error(error.stack, JSON.stringify(error.errors || error.response || ""));
  process.exit(1);
});
