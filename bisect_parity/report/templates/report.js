"use strict";
(() => {
  const number = (text) => {
    const found = /[-+]?\d+(\.\d+)?([eE][-+]?\d+)?/.exec(text);
    return found ? Number(found[0]) : NaN;
  };
  const compare = (left, right) => {
    const [a, b] = [number(left), number(right)];
    if (!Number.isNaN(a) && !Number.isNaN(b)) return a - b;
    if (Number.isNaN(a) !== Number.isNaN(b)) return Number.isNaN(a) ? 1 : -1;
    return left.localeCompare(right);
  };
  const key = (row, column) => {
    const cell = row.cells[column];
    return (cell.dataset.key ?? cell.textContent).trim();
  };

  for (const table of document.querySelectorAll("table[data-sort]")) {
    const body = table.tBodies[0];
    const headers = [...table.tHead.rows[0].cells];
    headers.forEach((header, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => {
        const order = header.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
        headers.forEach((other) => other.removeAttribute("aria-sort"));
        header.setAttribute("aria-sort", order);
        const sign = order === "ascending" ? 1 : -1;
        const byWord = ["verdict", "class", "bundle"].includes(header.dataset.kind);
        const rows = [...body.rows].map((row) => [key(row, column), row]);
        rows.sort(([a], [b]) => sign * (byWord ? a.localeCompare(b) : compare(a, b)));
        body.append(...rows.map(([, row]) => row));
      });
    });
  }

  for (const tools of document.querySelectorAll(".tools[data-for]")) {
    const rows = [...document.querySelectorAll(`#${tools.dataset.for} [data-text]`)];
    const text = tools.querySelector("input");
    const selects = [...tools.querySelectorAll("select")];
    const told = tools.querySelector("output");
    const apply = () => {
      const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const fits = words.every((word) => row.dataset.text.includes(word))
          && selects.every((select) => !select.value || row.dataset[select.name] === select.value);
        row.hidden = !fits;
        shown += fits;
      }
      told.textContent = `${shown} of ${rows.length} shown`;
    };
    text.addEventListener("input", apply);
    selects.forEach((select) => select.addEventListener("change", apply));
    tools.hidden = false;
    apply();
  }

  const folds = document.querySelector("#folds");
  if (folds) {
    folds.hidden = false;
    folds.addEventListener("click", () => {
      const open = folds.getAttribute("aria-pressed") !== "true";
      document.querySelectorAll("main details").forEach((fold) => { fold.open = open; });
      folds.setAttribute("aria-pressed", String(open));
      folds.textContent = open ? "Close all folds" : "Open all folds";
    });
  }
  const reveal = () => {
    const place = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const fold = place && place.closest("details");
    if (fold) {
      fold.hidden = false;
      fold.open = true;
      fold.scrollIntoView();
    }
  };
  addEventListener("hashchange", reveal);
  reveal();
})();
