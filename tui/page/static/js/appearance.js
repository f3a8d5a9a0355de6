// The colour scheme: the app learns what the browser prefers, and the page takes the app's background colour.
const scheme = matchMedia("(prefers-color-scheme: dark)");

export const prefersDark = () => scheme.matches;

export function watchAppearance(onChange) {
  scheme.addEventListener("change", ({ matches }) => onChange(matches));
}

export function setPageColour(colour) {
  const root = document.documentElement;
  if (root.style.getPropertyValue("--screen") === colour) return;
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  root.style.setProperty("--screen", colour);
  root.dataset.theme = 0.299 * red + 0.587 * green + 0.114 * blue < 128 ? "dark" : "light";
  document.querySelector("meta[name=theme-color]").content = colour;
}
