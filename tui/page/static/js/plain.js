// The plain page of the conversation that this tab shows, for screen readers and phones.
import { memory } from "./tab.js";

export const plainPage = () => (memory.session ? `/m/sessions/${memory.session}` : "/m");

export function leadToPlainPage() {
  for (const link of document.querySelectorAll("a[data-plain]")) link.href = plainPage();
}
