/* Tests in two steps: the example as soon as it is fetched, then what the rules find by some calls more. */
"use strict";

const form = document.getElementById("settings-form");
const status = document.getElementById("testing-status");
const button = document.querySelector('#test button[value="test"]');
const save = document.querySelector('#test button[value="save"]');
const found = document.getElementById("found");

form.addEventListener("submit", ({ submitter }) => {
  if (submitter !== button) return;
  button.setAttribute("aria-busy", "true");
  document.querySelector(".trial")?.remove();
  status.hidden = false;
  status.textContent = "Fetching …";
});

button.value = "fetch";

/* Enter tests in the address to test with, saves in a setting, and does nothing in what only the preview takes. */
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || event.target.tagName !== "INPUT") return;
  event.preventDefault();
  if (event.target.id === "email") form.requestSubmit(button);
  else if (event.target.name && event.target.form === form) form.requestSubmit(save);
});

/* What stands in the form is what was tested: the page has just brought it back. */
async function judge() {
  const body = new URLSearchParams(new FormData(form));
  body.set("do", "judge");
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    if (!answer.ok) throw new Error(answer.statusText);
    found.innerHTML = await answer.text();
  } catch {
    document.getElementById("found-status").textContent =
      "The rules could not be tried: the helpdesk did not answer. Test again.";
  }
}

if (found && "wanted" in found.dataset) judge();

/* A page that the browser kept comes back as it was left. */
addEventListener("pageshow", () => {
  button.removeAttribute("aria-busy");
  status.hidden = true;
});
