// The page is as high as what is visible: a phone's keyboard takes its share, pinching changes nothing.
export function fitViewport(changed) {
  const viewport = window.visualViewport, root = document.documentElement;
  let pending = 0;
  const fit = () => {
    pending = 0;
    if (viewport && Math.abs(viewport.scale - 1) > 0.01) return;
    const height = viewport?.height ?? innerHeight;
    root.style.setProperty("--height", `${Math.round(height)}px`);
    root.style.setProperty("--top", `${Math.round(viewport?.offsetTop ?? 0)}px`);
    changed();
  };
  const soon = () => { pending ||= requestAnimationFrame(fit); };
  viewport?.addEventListener("resize", soon);
  viewport?.addEventListener("scroll", soon);
  addEventListener("resize", soon);
  new ResizeObserver(soon).observe(document.getElementById("screen"));
}
