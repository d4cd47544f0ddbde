"use strict";
(() => {
  const root = document.documentElement;
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const axis = {
    fixedrange: true, automargin: true, zeroline: false, gridcolor: "--grid", linecolor: "--rule", tickcolor: "--rule",
    ticks: "outside", ticklen: 4, title: { standoff: 8, font: { size: 11.5 } },
  };
  const common = {
    font: { size: 11, color: "--muted" }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    margin: { l: 12, r: 20, t: 8, b: 12, pad: 0 }, showlegend: false, dragmode: false,
    hoverlabel: { bgcolor: "--surface", bordercolor: "--faint", align: "left", font: { size: 12, color: "--text" } },
    xaxis: { ...axis, showgrid: false, showline: true }, yaxis: { ...axis, ticks: "" },
  };

  const isPlain = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  const merge = (base, own) => {
    const out = { ...base };
    for (const [key, value] of Object.entries(own)) out[key] = isPlain(value) && isPlain(base[key]) ? merge(base[key], value) : value;
    return out;
  };

  // Colours are names of CSS variables: only where a colour is expected, so that no text from data is ever taken for one.
  const paint = (value, style, isColor) => {
    if (typeof value === "string") return isColor && value.startsWith("--") ? style.getPropertyValue(value).trim() : value;
    if (Array.isArray(value)) return isColor ? value.map((item) => paint(item, style, true)) : value.map((item) => (isPlain(item) ? paint(item, style, false) : item));
    if (!isPlain(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, paint(item, style, /color(scale)?$/.test(key))]));
  };

  const drawn = new Set();
  const draw = (element) => {
    const { data, layout } = figures[element.dataset.figure];
    const style = getComputedStyle(root);
    const whole = merge(merge(common, { font: { family: getComputedStyle(document.body).fontFamily } }), layout);
    drawn.add(element);
    return Plotly.react(element, paint(data, style, false), paint(whole, style, false), { displayModeBar: false, responsive: true });
  };

  // Only what is near the screen is drawn: a page with hundreds of figures opens at once.
  const plots = [...document.querySelectorAll(".plot")];
  const nearby = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      nearby.unobserve(target);
      if (!drawn.has(target)) draw(target);
    }
  }, { rootMargin: "500px" });
  plots.forEach((element) => nearby.observe(element));

  const redraw = () => drawn.forEach(draw);
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : prefersDark.matches);
  const toggle = document.getElementById("theme");
  const name = () => { toggle.textContent = isDark() ? "Light" : "Dark"; };
  toggle.hidden = false;
  toggle.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; name(); redraw(); });
  prefersDark.addEventListener("change", () => { name(); redraw(); });
  name();

  let before;
  addEventListener("beforeprint", () => {
    before = root.dataset.theme;
    root.dataset.theme = "light";
    plots.filter((element) => element.offsetParent !== null).forEach(draw);
  });
  addEventListener("afterprint", () => {
    if (before) root.dataset.theme = before; else delete root.dataset.theme;
    redraw();
  });
})();
