/* Says that a test is under way: the page stands still until the webhook has answered every call. */
"use strict";

const form = document.getElementById("settings-form");
const status = document.getElementById("testing-status");
const button = form.querySelector('button[value="test"]');

form.addEventListener("submit", ({ submitter }) => {
  if (submitter !== button) return;
  button.setAttribute("aria-busy", "true");
  document.querySelector(".trial")?.remove();
  status.hidden = false;
  status.textContent = "Fetching, and trying what the rules ask for: some 15 calls, at most four at once …";
});

/* A page that the browser kept comes back as it was left. */
addEventListener("pageshow", () => {
  button.removeAttribute("aria-busy");
  status.hidden = true;
});
