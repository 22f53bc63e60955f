// Makes pages follow changes and opens their forms as dialogs. Everything here
// works without it too: links lead to pages, forms are answered by redirects.
"use strict";

const dialog = document.getElementById("dialog");
const REFRESH = { "X-Platen-Refresh": "1" };
const LIVE_PARTS = ["bar", "banners", "content", "foot", "arrivals"];

// --- Morphing: new markup into old nodes, so that focus and typing stay -----

const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.id : "");

function alike(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);
}

function morphAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !(name === "open" && old.nodeName === "DETAILS")) old.removeAttribute(name);
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
  // What was ticked stays ticked; what is typed stays typed.
  if (old instanceof HTMLInputElement && old !== document.activeElement && !("keep" in old.dataset)) {
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

function sign(icon) {
  const made = document.querySelector("#lost svg").cloneNode(true);
  made.firstElementChild.setAttribute("href", `#${icon}`);
  return made;
}

const isPage = (page) => page.getElementById("notice") !== null;

function showPage(page, ownDoing) {
  for (const id of LIVE_PARTS) {
    const old = document.getElementById(id);
    const fresh = page.getElementById(id);
    if (old && fresh) morph(old, fresh);
  }
  document.title = page.title;
  document.body.dataset.version = page.body.dataset.version;
  const line = page.querySelector("#notice > *");
  if (line) showNotice(document.importNode(line, true));
  tellArrivals(ownDoing);
}

// What can be taken back stays for longer, and for as long as it is looked at.
let hideNotice;
function showNotice(line) {
  const notice = document.getElementById("notice");
  if (line) notice.replaceChildren(line);
  const hide = () => {
    if (notice.matches(":hover, :focus-within")) hideNotice = setTimeout(hide, 2000);
    else notice.replaceChildren();
  };
  clearTimeout(hideNotice);
  hideNotice = setTimeout(hide, notice.querySelector("form") ? 20000 : 8000);
}

function tell(text, icon) {
  const line = document.createElement("div");
  line.className = "notice-line";
  const words = document.createElement("span");
  words.textContent = text;
  line.append(sign(icon), words);
  showNotice(line);
}

function problemIn(page) {
  return page.querySelector("[data-problem]")?.textContent ?? lostText();
}

// --- Documents that arrive while the page is open ---------------------------

// What was known before, by the id of its mark.
const known = new Map();
const TOLD = ["held", "canceled", "unreadable"];
const TOASTS = 3;

function tellArrivals(ownDoing) {
  const ended = [...known].filter(([id, state]) => state === "releasing" && !document.getElementById(id));
  for (const [id] of ended) known.delete(id);
  if (ended.length) tellEnds(ended.map(([id]) => id.replace("arrived-", "h-")));
  for (const mark of document.querySelectorAll("#arrivals > a")) {
    const before = known.get(mark.id);
    known.set(mark.id, mark.dataset.state);
    const isNews = [undefined, "submitted", "releasing"].includes(before);
    if (isNews && before !== mark.dataset.state && !ownDoing && TOLD.includes(mark.dataset.state)) {
      showToast(mark);
    }
  }
}

// What was being printed is in the history then, with how it ended.
async function tellEnds(ids) {
  try {
    const page = await read(await fetch("/history", { headers: REFRESH }));
    for (const row of ids.map((id) => page.getElementById(id)).filter((row) => row?.dataset.ending)) {
      const mark = document.createElement("a");
      mark.id = row.id;
      Object.assign(mark.dataset, row.dataset);
      mark.textContent = row.dataset.ending;
      showToast(mark);
    }
  } catch {
    // It stays in the history.
  }
}

// Good news goes by itself, unless somebody is at it; the list has it anyway.
function vanish(toast) {
  setTimeout(() => {
    if (toast.matches(":hover, :focus-within")) vanish(toast);
    else toast.remove();
  }, 15000);
}

function showToast(mark) {
  const toasts = document.getElementById("toasts");
  const { tone, icon, title } = mark.dataset;
  const toast = document.createElement("div");
  toast.className = `toast ${tone}`;
  toast.id = `toast-${mark.id}`;
  const [head, text, close] = ["strong", "p", "button"].map((kind) => document.createElement(kind));
  head.textContent = title;
  text.textContent = mark.textContent;
  close.type = "button";
  close.className = "button quiet";
  close.setAttribute("aria-label", toasts.dataset.close);
  close.append(sign("i-close"));
  close.addEventListener("click", () => toast.remove());
  toast.append(sign(`i-${icon}`), head, close, text);
  if (mark.hasAttribute("href")) {
    const change = document.createElement("a");
    change.className = "button";
    change.id = `change-${mark.id}`;
    change.href = mark.getAttribute("href");
    change.dataset.openDialog = "";
    change.textContent = toasts.dataset.change;
    change.addEventListener("click", () => toast.remove());
    toast.append(change);
  }
  // One document is told of once; a new verdict takes the old one's place.
  document.getElementById(toast.id)?.remove();
  toasts.prepend(toast);
  if (tone === "ready" || tone === "good") vanish(toast);
  while (toasts.children.length > TOASTS) toasts.lastElementChild.remove();
}

// --- Following changes ------------------------------------------------------

let refreshing = false;
let changedAgain = false;

// A page of forms is not changed under the hands of who fills them in.
function isBeingFilledIn() {
  if (!("careful" in document.body.dataset)) return false;
  // What a form was answered with is at no address: it can't be fetched again.
  if ("posted" in document.body.dataset) return true;
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

// An administrator's lists change with every print of a busy site: now and then
// is soon enough.
const PATIENCE_MS = 3000;
let waiting;
function refreshSoon() {
  if (!("careful" in document.body.dataset)) {
    refresh();
    return;
  }
  waiting ??= setTimeout(() => {
    waiting = undefined;
    refresh();
  }, PATIENCE_MS);
}

const lostText = () => document.querySelector("#lost span").dataset.text;

function lost(text) {
  const line = document.getElementById("lost");
  line.querySelector("span").textContent = text;
  line.hidden = !text;
}

function follow() {
  const events = new EventSource(document.body.dataset.events ?? "/events");
  events.addEventListener("changed", (event) => {
    lost("");
    if (event.data !== document.body.dataset.version) refreshSoon();
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
  const steps = ["[data-first]", ".choice[aria-current]:enabled", ".choice:enabled", "form input:not([type=hidden])", "form a", "a"];
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
      history.replaceState(null, "", withoutDeleted(response.url));
      closeDialog();
      showPage(page, true);
      keepFocus();
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

// What was pressed may be gone: whoever uses the keyboard goes on from what can
// be done next.
function keepFocus() {
  if (document.activeElement !== document.body) return;
  (document.getElementById("undo") ?? document.getElementById("content")).focus();
}

// Only the notice that was just shown takes a deletion back.
function withoutDeleted(url) {
  const clean = new URL(url);
  clean.searchParams.delete("deleted");
  return clean.href;
}

// A search is an address, so that it can be kept and gone back to.
function search(form) {
  const fields = new URLSearchParams(new FormData(form));
  for (const [name, value] of [...fields]) {
    if (!value || (name === "sort" && value === "newest")) fields.delete(name);
  }
  history.replaceState(null, "", fields.size ? `${form.action}?${fields}` : form.action);
  refresh();
}

let typing;
document.addEventListener("input", (event) => {
  const searched = event.target.closest("form[data-search]");
  if (searched) {
    clearTimeout(typing);
    typing = setTimeout(() => search(searched), 250);
    return;
  }
  const form = event.target.closest("form[data-live]");
  if (!form || !dialog.contains(form)) return;
  clearTimeout(typing);
  if (form.checkValidity()) typing = setTimeout(() => form.isConnected && send(form, null, true), 250);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  clearTimeout(typing);
  // A plain form leads to a page of its own, as without a script.
  if (event.defaultPrevented || "plain" in form.dataset) return;
  event.preventDefault();
  if ("search" in form.dataset) search(form);
  else send(form, event.submitter, false);
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
if (document.querySelector("#notice > *")) showNotice();
if (location.search.includes("deleted=")) history.replaceState(null, "", withoutDeleted(location.href));
tellArrivals(true);
follow();
