// The address of the plain page (`/m`) for the session that this tab shows.
import { storage } from "./tab-storage.js";

export const plainPageUrl = () => (storage.session ? `/m/sessions/${storage.session}` : "/m");

export function updatePlainPageLinks() {
  for (const link of document.querySelectorAll("a[data-plain]")) link.href = plainPageUrl();
}
