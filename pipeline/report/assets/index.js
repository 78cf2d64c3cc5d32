// Filters the rows of the index page; accents and case do not matter.
addEventListener("DOMContentLoaded", () => {
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const rows = [...document.querySelectorAll("tbody tr")].map((row) => [row, plain(row.textContent)]);
  const box = document.querySelector(".find");
  if (!box) return; // nobody to look for
  const input = box.querySelector("input"), output = box.querySelector("output");
  const [one, many] = [output.dataset.one, output.dataset.other];
  const filter = () => {
    const words = plain(input.value).split(/\s+/);
    let count = 0;
    for (const [row, text] of rows) count += !(row.hidden = !words.every((word) => text.includes(word)));
    output.textContent = (count === 1 ? one : many).replace("{count}", count);
  };
  box.hidden = false;
  input.addEventListener("input", filter);
  filter();
});
