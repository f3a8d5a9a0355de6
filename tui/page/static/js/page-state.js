// Shows the app's state in the title, the icon and the badge, where it is visible behind other tabs.
const ICONS = { idle: "icon", working: "icon-working", needs_you: "icon-needs-you", offline: "icon-offline" };

export function showPageState({ state, title }) {
  document.title = title || "Claude Code";
  document.body.dataset.state = state;
  document.getElementById("icon").href = `${document.body.dataset.static}/icons/${ICONS[state] ?? ICONS.idle}.svg`;
  if (state === "needs_you") navigator.setAppBadge?.(1).catch(() => {});
  else navigator.clearAppBadge?.().catch(() => {});
}
