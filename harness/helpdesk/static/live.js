/* Follows the helpdesk: parts of a page that are marked data-live are taken anew from the server when something
   changed, and forms marked data-live-form are sent without leaving the page. Without this file, all works by
   reloading. */
"use strict";

(() => {
  const page = document.body.dataset;
  let newest = Number(page.change ?? -1);
  let waiting = null;

  function say(text) {
    document.getElementById("announcement").textContent = text;
  }

  /* Put the new parts in the place of the old ones, only those that differ, and keep the focus where it was. */
  function show(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const [ours, theirs] = [document, fresh].map((of) => of.getElementById("revision")?.value);
    if (ours && theirs) document.getElementById("settings-news").hidden = ours === theirs;
    const focused = document.activeElement?.id;
    for (const part of document.querySelectorAll("[data-live]")) {
      const next = fresh.getElementById(part.id);
      if (!next || next.innerHTML === part.innerHTML) continue;
      part.replaceChildren(...next.childNodes);
      if (part.dataset.live) say(part.dataset.live);
    }
    if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  async function renew(address = location.pathname + location.search) {
    if (page.follow === "reload") return location.reload();
    const answer = await fetch(address, { cache: "no-store" });
    if (answer.ok) show(await answer.text());
  }

  /* Several changes in a row are one look at the server; a page that nobody sees looks when it is seen. */
  function soon() {
    if (document.hidden || waiting) return;
    waiting = setTimeout(() => {
      waiting = null;
      renew().catch(() => {});
    }, 30);
  }

  function changed({ id, kind, customer }) {
    if (id <= newest) return;
    newest = id;
    if (kind === "message" || kind === "settings" || String(customer) === page.customer) soon();
  }

  function connection(text) {
    document.getElementById("connection").textContent = text;
  }

  function listen(channel) {
    const source = new EventSource(`/events?after=${newest}`);
    source.onmessage = (event) => {
      const change = { id: Number(event.lastEventId), ...JSON.parse(event.data) };
      channel?.postMessage(change);
      changed(change);
    };
    source.onopen = () => connection("");
    source.onerror = () => {
      connection("Not connected. Was the helpdesk stopped? Start it again.");
      if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(channel), 5000);
    };
  }

  /* Browsers allow few connections to one server: one tab listens, and tells the others. */
  function follow() {
    if (!navigator.locks) return listen(null);
    const channel = new BroadcastChannel("helpdesk");
    channel.onmessage = (event) => changed(event.data);
    navigator.locks.request("helpdesk-events", () => new Promise(() => listen(channel)));
  }

  const found = (selector) => (selector ? [...document.querySelectorAll(selector)] : []);

  /* Go to what a form has brought, as a message that was sent: it is read out, and the keyboard goes on from there. */
  function goToNew(selector, known) {
    const brought = found(selector).find((part) => !known.has(part.id));
    brought?.focus({ preventScroll: true });
    brought?.scrollIntoView({ block: "nearest" });
  }

  async function send(form) {
    const button = form.querySelector("button");
    if (button.hasAttribute("aria-busy")) return;
    const known = new Set(found(form.dataset.liveNew).map((part) => part.id));
    button.setAttribute("aria-busy", "true");
    say(form.dataset.liveForm);
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.action, { method: "POST", body });
      if (!answer.ok) return form.submit(); // the page that says why
      show(await answer.text());
      form.reset(); // what was chosen or written holds once
      connection("");
      goToNew(form.dataset.liveNew, known);
    } catch {
      say("");
      connection("The helpdesk does not answer. Was it stopped? Start it again.");
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-live-form]")) return;
    event.preventDefault();
    send(event.target);
  });

  let typing = null;
  document.getElementById("search")?.addEventListener("input", (event) => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      const address = new URL(location.href);
      address.searchParams.delete("after");
      if (event.target.value) address.searchParams.set("q", event.target.value);
      else address.searchParams.delete("q");
      history.replaceState(null, "", address);
      renew().catch(() => {});
    }, 150);
  });

  document.addEventListener("visibilitychange", soon);
  if (newest >= 0) follow();
})();
