// The portal as an app: its worker, and notifications, which are asked for
// after a click alone.

const worker = "serviceWorker" in navigator
  ? navigator.serviceWorker.register("/worker.js").catch(() => null)
  : Promise.resolve(null);

const canPush = "PushManager" in window && "Notification" in window;

function bytesOf(key) {
  const padded = key.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
}

function textOf(buffer) {
  const letters = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function subscription() {
  const registration = await worker;
  return registration ? registration.pushManager.getSubscription() : null;
}

async function post(path, fields) {
  const response = await fetch(path, { method: "POST", body: new URLSearchParams(fields) });
  if (!response.ok) throw new Error(response.statusText);
}

async function turnOn(part) {
  if ((await Notification.requestPermission()) !== "granted") return;
  const registration = await worker;
  const made = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: bytesOf(part.dataset.key),
  });
  try {
    const [p256dh, auth] = [textOf(made.getKey("p256dh")), textOf(made.getKey("auth"))];
    await post("/push", { endpoint: made.endpoint, p256dh, auth });
  } catch (error) {
    await made.unsubscribe();
    throw error;
  }
}

async function turnOff() {
  const made = await subscription();
  if (!made) return;
  await made.unsubscribe();
  await post("/push/end", { endpoint: made.endpoint });
}

// Says how things are, and what the button would do.
async function showPush(part, failed) {
  const [state, button] = [part.querySelector("#push-state"), part.querySelector("#push-switch")];
  const words = part.dataset;
  if (!canPush || !(await worker)) return;
  const denied = Notification.permission === "denied";
  const isOn = !denied && (await subscription()) !== null;
  button.hidden = denied;
  button.textContent = isOn ? words.turnOff : words.turnOn;
  button.dataset.on = isOn ? "yes" : "";
  if (failed) state.textContent = words.failed;
  else if (denied) state.textContent = words.denied;
  else state.textContent = isOn ? words.on : "";
}

async function switchPush(part, button) {
  button.disabled = true;
  let failed = false;
  try {
    await (button.dataset.on ? turnOff() : turnOn(part));
  } catch {
    failed = true;
  }
  button.disabled = false;
  await showPush(part, failed);
  button.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("#push-switch");
  if (button) switchPush(button.closest("#push"), button);
});

// The dialog is filled whenever it is opened.
function lookForPush() {
  const part = document.querySelector("#push:not([data-seen])");
  if (!part) return;
  part.dataset.seen = "yes";
  showPush(part, false);
}
new MutationObserver(lookForPush).observe(document.body, { childList: true, subtree: true });
lookForPush();
