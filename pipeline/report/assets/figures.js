// Draws the figures of a page from the data beside them. Without this file the tables say it all.
addEventListener("DOMContentLoaded", () => {
  if (!window.Plotly || innerWidth < 600) return; // a phone has the tables
  const read = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const font = { family: getComputedStyle(document.body).fontFamily, size: 13, color: read("--ink") };
  const base = { font, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", colorway: [read("--own"), read("--range")] };
  for (const figure of document.querySelectorAll("figure")) {
    const { data, layout } = JSON.parse(figure.querySelector("script").textContent);
    figure.hidden = false;
    const place = figure.querySelector(".plot");
    const axis = { gridcolor: read("--line"), zerolinecolor: read("--soft") };
    const axes = { xaxis: { ...axis, ...layout.xaxis }, yaxis: { ...axis, ...layout.yaxis } };
    Plotly.newPlot(place, data, { ...base, ...layout, ...axes }, { displayModeBar: false, responsive: true });
  }
});
