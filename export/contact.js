(() => {
  const shots = [...document.querySelectorAll(".shot")];
  const find = document.getElementById("find"), state = document.getElementById("state"), maker = document.getElementById("maker"), shown = document.getElementById("shown");
  const apply = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let n = 0;
    for (const s of shots) {
      const ok = (!state.value || s.dataset.state === state.value) && (!maker.value || s.dataset.maker === maker.value) &&
        words.every(w => s.dataset.text.includes(w));
      s.hidden = !ok;
      n += ok;
    }
    shown.value = n + " of " + shots.length;
  };
  for (const e of [find, state, maker]) e.addEventListener("input", apply);
  apply();
  const box = document.querySelector("dialog"), big = box.querySelector("img"), under = box.querySelector("p");
  let at = 0;
  const show = i => {
    const open = shots.filter(s => !s.hidden && s.querySelector(".frame img"));
    if (!open.length) return;
    at = (i + open.length) % open.length;
    big.src = open[at].querySelector(".frame img").src;
    big.alt = under.textContent = open[at].querySelector("h3").textContent;
    if (!box.open) box.showModal();
  };
  document.addEventListener("click", e => {
    const frame = e.target.closest(".frame");
    if (frame && frame.querySelector("img")) show(shots.filter(s => !s.hidden && s.querySelector(".frame img")).indexOf(frame.closest(".shot")));
    else if (box.open && !e.target.closest("dialog img")) box.close();
  });
  document.addEventListener("keydown", e => {
    if (box.open && e.key === "ArrowRight") show(at + 1);
    else if (box.open && e.key === "ArrowLeft") show(at - 1);
    else if (!box.open && e.key === "/" && document.activeElement !== find) { e.preventDefault(); find.focus(); }
  });
})();
