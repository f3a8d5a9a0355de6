// Light and dark: what the browser prefers goes to the app, the app's colour comes back to the page.
const scheme = matchMedia("(prefers-color-scheme: dark)");

export const prefersDark = () => scheme.matches;

export function watchAppearance(tell) {
  scheme.addEventListener("change", ({ matches }) => tell(matches));
}

export function paintPage(colour) {
  const root = document.documentElement;
  if (root.style.getPropertyValue("--screen") === colour) return;
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  root.style.setProperty("--screen", colour);
  root.dataset.theme = 0.299 * red + 0.587 * green + 0.114 * blue < 128 ? "dark" : "light";
  document.querySelector("meta[name=theme-color]").content = colour;
}
