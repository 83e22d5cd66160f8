// The journal as it grows: the newest request stands first.

import { html, plain } from "./text.js";

const MOST = 200;

export class Journal {
  #body;
  #nameOf;
  #rows = new Map();
  #words = [];

  /** A journal inside the body of a table; `nameOf` gives the name of a user's id. */
  constructor(body, nameOf) {
    this.#body = body;
    this.#nameOf = nameOf;
  }

  /** The number after which entries are asked for: before the first one that has no answer yet. */
  get after() {
    const numbers = [...this.#rows.keys()];
    const open = numbers.filter((number) => this.#rows.get(number).entry.status === null).slice(-50);
    return open.length ? Math.min(...open) - 1 : Math.max(0, ...numbers);
  }

  /** Show the entries of a view. */
  show({ first, entries }) {
    const isFirst = this.#rows.size === 0;
    for (const [number, { row }] of this.#rows) {
      if (first === null || number < first) {
        row.remove();
        this.#rows.delete(number);
      }
    }
    for (const entry of entries) {
      const known = this.#rows.get(entry.number);
      if (known && JSON.stringify(known.entry) === JSON.stringify(entry)) continue;
      const row = this.#row(entry);
      if (!isFirst) row.classList.add("new");
      if (known) {
        row.querySelector("details").open = known.row.querySelector("details").open;
        known.row.replaceWith(row);
      } else this.#body.prepend(row);
      this.#rows.set(entry.number, { entry, row });
    }
    for (const number of [...this.#rows.keys()].slice(0, -MOST)) {
      this.#rows.get(number).row.remove();
      this.#rows.delete(number);
    }
  }

  /** Show only entries that hold every word of a text. */
  filter(text) {
    this.#words = text.toLowerCase().split(/\s+/u).filter(Boolean);
    for (const { row } of this.#rows.values()) this.#hide(row);
  }

  #hide(row) {
    const text = row.textContent.toLowerCase();
    row.hidden = !this.#words.every((word) => text.includes(word));
  }

  #row(entry) {
    const good = entry.status !== null && entry.status < 400;
    const query = entry.query ? `?${entry.query}` : "";
    const details = html("details", {}, html("summary", { class: "mono" }, plain(`${entry.method} ${entry.path}${query}`, 160)));
    details.addEventListener("toggle", () => {
      if (details.open && details.childElementCount === 1) details.append(whole(entry));
    });
    const row = html(
      "tr",
      {},
      html("td", {}, entry.number),
      html("td", { class: "mono" }, new Date(entry.at).toISOString().slice(11, 23)),
      html("td", {}, plain(entry.pod, 40)),
      html("td", { title: entry.userId }, entry.userId === null ? "–" : this.#nameOf(entry.userId)),
      html("td", {}, details),
      html("td", {}, html("span", { class: `status ${good ? "good" : "bad"}` }, entry.status ?? "no answer")),
      html("td", { class: "number" }, entry.milliseconds),
    );
    this.#hide(row);
    return row;
  }
}

function whole(entry) {
  const headers = (values) => Object.entries(values).map(([name, value]) => plain(`${name}: ${value}`, 2000)).join("\n");
  const parts = [
    ["Request", `${entry.method} ${plain(entry.path, 4000)}${entry.query ? `?${plain(entry.query, 4000)}` : ""}`],
    ["Headers", headers(entry.headers)],
    ["Body", plain(entry.body, 4096, true)],
    ["Answer", entry.status ?? "none"],
    ["Headers", headers(entry.answerHeaders)],
    ["Body", plain(entry.answerBody, 4096, true)],
  ];
  return html(
    "dl",
    {},
    ...parts.filter(([, text]) => text !== "").flatMap(([name, text]) => [html("dt", {}, name), html("dd", { class: "mono" }, text)]),
  );
}
