// Turns swipes into mouse wheel events, which the app understands, and continues a fast swipe with momentum.
const WHEEL_UP = 64, WHEEL_DOWN = 65, FRICTION = 0.94, MIN_SPEED = 0.02, ROWS_A_STEP = 1.5, FRAME_MS = 16;

export function bindTouchScroll(element, type, sizeOf) {
  let last = null, remainder = 0, speed = 0, animation = 0;
  const cellAt = ({ clientX, clientY }) => {
    const box = element.getBoundingClientRect(), { width, height } = sizeOf();
    const clamp = (value, most) => Math.min(Math.max(Math.ceil(value), 1), most);
    return [clamp(((clientX - box.left) / box.width) * width, width),
      clamp(((clientY - box.top) / box.height) * height, height)];
  };
  const scroll = (pixels, cell) => {
    remainder += pixels;
    const step = (element.getBoundingClientRect().height / sizeOf().height) * ROWS_A_STEP;
    for (; Math.abs(remainder) >= step; remainder -= Math.sign(remainder) * step) {
      type(`\x1b[<${remainder > 0 ? WHEEL_UP : WHEEL_DOWN};${cell[0]};${cell[1]}M`);
    }
  };
  const glide = (cell) => {
    if (Math.abs(speed) < MIN_SPEED) return;
    scroll(speed * FRAME_MS, cell);
    speed *= FRICTION;
    animation = requestAnimationFrame(() => glide(cell));
  };
  element.addEventListener("touchstart", (event) => {
    cancelAnimationFrame(animation);
    [remainder, speed] = [0, 0];
    last = event.touches.length === 1 ? { y: event.touches[0].clientY, at: event.timeStamp } : null;
  }, { passive: true });
  element.addEventListener("touchmove", (event) => {
    if (!last || event.touches.length !== 1) return;
    const touch = event.touches[0], moved = touch.clientY - last.y;
    speed = moved / Math.max(event.timeStamp - last.at, 1);
    last = { y: touch.clientY, at: event.timeStamp, cell: cellAt(touch) };
    scroll(moved, last.cell);
    event.preventDefault();
  }, { passive: false });
  element.addEventListener("touchend", () => {
    const prefersStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (last?.cell && !prefersStill) glide(last.cell);
    last = null;
  });
}
