/* Choose a code from our copy of Sage Intacct: the server finds, the browser's own list shows. Without it the field is plain text. */
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const fields = document.querySelectorAll("input[data-codes]");
  fields.forEach((field) => {
    const list = document.createElement("datalist");
    list.id = "codes-" + field.id;
    field.after(list);
    field.setAttribute("list", list.id);
    field.setAttribute("autocomplete", "off");
    const name = document.getElementById(field.dataset.nameIn);
    let waiting = null;
    let asked = null;
    const value = (id) => document.getElementById(id)?.value || "";
    const ask = async () => {
      const connection = field.dataset.connection || value("id_connection");
      if (!connection) return;
      const query = new URLSearchParams({ kind: field.dataset.codes, connection, entity: value("id_intacct_entity"), q: field.value });
      if (query.toString() === asked) return;
      asked = query.toString();
      const answer = await fetch(field.dataset.address + "?" + asked, { headers: { Accept: "application/json" } });
      if (!answer.ok || asked !== query.toString()) return;
      const { codes, said } = await answer.json();
      list.replaceChildren(...codes.map((each) => {
        const option = document.createElement("option");
        option.value = each.code;
        option.label = each.name ? each.code + "  " + each.name : each.code;
        return option;
      }));
      if (name) name.textContent = said;
    };
    field.addEventListener("focus", ask);
    field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 150); });
  });
  document.querySelectorAll("select[data-submit]").forEach((choice) => choice.addEventListener("change", () => choice.form.requestSubmit()));
});

// A browser under load may skip autofocus when a page was reached by keyboard; the next step must have the focus all the same.
window.addEventListener("load", () => {
  const wanted = document.querySelector("[autofocus]");
  if (wanted && (!document.activeElement || document.activeElement === document.body)) wanted.focus();
});
