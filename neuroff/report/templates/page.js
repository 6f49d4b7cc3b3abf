"use strict";
// A click on a heading sorts its table: up, down, and as it was. Cells without a number stay last.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const given = [...body.rows];
  const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  for (const head of heads) {
    const column = head.cellIndex;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const next = { ascending: "descending", descending: null }[head.ariaSort];
      const order = next === undefined ? "ascending" : next;
      for (const other of heads) other.removeAttribute("aria-sort");
      if (order) head.ariaSort = order;
      const sign = order === "descending" ? -1 : 1;
      const number = (row) => parseFloat(row.cells[column].dataset.sort);
      const compared = (one, other) => {
        const [a, b] = [number(one), number(other)];
        if (isNaN(a) !== isNaN(b)) return isNaN(a) ? 1 : -1;
        if (!isNaN(a)) return sign * (a - b);
        return sign * one.cells[column].textContent.localeCompare(other.cells[column].textContent);
      };
      body.append(...(order ? [...given].sort(compared) : given));
      table.classList.toggle("sorted", Boolean(order));
    });
  }
}
// Paper cannot be unfolded.
const folded = [];
addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("details:not([open])")) {
    folded.push(part);
    part.open = true;
  }
});
addEventListener("afterprint", () => {
  for (const part of folded.splice(0)) part.open = false;
});
