// Keeps the page as high as its visible part: it shrinks for a phone's keyboard, and not while the page is zoomed.
export function fitViewport(onChange) {
  const viewport = window.visualViewport, root = document.documentElement;
  let pending = 0;
  const fit = () => {
    pending = 0;
    if (viewport && Math.abs(viewport.scale - 1) > 0.01) return;
    const height = viewport?.height ?? innerHeight;
    root.style.setProperty("--height", `${Math.round(height)}px`);
    root.style.setProperty("--top", `${Math.round(viewport?.offsetTop ?? 0)}px`);
    onChange();
  };
  const scheduleFit = () => { pending ||= requestAnimationFrame(fit); };
  viewport?.addEventListener("resize", scheduleFit);
  viewport?.addEventListener("scroll", scheduleFit);
  addEventListener("resize", scheduleFit);
  new ResizeObserver(scheduleFit).observe(document.getElementById("screen"));
}
