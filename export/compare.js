"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const { ids, kinds, input, expected, sliceNames, slices, runs, texts } = JSON.parse($("data").textContent);
  const total = ids.length;
  const words = { p: "passed", f: "failed", e: "errored", u: "unjudged", "-": "not asked" };
  const tones = { p: "good", f: "bad", e: "err", u: "open", "-": "rest" };
  const rank = { f: 0, e: 1, u: 2, p: 3, "-": 4 };
  const list = $("list"), q = $("q"), slice = $("slice"), shown = $("shown");
  const shows = [...document.querySelectorAll("[data-show]")], sorts = [...document.querySelectorAll("[data-sort]")];
  const picks = [...document.querySelectorAll("[data-run]")];

  const passed = (s) => (s === "p" ? 1 : s === "f" || s === "e" ? 0 : -1);
  const differs = (i) => kinds[i] === "r" || kinds[i] === "i" || kinds[i] === "o";
  const text = (n) => (n < 0 ? "" : texts[n]);
  const el = (tag, cls, content) => {
    const e = document.createElement(tag);
    if (cls) e.className = cls;
    if (content !== undefined) e.textContent = content;
    return e;
  };

  // ── which cases, in which order ──
  let show = "", sort = "", down = false;
  let order = Int32Array.from({ length: total }, (_, i) => i);
  const place = Int32Array.from(order); // of a case in order, -1 = filtered out
  let low = null, lowIDs = null;

  // Each distinct text is made lower case once; a search looks at it once.
  function lower() {
    low ||= texts.map((t) => t.toLowerCase());
    lowIDs ||= ids.map((t) => t.toLowerCase());
  }

  function matcher(word) {
    lower();
    const hit = Uint8Array.from(low, (t) => (t.includes(word) ? 1 : 0));
    const has = (n) => n >= 0 && hit[n] === 1;
    return (i) => lowIDs[i].includes(word) || has(input[i]) || has(expected[i]) || runs.some((r) => has(r.out[i]) || has(r.why[i]));
  }

  const inShow = {
    "": () => true, d: differs, r: (i) => kinds[i] === "r", i: (i) => kinds[i] === "i",
    a: (i) => runs.some((r) => r.out[i] >= 0 && r.out[i] !== (runs.find((o) => o.out[i] >= 0) || r).out[i]),
  };

  const alphabet = new Intl.Collator("en", { numeric: true });
  function compare() {
    switch (sort) {
      case "id": return (a, b) => alphabet.compare(ids[a], ids[b]);
      case "input": return (a, b) => alphabet.compare(text(input[a]).slice(0, 200), text(input[b]).slice(0, 200));
      case "expected": return (a, b) => alphabet.compare(text(expected[a]).slice(0, 200), text(expected[b]).slice(0, 200));
    }
    const s = runs[+sort].states;
    return (a, b) => rank[s[a]] - rank[s[b]];
  }

  function apply() {
    const tests = q.value.toLowerCase().split(/\s+/).filter(Boolean).map(matcher);
    if (show) tests.push(inShow[show]);
    const part = slice.value === "" ? -1 : sliceNames.indexOf(slice.value);
    if (part >= 0) tests.push((i) => slices[i].includes(part));
    for (const pick of picks) {
      const states = runs[+pick.dataset.run].states;
      if (pick.value) tests.push((i) => states[i] === pick.value);
    }
    const kept = [];
    for (let i = 0; i < total; i++) if (tests.every((t) => t(i))) kept.push(i);
    if (sort !== "") {
      const by = compare();
      kept.sort((a, b) => (down ? by(b, a) : by(a, b)) || a - b);
    }
    order = Int32Array.from(kept);
    place.fill(-1);
    order.forEach((i, at) => { place[i] = at; });
    for (const b of shows) b.setAttribute("aria-pressed", String(b.dataset.show === show));
    for (const b of sorts) b.setAttribute("aria-sort", b.dataset.sort !== sort ? "none" : down ? "descending" : "ascending");
    const n = order.length.toLocaleString("en");
    shown.textContent = order.length === total ? `${n} cases` : `${n} of ${total.toLocaleString("en")}`;
    $("nothing").hidden = order.length > 0;
    list.hidden = order.length === 0;
    list.setAttribute("aria-rowcount", order.length);
    if (active < 0 || place[active] < 0) active = order.length ? order[0] : -1;
    clear();
    draw();
  }

  // ── the rows in view, and no others ──
  let height = 46, active = -1;
  const drawn = new Map(), open = new Map(); // case → element; open case → height of its body
  const folds = () => [...open].filter(([i]) => place[i] >= 0).map(([i, h]) => [place[i], h]);
  const top = (at, all) => all.reduce((y, [p, h]) => (p < at ? y + h : y), at * height);

  function rowAt(y, all) {
    let at = Math.floor(y / height);
    for (const [p, h] of all.sort((a, b) => a[0] - b[0])) {
      if (p >= at) break;
      y -= h;
      at = Math.max(p, Math.floor(y / height));
    }
    return Math.max(0, Math.min(at, order.length - 1));
  }

  function clear() {
    drawn.clear();
    list.replaceChildren();
  }

  function draw() {
    if (list.hidden) return;
    for (let round = 0; round < 3; round++) { // bodies that were just opened are measured, then all is placed again
      const all = folds();
      const y = -list.getBoundingClientRect().top;
      const first = Math.max(0, rowAt(Math.max(0, y), all) - 6), last = Math.min(order.length - 1, rowAt(Math.max(0, y + innerHeight), all) + 6);
      for (const [i, e] of drawn) {
        if (place[i] < first || place[i] > last) { e.remove(); drawn.delete(i); }
      }
      const fresh = document.createDocumentFragment();
      for (let at = first; at <= last; at++) {
        const i = order[at];
        let e = drawn.get(i);
        if (!e) { e = item(i, at); drawn.set(i, e); fresh.append(e); }
        e.style.transform = `translateY(${top(at, all)}px)`;
      }
      list.append(fresh);
      list.style.height = top(order.length, all) + "px";
      let moved = false;
      for (const [i, h] of open) {
        const e = drawn.get(i);
        const now = e ? e.lastChild.offsetHeight : h;
        if (now !== h) { open.set(i, now); moved = true; }
      }
      if (!moved) break;
    }
    mark();
  }

  const brief = (s) => s.slice(0, 240).replace(/\s+/g, " ");

  function item(i, at) {
    const e = el("div", "item" + (differs(i) ? " differs " + (kinds[i] === "r" ? "bad" : kinds[i] === "i" ? "good" : "open") : ""));
    e.id = "r" + i;
    e.setAttribute("role", "row");
    e.setAttribute("aria-rowindex", at + 1);
    const row = el("div", "row");
    const cell = (c) => { c.setAttribute("role", "gridcell"); row.append(c); return c; };
    cell(el("code", "", brief(ids[i])));
    cell(el("span", "in", brief(text(input[i])))).dir = "auto";
    cell(el("span", "ex", brief(text(expected[i])))).dir = "auto";
    const base = passed(runs[0].states[i]);
    runs.forEach((r, k) => {
      const s = r.states[i], now = passed(s);
      const c = cell(el("span", "cell " + tones[s] + (k > 0 && base >= 0 && now >= 0 && now !== base ? " flipped" : "")));
      c.append(el("span", "sr", `run ${String.fromCharCode(65 + k)} ${words[s]}: `), el("span", "val", r.out[i] < 0 ? "not asked" : brief(text(r.out[i])) || "no answer"));
    });
    e.append(row);
    if (open.has(i)) e.append(body(i));
    return e;
  }

  function body(i) {
    const b = el("div", "body");
    const block = (title, s, cls) => {
      const d = el("div", cls);
      d.append(el("h4", "", title));
      if (s) d.append(pre(s));
      b.lastChild.append(d);
      return d;
    };
    b.append(el("div", "texts"));
    block("Input", text(input[i]));
    if (expected[i] >= 0) block("Expected", text(expected[i]));
    b.append(el("div", "sides"));
    runs.forEach((r, k) => {
      const d = block("", "", tones[r.states[i]]);
      const h = d.firstChild;
      h.append(`${String.fromCharCode(65 + k)}  ${picks[k].parentNode.querySelector("button span").textContent}  `, el("span", "chip " + tones[r.states[i]], words[r.states[i]]));
      if (r.out[i] < 0) return;
      if (r.ms[i] > 0) h.append(el("span", "dim", `  ${r.ms[i].toLocaleString("en")} ms`));
      const was = runs[0].out[i], is = r.out[i];
      if (!text(is)) d.append(el("p", "none", "no answer"));
      else if (k > 0 && was >= 0 && is !== was) d.append(pre(diff(text(was), text(is)), "ins"));
      else if (k === 0 && runs.length === 2 && runs[1].out[i] >= 0 && runs[1].out[i] !== is) d.append(pre(diff(text(runs[1].out[i]), text(is)), "del"));
      else d.append(pre(text(is)));
      if (r.why[i] >= 0 && text(r.why[i])) d.append(el("p", "whynot", text(r.why[i])));
    });
    const facts = el("p", "facts");
    for (const s of slices[i]) facts.append(el("span", "tag", sliceNames[s]));
    if (facts.childNodes.length) b.append(facts);
    return b;
  }

  function pre(content, tag) {
    const p = el("pre");
    p.dir = "auto";
    if (typeof content === "string") p.textContent = content;
    else for (const [s, same] of content) p.append(same || !s.trim() ? s : el(tag, "", s));
    return p;
  }

  // diff cuts b into pieces that a longest common subsequence of words shares
  // with a, or not; very different long texts count as different as a whole.
  function diff(a, b) {
    const cut = (s) => s.match(/[\p{L}\p{N}\p{M}_]+|\s+|[^]/gu) || [];
    const x = cut(a), y = cut(b);
    let head = 0, tail = 0;
    while (head < x.length && head < y.length && x[head] === y[head]) head++;
    while (tail < x.length - head && tail < y.length - head && x[x.length - 1 - tail] === y[y.length - 1 - tail]) tail++;
    const n = x.length - head - tail, m = y.length - head - tail, same = new Uint8Array(m);
    if (n * m > 0 && n * m <= 1e6) {
      const t = new Uint16Array((n + 1) * (m + 1)), w = m + 1;
      for (let i = n - 1; i >= 0; i--)
        for (let j = m - 1; j >= 0; j--)
          t[i * w + j] = x[head + i] === y[head + j] ? t[(i + 1) * w + j + 1] + 1 : Math.max(t[(i + 1) * w + j], t[i * w + j + 1]);
      for (let i = 0, j = 0; i < n && j < m;) {
        if (x[head + i] === y[head + j]) { same[j] = 1; i++; j++; }
        else if (t[(i + 1) * w + j] >= t[i * w + j + 1]) i++;
        else j++;
      }
    }
    const out = [];
    y.forEach((s, j) => {
      const alike = j < head || j >= y.length - tail || same[j - head] === 1;
      if (out.length && out[out.length - 1][1] === alike) out[out.length - 1][0] += s;
      else out.push([s, alike]);
    });
    return out;
  }

  // ── moving ──
  function mark() {
    for (const [i, e] of drawn) {
      e.classList.toggle("active", i === active);
      e.setAttribute("aria-selected", String(i === active));
      e.setAttribute("aria-expanded", String(open.has(i)));
    }
    if (drawn.has(active)) list.setAttribute("aria-activedescendant", "r" + active);
    else list.removeAttribute("aria-activedescendant");
  }

  function go(at) {
    if (!order.length) return;
    at = Math.max(0, Math.min(at, order.length - 1));
    active = order[at];
    const y = list.getBoundingClientRect().top + top(at, folds());
    const under = sticky(), end = innerHeight - height - 12;
    if (y < under) scrollBy({ top: y - under, behavior: "instant" });
    else if (y > end) scrollBy({ top: y - end, behavior: "instant" });
    draw();
  }

  function sticky() {
    const bar = $("bar");
    return getComputedStyle(bar).position === "sticky" ? bar.offsetHeight + document.querySelector(".top").offsetHeight + 4 : document.querySelector(".top").offsetHeight + 4;
  }

  function toggle(i) {
    active = i;
    const e = drawn.get(i);
    if (open.delete(i)) e?.lastChild.remove();
    else {
      open.set(i, 0);
      e?.append(body(i));
    }
    draw();
    if (!open.has(i) || !e) return;
    const r = e.getBoundingClientRect(); // as much of what was opened as fits comes into view
    const by = Math.min(r.bottom + 12 - innerHeight, r.top - sticky());
    if (by > 0) { scrollBy({ top: by, behavior: "instant" }); draw(); }
  }

  function nextDifference(step) {
    for (let at = (active < 0 ? -1 : place[active]) + step; at >= 0 && at < order.length; at += step) {
      if (differs(order[at])) return go(at);
    }
  }

  const moves = {
    j: () => go(place[active] + 1), ArrowDown: () => go(place[active] + 1),
    k: () => go(place[active] - 1), ArrowUp: () => go(place[active] - 1),
    g: () => go(0), G: () => go(order.length - 1), n: () => nextDifference(1), N: () => nextDifference(-1),
    Enter: () => { if (active >= 0) { go(place[active]); toggle(active); } },
    "/": () => q.focus(), "?": () => $("help").showModal(),
  };

  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || $("help").open) return;
    const at = e.target, typing = at.matches("input,select,textarea");
    if (e.key === "Escape" && at === q) { q.blur(); list.focus({ preventScroll: true }); return; }
    if (at === q && (e.key === "Enter" || e.key === "ArrowDown")) { e.preventDefault(); q.blur(); list.focus({ preventScroll: true }); return go(active < 0 ? 0 : place[active]); }
    if (typing || e.key === "Enter" && at.matches("button,a,summary") || !Object.hasOwn(moves, e.key)) return;
    e.preventDefault();
    moves[e.key]();
  });

  list.addEventListener("click", (e) => {
    const row = e.target.closest(".row");
    if (row && !String(getSelection())) toggle(+row.parentNode.id.slice(1));
  });

  let waiting = false;
  const later = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  };
  addEventListener("scroll", later, { passive: true });
  addEventListener("resize", () => { measure(); clear(); later(); });
  function measure() { height = parseFloat(getComputedStyle(list).getPropertyValue("--row")) || 46; }

  // ── filters; they stand in the address, so that a link can carry them ──
  function keep() {
    const p = new URLSearchParams();
    if (q.value) p.set("q", q.value);
    if (show) p.set("show", show);
    if (slice.value) p.set("slice", slice.value);
    if (sort !== "") p.set("sort", (down ? "-" : "") + sort);
    for (const pick of picks) if (pick.value) p.set("run" + pick.dataset.run, pick.value);
    try { history.replaceState(null, "", "#" + (p.toString() || "cases")); } catch { /* some viewers forbid it */ }
  }

  function follow() {
    if (!location.hash.includes("=")) return false;
    const p = new URLSearchParams(location.hash.slice(1));
    q.value = p.get("q") || "";
    show = Object.hasOwn(inShow, p.get("show") || "") ? p.get("show") || "" : "";
    slice.value = sliceNames.includes(p.get("slice")) ? p.get("slice") : "";
    const by = p.get("sort") || "";
    down = by.startsWith("-");
    sort = sorts.some((b) => b.dataset.sort === by.replace("-", "")) ? by.replace("-", "") : "";
    for (const pick of picks) pick.value = p.get("run" + pick.dataset.run) || "";
    apply();
    return true;
  }

  for (const name of sliceNames) {
    const o = el("option", "", name);
    o.value = name;
    slice.append(o);
  }
  slice.parentNode.hidden = sliceNames.length === 0;
  for (const b of shows) if (b.dataset.show) {
    let n = 0;
    for (let i = 0; i < total; i++) if (inShow[b.dataset.show](i)) n++;
    b.lastChild.textContent = n.toLocaleString("en");
    b.hidden = n === 0;
  }
  let timer = 0;
  const change = () => { apply(); keep(); };
  q.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(change, 60); });
  slice.addEventListener("change", change);
  for (const pick of picks) pick.addEventListener("change", change);
  for (const b of shows) b.addEventListener("click", () => { show = b.dataset.show; change(); });
  for (const b of sorts) b.addEventListener("click", () => { // up, down, and back to the order of the file
    if (sort !== b.dataset.sort) { sort = b.dataset.sort; down = false; }
    else if (!down) down = true;
    else { sort = ""; down = false; }
    change();
  });
  $("reset").addEventListener("click", () => {
    q.value = show = sort = slice.value = "";
    for (const pick of picks) pick.value = "";
    change();
    q.focus();
  });
  $("filter").addEventListener("submit", (e) => e.preventDefault());
  $("keys").addEventListener("click", () => $("help").showModal());
  addEventListener("hashchange", follow);
  measure();
  if (follow()) $("cases").scrollIntoView({ behavior: "instant" });
  else apply();
  (globalThis.requestIdleCallback || setTimeout)(lower);
})();
