(function () {
  "use strict";
  const form = document.querySelector(".filters");
  const cards = Array.from(document.querySelectorAll(".card"));
  const videos = Array.from(document.querySelectorAll(".video"));
  const chosen = (name) => {
    const control = document.getElementById("filter-" + name);
    return control ? control.value : "";
  };
  const apply = () => {
    const emotion = chosen("emotion");
    const verdict = chosen("verdict");
    let shown = 0;
    for (const card of cards) {
      const named = !emotion || card.dataset.emotion === emotion || card.dataset.truth === emotion;
      card.hidden = !named || (verdict !== "" && card.dataset.verdict !== verdict);
      shown += card.hidden ? 0 : 1;
    }
    for (const video of videos) {
      const any = video.querySelector(".card:not([hidden])") !== null;
      video.hidden = (emotion || verdict) !== "" && !any;
    }
    document.getElementById("count").textContent =
      shown + " of " + cards.length + " intervals shown";
  };
  if (form) {
    form.hidden = false;
    form.addEventListener("change", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(apply));
    // A browser may have kept what was chosen before the page was loaded again.
    apply();
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#video"]');
    if (link && form) {
      // The video must not be hidden by a filter when its link is followed.
      form.reset();
      apply();
    }
    const button = event.target.closest(".play");
    if (!button) return;
    const card = button.closest(".card");
    const loop = card.querySelector(".loop");
    const play = button.getAttribute("aria-pressed") !== "true";
    if (play && !loop.src) loop.src = loop.dataset.loop;
    loop.hidden = !play;
    card.querySelector(".strip").hidden = play;
    button.setAttribute("aria-pressed", String(play));
    button.textContent = play ? "Stop" : "Play slowly";
  });
})();
