return Promise.all(document.getAnimations().map((one) => one.finished.catch(() => 0))).then(() => {
const faults = [];
const page = document.documentElement;
if (page.scrollWidth > innerWidth + 1) faults.push(`${page.scrollWidth} is wider than ${innerWidth}`);
if (document.querySelectorAll("main h1").length !== 1) faults.push("not one heading");
const seen = new Set();
for (const { id } of document.querySelectorAll("[id]")) {
  if (seen.has(id)) faults.push(`twice: ${id}`);
  seen.add(id);
}
for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
  const name = field.labels?.length || field.getAttribute("aria-label") || field.title;
  if (!name) faults.push(`no label: ${field.outerHTML.slice(0, 120)}`);
}
for (const link of document.querySelectorAll("a, button")) {
  const name = link.textContent.trim() || link.getAttribute("aria-label");
  if (!name && link.getAttribute("aria-hidden") !== "true") faults.push(`no name: ${link.outerHTML.slice(0, 120)}`);
  const box = link.getBoundingClientRect();
  if (box.width && box.height && (box.height < 23.5 || box.width < 23.5) && !link.closest(".hidden, .skip, .implicit, [aria-hidden=true]")) {
    faults.push(`too small: ${box.width}×${box.height} ${link.outerHTML.slice(0, 120)}`);
  }
}
for (const place of document.querySelectorAll("[aria-describedby], [aria-labelledby]")) {
  for (const name of ["aria-describedby", "aria-labelledby"]) {
    for (const id of (place.getAttribute(name) ?? "").split(" ").filter(Boolean)) {
      if (!document.getElementById(id) && place.id !== "dialog") faults.push(`${name} leads nowhere: ${id}`);
    }
  }
}
// What is pressed for its own sake has room for a finger, seen or not.
if (matchMedia("(pointer: coarse)").matches) {
  const place = document.querySelector("dialog[open], [popover]:popover-open") ?? document.body;
  const pressed = ".button, .chip, .choice, button.status, .tabs a, .side a, .active-account, .document-points a, .chip-end, .add-chip, .drop-chip, .tile, .grid .lead a, .check, .radio, summary, select, input";
  for (const control of place.querySelectorAll(pressed)) {
    if (!control.checkVisibility({ visibilityProperty: true }) || control.closest(".hidden, [inert]")) continue;
    if (!control.matches("a, button, select, summary, label, input") || control.matches(".implicit")) continue;
    // A box is ticked by its label.
    if (["checkbox", "radio", "file", "hidden"].includes(control.type)) continue;
    control.scrollIntoView({ block: "center", behavior: "instant" });
    const box = control.getBoundingClientRect();
    if (!box.width) continue;
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const missed = [-21, 21].filter((reach) => {
      const hit = document.elementFromPoint(x, y + reach);
      return !hit || !control.contains(hit);
    });
    if (missed.length) {
      const there = document.elementFromPoint(x, y + missed[0]);
      faults.push(`no room for a finger, at ${missed} of ${box.height} px is ${there?.outerHTML.slice(0, 80)}: ${control.outerHTML.slice(0, 160)}`);
    }
  }
  scrollTo(0, 0);
}
return faults;
});
