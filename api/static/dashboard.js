// Keeps a page fresh: fetches its own address and swaps the parts that are marked
// `data-live`, where they differ. Without it everything works; one reloads by hand.
"use strict";

(() => {
  const usual = 1000 * Number(document.body.dataset.refreshS);
  const longest = 60000;
  const button = document.getElementById("refresh");
  const lost = document.getElementById("lost");
  let wait = usual;
  let timer = 0;
  let stopped = false;
  let answeredAt = new Date();

  // What somebody types in, or has opened, is theirs until they have done with it.
  const inUse = (part) => {
    const active = document.activeElement;
    return part.contains(active) && active.matches("input, select, textarea");
  };

  const opened = (part) =>
    new Set([...part.querySelectorAll("details[open][id]")].map((one) => one.id));

  // How to find an element again in a fresh part: it and others like it, in order.
  const kinOf = (one) => {
    if (one.id) return `#${CSS.escape(one.id)}`;
    if (one.hasAttribute("href")) return `[href="${CSS.escape(one.getAttribute("href"))}"]`;
    if (one.localName === "summary") return "summary";
    const form = one.closest("form[action]");
    const action = form && CSS.escape(form.getAttribute("action"));
    return form ? `form[action="${action}"] ${one.localName}` : one.localName;
  };

  const swap = (old, fresh) => {
    const open = opened(old);
    const active = old.contains(document.activeElement) ? document.activeElement : null;
    const kin = active && kinOf(active);
    const place = active && [...old.querySelectorAll(kin)].indexOf(active);
    for (const one of fresh.querySelectorAll("details[id]")) {
      one.open = one.open || open.has(one.id);
    }
    // An image with the same address stays the element that it is: no flicker.
    for (const image of fresh.querySelectorAll("img[src]")) {
      const known = old.querySelector(`img[src="${CSS.escape(image.getAttribute("src"))}"]`);
      if (known && !image.hasAttribute("data-live-image")) image.replaceWith(known);
    }
    old.replaceWith(fresh);
    const again = active && fresh.querySelectorAll(kin)[place];
    if (again) again.focus({ preventScroll: true });
  };

  const apply = (text) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    for (const old of document.querySelectorAll("[data-live][id]")) {
      const fresh = page.getElementById(old.id);
      if (fresh && !inUse(old) && fresh.outerHTML !== old.outerHTML) {
        swap(old, document.importNode(fresh, true));
      }
    }
  };

  const failed = () => {
    wait = Math.min(2 * wait, longest);
    lost.querySelector("span").textContent = answeredAt.toLocaleTimeString();
    lost.hidden = false;
  };

  const refresh = async () => {
    try {
      const answer = await fetch(window.location.href, {
        headers: { Accept: "text/html" },
        credentials: "same-origin",
        cache: "no-store",
        signal: AbortSignal.timeout(10000),
      });
      // The session has ended: the server has the page that says so.
      if (answer.status === 401) return window.location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      apply(await answer.text());
      answeredAt = new Date();
      wait = usual;
      lost.hidden = true;
    } catch (error) {
      failed();
    }
    return plan();
  };

  const plan = () => {
    window.clearTimeout(timer);
    if (!stopped && !document.hidden) timer = window.setTimeout(refresh, wait);
  };

  // After a form was refused the address is that of the change, not of a page.
  if (document.body.dataset.refreshS && !document.body.hasAttribute("data-still")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      stopped = !stopped;
      button.textContent = stopped ? button.dataset.resume : button.dataset.pause;
      plan();
    });
    document.addEventListener("visibilitychange", () => {
      window.clearTimeout(timer);
      if (!document.hidden && !stopped) refresh();
    });
    plan();
  }

  // A choice is made by choosing; without script by the button beside it.
  for (const select of document.querySelectorAll("form.theme select")) {
    select.form.querySelector("button").hidden = true;
    select.addEventListener("change", () => select.form.requestSubmit());
  }
})();
