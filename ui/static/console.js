// What pays on the console's pages: suggestions while a name is typed, a box that
// ticks all, a button that copies. Everything works without it too.
"use strict";

// --- Suggestions --------------------------------------------------------------
// *Source*: WAI-ARIA Authoring Practices, combobox with a list.

let lists = 0;

function makeFinder(box) {
  const field = box.querySelector("input");
  const list = document.createElement("ul");
  const told = document.createElement("span");
  list.id = `matches-${++lists}`;
  list.className = "matches";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.placeholder || field.labels?.[0]?.textContent || "");
  told.className = "hidden";
  told.setAttribute("role", "status");
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-expanded", "false");
  field.setAttribute("aria-controls", list.id);
  box.append(list, told);
  let waiting;
  let asked = 0;
  let chosen = -1;

  const options = () => [...list.querySelectorAll("[role=option]")];

  function close() {
    clearTimeout(waiting);
    asked++;
    list.hidden = true;
    chosen = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  function mark(at) {
    const all = options();
    if (!all.length) return;
    chosen = (at + all.length) % all.length;
    all.forEach((option, place) => option.setAttribute("aria-selected", String(place === chosen)));
    field.setAttribute("aria-activedescendant", all[chosen].id);
    all[chosen].scrollIntoView({ block: "nearest" });
  }

  function take(value) {
    close();
    if (box.dataset.chips) addChip(box, value);
    else field.value = value;
    if (box.dataset.chips) field.value = "";
    field.focus();
  }

  function show(found) {
    const lines = found.matches.map((match, place) => {
      const line = document.createElement("li");
      const value = document.createElement("span");
      const note = document.createElement("span");
      line.id = `${list.id}-${place}`;
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", "false");
      line.dataset.value = match.value;
      value.textContent = match.value;
      note.textContent = match.note;
      note.className = "muted";
      line.append(value, note);
      return line;
    });
    const rest = found.matches.length === 0 ? box.dataset.none
      : found.more > 0 ? box.dataset.more.replace("{0}", found.more) : "";
    if (rest) {
      const line = document.createElement("li");
      line.className = "matches-rest";
      line.setAttribute("role", "presentation");
      line.textContent = rest;
      lines.push(line);
    }
    list.replaceChildren(...lines);
    list.hidden = false;
    chosen = -1;
    field.setAttribute("aria-expanded", "true");
    field.removeAttribute("aria-activedescendant");
    told.textContent = [box.dataset.count.replace("{0}", found.matches.length), rest].filter(Boolean).join(". ");
  }

  async function find() {
    const number = ++asked;
    const response = await fetch(`${box.dataset.find}?q=${encodeURIComponent(field.value.trim())}`).catch(() => null);
    if (!response?.ok || number !== asked) return;
    const found = await response.json();
    if (number === asked && document.activeElement === field) show(found);
  }

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    if (field.value.trim()) waiting = setTimeout(find, 150);
    else close();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) find();
      else mark(chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && !list.hidden && chosen >= 0) {
      event.preventDefault();
      take(options()[chosen].dataset.value);
    } else if (event.key === "Enter" && box.dataset.chips && field.value.trim()) {
      event.preventDefault();
      take(field.value.trim());
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });
  field.addEventListener("blur", close);
  // Before the field loses its focus, or the list would be gone.
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const option = event.target.closest("[role=option]");
    if (option) take(option.dataset.value);
  });
  const button = box.querySelector("button");
  if (button && box.dataset.chips) {
    button.addEventListener("click", (event) => {
      if (!field.value.trim()) return;
      event.preventDefault();
      take(field.value.trim());
    });
  }
}

function addChip(box, value) {
  const chips = document.getElementById(box.dataset.chips);
  const there = [...chips.querySelectorAll("input")].find((input) => input.value === value);
  if (there) {
    // Named already: what was to be removed stays.
    there.checked = there.name.startsWith("add");
    there.focus();
    return;
  }
  const item = document.createElement("li");
  const label = document.createElement("label");
  const input = document.createElement("input");
  const name = document.createElement("span");
  const note = document.createElement("em");
  label.className = "add-chip";
  input.type = "checkbox";
  input.name = box.dataset.name;
  input.value = value;
  input.checked = true;
  name.dir = "auto";
  name.textContent = value;
  note.textContent = box.dataset.new;
  label.append(input, name, " ", note);
  item.append(label);
  chips.append(item);
  const only = document.getElementById("access-only");
  if (only) only.checked = true;
}

for (const box of document.querySelectorAll(".finder")) makeFinder(box);

// --- Ticking all ----------------------------------------------------------------

const all = document.getElementById("select-all");
if (all) {
  const boxes = () => [...document.querySelectorAll(".grid td.pick input")];
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes()) box.checked = all.checked;
  });
  document.addEventListener("change", (event) => {
    if (!event.target.closest("td.pick")) return;
    const ticked = boxes().filter((box) => box.checked).length;
    all.checked = ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
  });
}

// --- Copying ----------------------------------------------------------------------

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = button.dataset.copied;
    } catch {
      // The text is selected: it can be copied by hand.
    }
  });
}

// --- Mistakes ---------------------------------------------------------------------

// A page that opens with a mistake begins there.
const fault = document.querySelector("#content [aria-invalid=true]");
if (fault) fault.focus();

// --- Long work ----------------------------------------------------------------

const LOOK_AGAIN_MS = 1000;

function followLongWork() {
  if (!document.querySelector("[data-under-way]")) return;
  setTimeout(async () => {
    await refresh();
    followLongWork();
  }, LOOK_AGAIN_MS);
}

followLongWork();
