// Tries requests of the Accounts API out. The token lives in this page alone.
"use strict";

const main = document.getElementById("content");
const credentials = document.getElementById("credentials");
let token = null;

function tell(form, text, tone) {
  const told = form.querySelector(".api-told");
  told.textContent = text;
  told.className = "api-told" + (tone ? " " + tone : "");
}

// A text that only differs for each request.
function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function getToken() {
  const fields = credentials.elements;
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    scope: "cloudprint:billing-accounts",
    client_id: fields.namedItem("client").value.trim(),
    client_secret: fields.namedItem("secret").value.trim(),
  });
  const response = await fetch("/oauth/token", { method: "POST", body, credentials: "omit" });
  const answer = await response.json();
  if (!response.ok) {
    token = null;
    const reason = answer.error_description || answer.detail || response.status;
    tell(credentials, `${main.dataset.tokenRefused} ${reason}`, "over");
    return;
  }
  token = answer.access_token;
  tell(credentials, main.dataset.tokenThere, "good");
}

// Method, address, headers and body as the form says.
function requestOf(form) {
  const customer = credentials.elements.namedItem("customer").value.trim();
  let path = form.dataset.path.replace("{customer-id}", encodeURIComponent(customer));
  const query = new URLSearchParams();
  const headers = { Authorization: `Bearer ${token}`, Accept: "application/json" };
  for (const input of form.querySelectorAll("input")) {
    const value = input.value;
    if (input.dataset.in === "path") {
      path = path.replace(`{${input.name}}`, encodeURIComponent(value));
    } else if (value !== "" && input.dataset.in === "query") {
      query.set(input.name, value);
    } else if (value !== "") {
      headers[input.name] = value;
    }
  }
  if (query.size > 0) path += `?${query}`;
  const options = { method: form.dataset.method, headers, credentials: "omit", cache: "no-store" };
  const text = form.querySelector("textarea");
  if (text) {
    headers["Content-Type"] = text.dataset.media;
    options.body = text.value;
  }
  return [path, options];
}

async function send(form) {
  const result = form.querySelector(".api-result");
  if (!token) {
    tell(form, main.dataset.tokenMissing, "over");
    credentials.elements.namedItem("customer").focus();
    return;
  }
  tell(form, main.dataset.sending);
  const [path, options] = requestOf(form);
  const response = await fetch(path, options);
  const text = await response.text();
  let shown = text || main.dataset.empty;
  try {
    // Points stay as they were written: only white space is added.
    if (JSON.parse(text) !== null) shown = pretty(text);
  } catch {
    // No JSON: it is shown as it came.
  }
  const told = ["ETag", "Location", "Idempotency-Replayed", "RateLimit", "Retry-After", "X-Request-Id"]
    .filter((name) => response.headers.has(name))
    .map((name) => `${name}: ${response.headers.get(name)}`);
  result.textContent = [`${options.method} ${path}`, "", ...told, "", shown].join("\n");
  result.hidden = false;
  tell(form, `${response.status} ${response.statusText}`.trim(), response.ok ? "good" : "over");
}

// Breaks JSON into lines without reading its numbers.
function pretty(text) {
  let out = "";
  let depth = 0;
  for (const [piece] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g)) {
    const line = () => "\n" + "  ".repeat(depth);
    if (piece === "{" || piece === "[") {
      depth += 1;
      out += piece + line();
    } else if (piece === "}" || piece === "]") {
      depth -= 1;
      out = /[{[]\s*$/.test(out) ? out.trimEnd() + piece : out + line() + piece;
    } else if (piece === ",") {
      out += piece + line();
    } else {
      out += piece === ":" ? ": " : piece;
    }
  }
  return out;
}

function onSubmit(form, act) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      await act(form);
    } catch {
      tell(form, main.dataset.unreachable, "over");
    } finally {
      button.disabled = false;
    }
  });
}

onSubmit(credentials, getToken);
for (const form of document.querySelectorAll("form.try")) {
  const key = form.querySelector('input[name="Idempotency-Key"]');
  if (key) key.value = freshKey();
  onSubmit(form, async () => {
    await send(form);
  });
  // A changed request is a new one.
  form.addEventListener("change", (event) => {
    if (key && event.target !== key) key.value = freshKey();
  });
}

// A link to an operation opens it.
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
}
addEventListener("hashchange", openTarget);
openTarget();
