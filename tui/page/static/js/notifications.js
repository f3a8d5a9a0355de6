// A notification when nobody looks. Asked for once, after the first time it would have helped.
import { plainPageUrl } from "./plain-page.js";
import { storage } from "./tab-storage.js";
import { toast } from "./toasts.js";

const ASKED = "notificationsAsked";

export async function notify({ title, body }) {
  if (!document.hidden || !("Notification" in window)) return;
  if (Notification.permission === "granted") await show(title, body);
  else if (Notification.permission === "default" && !storage.get(ASKED)) {
    document.addEventListener("visibilitychange", ask, { once: true });
  }
}

function ask() {
  storage.set(ASKED, "yes");
  toast("Shall this page tell you when Claude needs you or is done?",
    { label: "Yes", run: () => Notification.requestPermission() }, { label: "No", run: () => {} });
}

// Phones show notifications only through a worker.
async function show(title, body) {
  await navigator.serviceWorker.register(`${document.body.dataset.static}/js/worker.js`, { scope: "/" });
  const worker = await navigator.serviceWorker.ready;
  await worker.showNotification(title, {
    body, tag: storage.session || "claude", icon: `${document.body.dataset.static}/icons/icon-192.png`,
    data: { page: plainPageUrl() },
  });
}
