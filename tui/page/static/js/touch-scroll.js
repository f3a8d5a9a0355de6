// A finger scrolls: its way becomes the turns of a mouse wheel, which the app understands.
const WHEEL_UP = 64, WHEEL_DOWN = 65, FRICTION = 0.94, SLOWEST = 0.02;

export function bindTouchScroll(element, type, sizeOf) {
  let last = null, rest = 0, speed = 0, gliding = 0;
  const cellAt = ({ clientX, clientY }) => {
    const box = element.getBoundingClientRect(), { width, height } = sizeOf();
    const clamp = (value, most) => Math.min(Math.max(Math.ceil(value), 1), most);
    return [clamp(((clientX - box.left) / box.width) * width, width),
      clamp(((clientY - box.top) / box.height) * height, height)];
  };
  const turn = (pixels, cell) => {
    rest += pixels;
    const step = (element.getBoundingClientRect().height / sizeOf().height) * 1.5;
    for (; Math.abs(rest) >= step; rest -= Math.sign(rest) * step) {
      type(`\x1b[<${rest > 0 ? WHEEL_UP : WHEEL_DOWN};${cell[0]};${cell[1]}M`);
    }
  };
  const glide = (cell) => {
    if (Math.abs(speed) < SLOWEST) return;
    turn(speed * 16, cell);
    speed *= FRICTION;
    gliding = requestAnimationFrame(() => glide(cell));
  };
  element.addEventListener("touchstart", (event) => {
    cancelAnimationFrame(gliding);
    [rest, speed] = [0, 0];
    last = event.touches.length === 1 ? { y: event.touches[0].clientY, at: event.timeStamp } : null;
  }, { passive: true });
  element.addEventListener("touchmove", (event) => {
    if (!last || event.touches.length !== 1) return;
    const touch = event.touches[0], moved = touch.clientY - last.y;
    speed = moved / Math.max(event.timeStamp - last.at, 1);
    last = { y: touch.clientY, at: event.timeStamp, cell: cellAt(touch) };
    turn(moved, last.cell);
    event.preventDefault();
  }, { passive: false });
  element.addEventListener("touchend", () => {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (last?.cell && !still) glide(last.cell);
    last = null;
  });
}
