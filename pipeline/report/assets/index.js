// Filters the rows of the index page; accents and case do not matter.
addEventListener("DOMContentLoaded", () => {
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const said = (row, column) => {
    const cell = row.cells[column], links = [...cell.querySelectorAll("a")];
    if (links.length) return links.map((link) => link.hreflang);
    return column == row.cells.length - 1 ? [] : [cell.textContent]; // the last one says a reason
  };
  const rows = [...document.querySelectorAll("tbody tr")].map((row) => [row, plain(row.textContent)]);
  const box = document.querySelector(".find");
  if (!box) return; // nobody to look for
  const input = box.querySelector("input"), output = box.querySelector("output");
  const [one, many] = [output.dataset.one, output.dataset.other];
  const lists = [...box.querySelectorAll("select")];
  for (const list of lists) {
    const found = new Set(rows.flatMap(([row]) => said(row, list.dataset.by)));
    for (const text of found) list.add(new Option(text, text));
  }
  const filter = () => {
    const words = plain(input.value).split(/\s+/);
    const chosen = lists.filter((list) => list.value);
    let count = 0;
    for (const [row, text] of rows) {
      const fits = words.every((word) => text.includes(word)) &&
        chosen.every((list) => said(row, list.dataset.by).includes(list.value));
      row.hidden = !fits;
      count += fits;
    }
    output.textContent = (count === 1 ? one : many).replace("{count}", count);
  };
  box.hidden = false;
  box.addEventListener("input", filter);
  filter();
});
