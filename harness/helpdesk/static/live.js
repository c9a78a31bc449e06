/* Follows the helpdesk: parts of a page that are marked data-live are taken anew from the server when something
   changed, and forms marked data-live-form are sent without leaving the page. Without this file, all works by
   reloading. */
"use strict";

(() => {
  const page = document.body.dataset;
  let newest = Number(page.change ?? -1);
  let waiting = null;
  let lost = false;

  function say(text) {
    document.getElementById("announcement").textContent = text;
  }

  /* Put the new parts in the place of the old ones, only those that differ, and keep the focus where it was. */
  function show(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const [ours, theirs] = [document, fresh].map((of) => of.getElementById("revision")?.value);
    if (ours && theirs) document.getElementById("settings-news").hidden = ours === theirs;
    const focused = document.activeElement;
    for (const part of document.querySelectorAll("[data-live]")) {
      const next = fresh.getElementById(part.id);
      if (!next || next.innerHTML === part.innerHTML) continue;
      part.replaceChildren(...next.childNodes);
      if (part.dataset.live) say(part.dataset.live);
    }
    if (!focused.isConnected) twin(focused)?.focus({ preventScroll: true });
  }

  /* What stands in the place of an element that went: that of its id, or the link to the same page. */
  function twin({ id, href }) {
    if (id) return document.getElementById(id);
    return href && [...document.querySelectorAll("[data-live] a")].find((link) => link.href === href);
  }

  let looks = 0;
  let seen = 0;

  async function renew() {
    if (page.follow === "reload") return location.reload();
    const look = ++looks;
    const answer = await fetch(location.pathname + location.search, { cache: "no-store" });
    if (!answer.ok) return;
    connection("");
    const html = await answer.text();
    if (look < seen) return; // a later look came back sooner
    seen = look;
    show(html);
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

  /* A helpdesk that was started again takes no form of the one before: the forms here are its own from now on. */
  function takeWords(fresh) {
    for (const form of document.querySelectorAll("form")) {
      const word = form.querySelector('input[name="signature"]');
      const twin = [...fresh.querySelectorAll("form")].find((other) => other.getAttribute("action") === form.getAttribute("action"));
      const theirs = twin?.querySelector('input[name="signature"]');
      if (word && theirs) word.value = theirs.value;
    }
    const [ours, theirs] = [document, fresh].map((of) => of.getElementById("editor"));
    if (ours && theirs) ours.dataset.signature = theirs.dataset.signature;
  }

  async function signAnew() {
    try {
      const answer = await fetch(location.pathname + location.search, { cache: "no-store" });
      if (answer.status === 404) {
        newest = 0; // it may come to be again
        return connection("The helpdesk was started anew, without this page. Go to the inbox.");
      }
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      takeWords(fresh);
      newest = Number(fresh.body.dataset.change ?? newest); // they begin anew where nothing was kept
      soon(); // the start itself may have changed settings, and what came before is told to nobody
    } catch {
      lost = true; // gone again; the next connection tries anew
    }
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
    source.onopen = () => {
      connection("");
      if (!lost) return;
      lost = false;
      channel?.postMessage({ connectedAgain: true });
      signAnew();
    };
    source.onerror = () => {
      lost = true;
      connection("Not connected. Was the helpdesk stopped? Start it again.");
      if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(channel), 5000);
    };
  }

  /* Browsers allow few connections to one server: one tab listens, and tells the others. */
  function follow() {
    if (!navigator.locks) return listen(null);
    const channel = new BroadcastChannel("helpdesk");
    channel.onmessage = ({ data }) => (data.connectedAgain ? signAnew() : changed(data));
    navigator.locks.request("helpdesk-events", () => new Promise(() => listen(channel)));
  }

  const found = (selector) => (selector ? [...document.querySelectorAll(selector)] : []);

  /* Go to what a form has brought, as a message that was sent: it is read out, and the keyboard goes on from there. */
  function goToNew(selector, known) {
    const brought = found(selector).find((part) => !known.has(part.id));
    brought?.focus({ preventScroll: true });
    brought?.scrollIntoView({ block: "nearest" });
  }

  const post = (form) => fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });

  async function send(form) {
    const button = form.querySelector("button");
    if (button.hasAttribute("aria-busy")) return;
    const known = new Set(found(form.dataset.liveNew).map((part) => part.id));
    const nothingSent = form.querySelector("[data-live-lost]");
    if (nothingSent) nothingSent.hidden = true;
    button.setAttribute("aria-busy", "true");
    say(form.dataset.liveForm);
    try {
      let answer = await post(form);
      if (answer.status === 403) {
        await signAnew(); // the helpdesk was started again meanwhile
        answer = await post(form);
      }
      if (!answer.ok) return form.submit(); // the page that says why
      if ("liveOpen" in form.dataset) return location.assign(answer.url);
      show(await answer.text());
      form.reset(); // what was chosen or written holds once
      connection("");
      goToNew(form.dataset.liveNew, known);
      if (!form.isConnected) document.getElementById("refresh")?.focus({ preventScroll: true }); // as after Cancel
    } catch {
      say("");
      if (nothingSent) nothingSent.hidden = false;
      else connection("The helpdesk does not answer. Was it stopped? Start it again.");
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-live-form]")) return;
    event.preventDefault();
    send(event.target);
  });

  /* A form that leaves the page does so only where the helpdesk answers: else what was typed would be gone. */
  let leaving = null;

  async function leave(form, submitter) {
    try {
      const answer = await fetch(location.pathname + location.search, { cache: "no-store" });
      takeWords(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      return connection("The helpdesk does not answer, and nothing was sent. Was it stopped? Start it again, and try once more.");
    }
    leaving = form;
    form.requestSubmit(submitter);
  }

  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (form.matches("[data-live-form]") || !form.querySelector('input[name="signature"]')) return;
      if (leaving !== form) {
        event.preventDefault();
        event.stopImmediatePropagation();
        leave(form, event.submitter);
      }
      leaving = null;
    },
    true,
  );

  let typing = null;
  const search = document.getElementById("search");

  async function find() {
    const address = new URL(location.href);
    const { value } = document.getElementById("q");
    address.searchParams.delete("after");
    if (value) address.searchParams.set("q", value);
    else address.searchParams.delete("q");
    history.replaceState(null, "", address);
    await renew();
  }

  search?.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => find().catch(() => {}), 150);
  });

  /* Enter finds at once, and shows what was found where the inbox lies below the conversation. */
  search?.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(typing);
    try {
      await find();
      const inbox = document.getElementById("inbox");
      if (inbox.getBoundingClientRect().top > innerHeight / 2) inbox.scrollIntoView();
    } catch {
      search.submit();
    }
  });

  document.addEventListener("visibilitychange", soon);
  if (newest >= 0) follow();
})();
