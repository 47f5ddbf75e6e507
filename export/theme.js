"use strict";
(() => {
  // What the reader chose holds on every report; without a choice the system's scheme does.
  const root = document.documentElement;
  root.classList.add("js");
  let kept = null;
  try { kept = localStorage.getItem("genops-theme"); } catch { /* some viewers forbid it */ }
  if (kept === "dark" || kept === "light") root.dataset.theme = kept;
  document.getElementById("theme").addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme:dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("genops-theme", root.dataset.theme); } catch { /* then it holds for this page */ }
  });
})();
