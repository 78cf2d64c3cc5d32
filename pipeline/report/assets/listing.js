// Narrows the cards of a listing by words and facets; accents and case do not matter.
addEventListener("DOMContentLoaded", () => {
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  for (const form of document.querySelectorAll("[data-listing]")) {
    const cards = [...form.nextElementSibling.children].map((card) => [card, plain(card.textContent)]);
    const input = form.querySelector("input"), output = form.querySelector("output");
    const facets = [...form.querySelectorAll("select")];
    const filter = () => {
      const words = plain(input.value).split(/\s+/);
      const chosen = facets.filter((one) => one.value);
      const has = (card, one) => card.getAttribute(`data-${one.name}`).split(" ").includes(one.value);
      let count = 0;
      for (const [card, text] of cards) {
        const fits = words.every((word) => text.includes(word)) && chosen.every((one) => has(card, one));
        count += !(card.hidden = !fits);
      }
      const { one, other } = output.dataset;
      output.textContent = (count === 1 ? one : other).replace("{count}", count);
    };
    form.hidden = false;
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
    filter();
  }
});
