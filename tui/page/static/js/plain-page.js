// The plain page of the conversation that this tab shows, for screen readers and phones.
import { storage } from "./tab-storage.js";

export const plainPageUrl = () => (storage.session ? `/m/sessions/${storage.session}` : "/m");

export function updatePlainPageLinks() {
  for (const link of document.querySelectorAll("a[data-plain]")) link.href = plainPageUrl();
}
