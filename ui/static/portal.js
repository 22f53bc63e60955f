// Makes pages follow changes and opens their forms as dialogs. Everything here
// works without it too: links lead to pages, forms are answered by redirects.
"use strict";

const dialog = document.getElementById("dialog");
const REFRESH = { "X-Platen-Refresh": "1" };
const LIVE_PARTS = ["bar", "banners", "content", "foot"];

// --- Morphing: new markup into old nodes, so that focus and typing stay -----

const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.id : "");

function alike(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);
}

function morphAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

function morph(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  morphAttributes(old, fresh);
  if (old instanceof HTMLInputElement && old !== document.activeElement) {
    old.value = fresh.getAttribute("value") ?? "";
    old.checked = fresh.hasAttribute("checked");
  }
  morphChildren(old, fresh);
}

function morphChildren(old, fresh) {
  const kept = new Map();
  for (const child of old.children) if (child.id) kept.set(child.id, child);
  let place = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const match = keyOf(child) ? kept.get(keyOf(child)) : place;
    if (match && alike(match, child)) {
      if (match === place) place = place.nextSibling;
      else old.insertBefore(match, place);
      morph(match, child);
    } else {
      old.insertBefore(document.importNode(child, true), place);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

// --- Pages ------------------------------------------------------------------

async function read(response) {
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

const isPage = (page) => page.getElementById("notice") !== null;

function showPage(page) {
  for (const id of LIVE_PARTS) {
    const old = document.getElementById(id);
    const fresh = page.getElementById(id);
    if (old && fresh) morph(old, fresh);
  }
  document.title = page.title;
  document.body.dataset.version = page.body.dataset.version;
  const text = page.querySelector("#notice span")?.textContent;
  if (text) tell(text, "i-good");
}

let hideNotice;
function tell(text, icon) {
  const notice = document.getElementById("notice");
  const line = document.createElement("p");
  const sign = document.querySelector("#lost svg").cloneNode(true);
  sign.firstElementChild.setAttribute("href", `#${icon}`);
  const words = document.createElement("span");
  words.textContent = text;
  line.append(sign, words);
  notice.replaceChildren(line);
  clearTimeout(hideNotice);
  hideNotice = setTimeout(() => notice.replaceChildren(), 8000);
}

function problemIn(page) {
  return page.querySelector("[data-problem]")?.textContent ?? lostText();
}

// --- Following changes ------------------------------------------------------

let refreshing = false;
let changedAgain = false;

// A page of forms is not changed under the hands of who fills them in.
function isBeingFilledIn() {
  if (!("careful" in document.body.dataset)) return false;
  const changed = (field) => field.type === "checkbox" || field.type === "radio"
    ? field.checked !== field.defaultChecked
    : field.value !== field.defaultValue;
  return [...document.querySelectorAll("#content input")].some(changed);
}

async function refresh() {
  if (isBeingFilledIn()) return;
  if (refreshing) {
    changedAgain = true;
    return;
  }
  refreshing = true;
  try {
    const response = await fetch(location.href, { headers: REFRESH });
    const page = await read(response);
    lost(response.ok ? "" : problemIn(page));
    if (response.ok && isPage(page)) showPage(page);
  } catch {
    lost(lostText());
  } finally {
    refreshing = false;
    if (changedAgain) {
      changedAgain = false;
      refresh();
    }
  }
}

const lostText = () => document.querySelector("#lost span").dataset.text;

function lost(text) {
  const line = document.getElementById("lost");
  line.querySelector("span").textContent = text;
  line.hidden = !text;
}

function follow() {
  const events = new EventSource("/events");
  events.addEventListener("changed", (event) => {
    lost("");
    if (event.data !== document.body.dataset.version) refresh();
  });
  events.onerror = () => {
    lost(lostText());
    // A refused stream is not tried again by the browser.
    if (events.readyState === EventSource.CLOSED) setTimeout(follow, 5000);
  };
  addEventListener("pagehide", () => events.close(), { once: true });
}

// --- Dialogs ----------------------------------------------------------------

let opener = "";

function fillDialog(page) {
  const content = page.querySelector("[data-dialog]");
  if (!content) return false;
  const fresh = document.createElement("dialog");
  fresh.append(...[...content.childNodes].map((node) => document.importNode(node, true)));
  if (dialog.open) morphChildren(dialog, fresh);
  else dialog.replaceChildren(...fresh.childNodes);
  return true;
}

function openDialog() {
  if (dialog.open) return;
  dialog.showModal();
  // The likeliest next step first; never what can't be undone.
  const steps = [".choice[aria-current]:enabled", ".choice:enabled", "form input:not([type=hidden])", "form a", "a"];
  const first = steps.map((step) => dialog.querySelector(step)).find(Boolean);
  first?.focus();
}

function closeDialog() {
  if (dialog.open) dialog.close();
}

// The node that was there may have been replaced meanwhile; its id stays.
dialog.addEventListener("close", () => {
  (document.getElementById(opener) ?? document.getElementById("content")).focus();
});

async function openFrom(link) {
  opener = link.id;
  try {
    const response = await fetch(link.href, { headers: REFRESH });
    const page = await read(response);
    if (fillDialog(page)) {
      openDialog();
    } else {
      tell(problemIn(page), "i-over");
      refresh();
    }
  } catch {
    lost(lostText());
  }
}

// --- Forms ------------------------------------------------------------------

let sent = 0;

async function send(form, button, stay) {
  const fields = new URLSearchParams(new FormData(form, button));
  if (stay) fields.set("stay", "yes");
  const number = ++sent;
  form.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(form.action, { method: "POST", body: fields });
    const page = await read(response);
    // A later change has been sent meanwhile; its answer is the one to show.
    if (number !== sent) return;
    if (page.querySelector("[data-dialog]")) {
      if (dialog.open) fillDialog(page);
      else if (fillDialog(page)) openDialog();
    } else if (response.ok && isPage(page)) {
      history.replaceState(null, "", response.url);
      closeDialog();
      showPage(page);
    } else {
      closeDialog();
      tell(problemIn(page), "i-over");
      refresh();
    }
  } catch {
    lost(lostText());
  } finally {
    form.removeAttribute("aria-busy");
  }
}

let typing;
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-live]");
  if (!form || !dialog.contains(form)) return;
  clearTimeout(typing);
  if (form.checkValidity()) typing = setTimeout(() => form.isConnected && send(form, null, true), 250);
});

document.addEventListener("submit", (event) => {
  clearTimeout(typing);
  // A plain form leads to a page of its own, as without a script.
  if (event.target.hasAttribute("data-plain")) return;
  event.preventDefault();
  send(event.target, event.submitter, false);
});

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest("a");
  if (link?.hasAttribute("data-open-dialog")) {
    event.preventDefault();
    openFrom(link);
  } else if (link?.hasAttribute("data-close-dialog") && dialog.open) {
    event.preventDefault();
    closeDialog();
  } else if (event.target === dialog) {
    const box = dialog.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right
      && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) closeDialog();
  }
});

// A reason that covers something can be put away.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const hint of document.querySelectorAll(".hint:hover, .hint:focus-within")) {
    hint.classList.add("dismissed");
    const back = () => hint.classList.remove("dismissed");
    hint.addEventListener("mouseleave", back, { once: true });
    hint.addEventListener("focusout", back, { once: true });
  }
});

// --- Start ------------------------------------------------------------------

// From a notification: the dialog is in the page already, but not modal.
if (dialog.open) {
  dialog.removeAttribute("open");
  openDialog();
}
const wanted = document.querySelector(".wanted");
if (wanted) {
  wanted.scrollIntoView({ block: "center" });
  opener = wanted.querySelector("a[id^='a-']")?.id ?? "content";
}
if (document.querySelector("#notice p")) {
  hideNotice = setTimeout(() => document.getElementById("notice").replaceChildren(), 8000);
}
follow();
