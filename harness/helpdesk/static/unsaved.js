/* Asks before what was typed and not saved is left; what is only for the test does not count. */
"use strict";

const form = document.getElementById("settings-form");
const ASIDE = ["email", "signature", "revision"];
let sent = false;

function entered() {
  const data = new FormData(form);
  for (const name of ASIDE) data.delete(name);
  return new URLSearchParams(data).toString();
}

const opened = entered();

form.addEventListener("submit", () => {
  sent = true;
});

addEventListener("beforeunload", (event) => {
  if (!sent && ("unsaved" in form.dataset || entered() !== opened)) event.preventDefault();
});

/* A page that the browser kept comes back as it was left. */
addEventListener("pageshow", () => {
  sent = false;
});
