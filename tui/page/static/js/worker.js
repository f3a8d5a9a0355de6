// Handles clicks on notifications: focuses the tab, or opens the plain page where the request can be answered.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil((async () => {
    const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const open = windows.find((each) => new URL(each.url).pathname === "/");
    return open ? open.focus() : self.clients.openWindow(event.notification.data?.page ?? "/m");
  })());
});
