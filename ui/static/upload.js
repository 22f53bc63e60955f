// Several files at once, dropped or chosen, each with its progress and its own
// answer. Without it the form is sent as it is.

// A file on its way: what is sent, its line in the list, and how far it is.
const waiting = [];
let sending = false;

const form = () => document.getElementById("upload");
const fillIn = (word, ...values) => word.replace(/\{(\d)\}/g, (_, at) => values[at] ?? "");

function icon(name) {
  const sign = document.querySelector("#lost svg").cloneNode(true);
  sign.firstElementChild.setAttribute("href", `#i-${name}`);
  return sign;
}

function element(kind, className, text) {
  const made = document.createElement(kind);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// --- The list ---------------------------------------------------------------

function lineFor(file) {
  const words = form().dataset;
  const line = element("li", "upload-file past");
  const name = element("span", "upload-name", file.name);
  name.dir = "auto";
  const state = element("span", "upload-state", words.waiting);
  state.setAttribute("role", "status");
  const bar = document.createElement("progress");
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  const remove = element("button", "button quiet");
  remove.type = "button";
  remove.append(icon("close"));
  remove.setAttribute("aria-label", fillIn(words.remove, file.name));
  line.append(icon("document"), name, remove, state, bar);
  return { file, line, state, bar, remove };
}

function settle(one, tone, sign, text) {
  one.line.className = `upload-file ${tone}`;
  one.line.querySelector("svg").replaceWith(icon(sign));
  one.state.textContent = text;
  one.bar.remove();
  one.remove.remove();
}

function add(files) {
  const [list, words] = [document.getElementById("upload-list"), form().dataset];
  document.getElementById("upload-problem").hidden = true;
  for (const file of files) {
    const one = lineFor(file);
    list.append(one.line);
    if (file.size > Number(words.limit)) {
      settle(one, "over", "over", fillIn(words.tooLarge, file.name, words.megabytes));
    } else if (file.size === 0) {
      settle(one, "over", "over", fillIn(words.empty, file.name));
    } else {
      one.remove.addEventListener("click", () => {
        const at = waiting.indexOf(one);
        if (at >= 0) waiting.splice(at, 1);
        one.line.remove();
        document.getElementById("upload-file").focus();
      });
      waiting.push(one);
    }
  }
}

// --- Sending ----------------------------------------------------------------

// fetch tells nothing of how far it is.
function ask(one, fields) {
  const words = form().dataset;
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/upload");
    request.responseType = "document";
    request.setRequestHeader("X-Platen-Upload", "1");
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      const percent = Math.floor((event.loaded * 100) / event.total);
      one.bar.value = percent;
      one.state.textContent = percent < 100 ? fillIn(words.sending, percent) : words.counting;
    });
    request.upload.addEventListener("load", () => {
      one.bar.removeAttribute("value");
      one.state.textContent = words.counting;
    });
    request.addEventListener("load", () => resolve(request.response));
    for (const kind of ["error", "abort", "timeout"]) {
      request.addEventListener(kind, () => resolve(null));
    }
    request.send(fields);
  });
}

async function send(one) {
  const words = form().dataset;
  const fields = new FormData();
  for (const [name, value] of new FormData(form())) {
    if (name !== "file") fields.append(name, value);
  }
  fields.append("file", one.file, one.file.name);
  one.remove.remove();
  const page = await ask(one, fields);
  const result = page?.querySelector("[data-result]");
  if (result) {
    const text = result.querySelector(".upload-state").textContent;
    settle(one, result.dataset.result, result.dataset.icon, text);
  } else {
    const said = page?.querySelector("[data-problem], .problem[role=alert] span");
    settle(one, "over", "over", said?.textContent || words.failed);
  }
}

async function sendAll() {
  if (sending) return;
  const problem = document.getElementById("upload-problem");
  problem.hidden = waiting.length > 0;
  problem.textContent = form().dataset.none;
  if (waiting.length === 0) return;
  sending = true;
  const button = document.getElementById("upload-start");
  button.setAttribute("aria-disabled", "true");
  // One after the other: each is judged on what the one before left.
  for (let one = waiting.shift(); one; one = waiting.shift()) {
    if (form()) await send(one);
  }
  sending = false;
  button.removeAttribute("aria-disabled");
  document.getElementById("upload-close")?.focus();
}

document.addEventListener("submit", (event) => {
  if (event.target.id !== "upload") return;
  event.preventDefault();
  if (event.target.reportValidity()) sendAll();
});

document.addEventListener("change", (event) => {
  if (event.target.id !== "upload-file") return;
  add(event.target.files);
  event.target.value = "";
});

// --- Dropping ---------------------------------------------------------------

const bringsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
let over = 0;

function showDrop(count) {
  over = Math.max(0, count);
  document.body.classList.toggle("dropping", over > 0);
}

async function formIsThere() {
  if (form()) return true;
  const opener = document.getElementById("upload-open");
  if (!opener) return false;
  opener.click();
  for (let look = 0; look < 100 && !form(); look += 1) {
    await new Promise((next) => setTimeout(next, 50));
  }
  return form() !== null;
}

document.addEventListener("dragenter", (event) => {
  if (bringsFiles(event)) showDrop(over + 1);
});
document.addEventListener("dragleave", (event) => {
  if (bringsFiles(event)) showDrop(over - 1);
});
document.addEventListener("dragover", (event) => {
  if (bringsFiles(event)) event.preventDefault();
});
document.addEventListener("drop", async (event) => {
  if (!bringsFiles(event)) return;
  event.preventDefault();
  showDrop(0);
  const files = [...event.dataTransfer.files];
  if (await formIsThere()) add(files);
});

document.documentElement.classList.add("scripted");

// The hint stands only where dropping works.
function showHint() {
  const hint = document.querySelector(".drop-hint[hidden]");
  if (hint && matchMedia("(hover: hover)").matches) hint.hidden = false;
}
new MutationObserver(showHint).observe(document.body, { childList: true, subtree: true });
showHint();
