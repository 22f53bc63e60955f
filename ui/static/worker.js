// The portal's worker: says so when there is no network, and shows what the
// server pushes. It keeps the page that says so and what that page looks like,
// and never a page of anybody's.
"use strict";

const SHELF = "platen-offline-1";
const OFFLINE = "/offline";
const KEPT = [OFFLINE, "/static/base.css", "/static/icon.svg"];

self.addEventListener("install", (event) => {
  const keep = async () => {
    const shelf = await caches.open(SHELF);
    await shelf.addAll(KEPT.map((path) => new Request(path, { cache: "reload" })));
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    const shelves = await caches.keys();
    await Promise.all(shelves.filter((name) => name !== SHELF).map((name) => caches.delete(name)));
    // The browser asks for pages itself: what the worker asks for would not look like a link that
    // somebody followed, and it would come later.
    await self.registration.navigationPreload?.enable();
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

async function page(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return kept(OFFLINE);
  }
}

async function kept(path) {
  const shelf = await caches.open(SHELF);
  return (await shelf.match(path)) ?? Response.error();
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const path = new URL(request.url).pathname;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(page(event));
  } else if (KEPT.includes(path)) {
    event.respondWith(fetch(request).catch(() => kept(path)));
  }
});

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data.json();
  } catch {
    // An empty push still has to be shown; its page says the rest.
  }
  const shown = self.registration.showNotification(told.title ?? "Platen", {
    body: told.body ?? "",
    tag: told.tag ?? "platen",
    renotify: true,
    requireInteraction: told.urgent === true,
    icon: "/static/icon-192.png",
    badge: "/static/icon-badge-96.png",
    data: { url: told.url ?? "/" },
  });
  event.waitUntil(shown);
});

// Only pages of this portal are ever opened, whatever was pushed.
function target(url) {
  const there = new URL(url, self.location.origin);
  return there.origin === self.location.origin ? there.href : self.location.origin;
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const open = async () => {
    const url = target(event.notification.data?.url ?? "/");
    const windows = await self.clients.matchAll({ type: "window" });
    for (const page of windows) {
      const there = await page.navigate(url).catch(() => null);
      if (there) return there.focus();
    }
    return self.clients.openWindow(url);
  };
  event.waitUntil(open());
});
