"use strict";
(() => {
  const $ = (id) => document.getElementById(id);

  // The look nearest to the pointer is marked and read out below its picture.
  for (const svg of document.querySelectorAll("svg[data-looks]")) {
    const looks = svg.dataset.looks.split(";").map((l) => l.split(",").map(Number));
    const hover = svg.querySelector(".hover"), read = svg.closest("figure").querySelector(".read");
    const final = read.textContent;
    svg.addEventListener("pointermove", (e) => {
      const at = new DOMPoint(e.clientX, e.clientY).matrixTransform(svg.getScreenCTM().inverse()).x;
      let near = looks[0];
      for (const l of looks) if (Math.abs(l[0] - at) < Math.abs(near[0] - at)) near = l;
      const [x, y, n, est, lo, hi] = near;
      hover.removeAttribute("hidden");
      hover.firstChild.setAttribute("x1", x);
      hover.firstChild.setAttribute("x2", x);
      hover.lastChild.setAttribute("cx", x);
      hover.lastChild.setAttribute("cy", y);
      read.textContent = `After ${n.toLocaleString("en")} cases: ${est.toFixed(3)}, interval ${lo.toFixed(3)} – ${hi.toFixed(3)}`;
    });
    svg.addEventListener("pointerleave", () => { hover.setAttribute("hidden", ""); read.textContent = final; });
  }

  const list = $("list");
  if (!list) return;
  const q = $("q"), slice = $("slice"), shown = $("shown"), nothing = $("nothing");
  const buttons = [...document.querySelectorAll("[data-state]")];
  let cases = null; // read on first use: opening the page costs nothing
  let state = "";

  const read = () => [...list.children].map((el) => ({
    el, state: el.dataset.s, text: el.textContent.toLowerCase(),
    slices: new Set([...el.querySelectorAll(".tag")].map((t) => t.textContent)),
  }));

  function apply() {
    const words = q.value.toLowerCase().split(/\s+/).filter(Boolean);
    const part = slice ? slice.value : "";
    cases ||= read();
    let n = 0;
    for (const c of cases) {
      const keep = (!state || c.state === state) && (!part || c.slices.has(part)) && words.every((w) => c.text.includes(w));
      if (c.el.hidden === keep) c.el.hidden = !keep;
      if (keep) n++;
    }
    for (const b of buttons) b.setAttribute("aria-pressed", String(b.dataset.state === state));
    shown.textContent = n === cases.length ? `${n} listed` : `${n} of ${cases.length}`;
    nothing.hidden = n > 0;
    list.hidden = n === 0;
  }

  // The filter stands in the address, so that a link can carry it.
  function keep() {
    const p = new URLSearchParams();
    if (q.value) p.set("q", q.value);
    if (state) p.set("state", state);
    if (slice && slice.value) p.set("slice", slice.value);
    try { history.replaceState(null, "", "#" + (p.toString() || "cases")); } catch { /* some viewers forbid it */ }
  }

  function follow(scroll) {
    if (!location.hash.includes("=")) return;
    const p = new URLSearchParams(location.hash.slice(1));
    q.value = p.get("q") || "";
    state = p.get("state") || "";
    if (slice) slice.value = p.get("slice") || "";
    apply();
    $("cases").scrollIntoView(scroll);
  }

  let timer = 0;
  const change = () => { apply(); keep(); };
  q.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(change, 90); });
  slice?.addEventListener("change", change);
  for (const b of buttons) b.addEventListener("click", () => { state = b.dataset.state; change(); });
  $("reset").addEventListener("click", () => { q.value = ""; state = ""; if (slice) slice.value = ""; change(); q.focus(); });
  $("filter").addEventListener("submit", (e) => e.preventDefault());
  addEventListener("hashchange", () => follow({}));
  follow({ behavior: "instant" });
})();
