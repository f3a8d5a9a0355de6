// Shows notifications while the tab is hidden. Permission is asked for once, after the first missed notification.
import { plainPageUrl } from "./plain-page.js";
import { storage } from "./tab-storage.js";
import { toast } from "./toasts.js";

const ASKED_KEY = "notificationsAsked";

export async function notify({ title, body }) {
  if (!document.hidden || !("Notification" in window)) return;
  if (Notification.permission === "granted") await show(title, body);
  else if (Notification.permission === "default" && !storage.get(ASKED_KEY)) {
    document.addEventListener("visibilitychange", askForPermission, { once: true });
  }
}

function askForPermission() {
  storage.set(ASKED_KEY, "yes");
  toast("Notify you when Claude needs you or is done?",
    { label: "Yes", run: () => Notification.requestPermission() }, { label: "No", run: () => {} });
}

// Mobile browsers show notifications only through a service worker.
async function show(title, body) {
  await navigator.serviceWorker.register(`${document.body.dataset.static}/js/worker.js`, { scope: "/" });
  const worker = await navigator.serviceWorker.ready;
  await worker.showNotification(title, {
    body, tag: storage.session || "claude", icon: `${document.body.dataset.static}/icons/icon-192.png`,
    data: { page: plainPageUrl() },
  });
}
