/** A picture with what photos have: large and small forms, the smaller the fainter, hard edges, and the noise of a sensor. */
export function likeAPhoto(width: number, height: number, seed: number): Buffer {
  let state = seed >>> 0;
  const draw = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const brightness = new Float32Array(width * height).fill(120);
  for (let period = Math.max(width, height); period >= 4; period /= 2) {
    addForms(brightness, width, height, period, (70 * period) / Math.max(width, height) + 3, draw);
  }
  for (let count = 0; count < 12; count++) {
    const [x, y, radius, change] = [draw() * width, draw() * height, (draw() * width) / 6 + 4, (draw() - 0.5) * 120];
    for (let row = Math.max(0, Math.floor(y - radius)); row < Math.min(height, y + radius); row++) {
      const half = Math.sqrt(Math.max(0, radius ** 2 - (row - y) ** 2));
      const [left, right] = [Math.max(0, Math.floor(x - half)), Math.min(width, Math.floor(x + half))];
      for (let column = left; column < right; column++) {
        brightness[row * width + column] = (brightness[row * width + column] ?? 0) + change;
      }
    }
  }
  const tint = [1 + 0.2 * draw(), 1, 0.8 + 0.2 * draw()];
  const pixels = Buffer.alloc(width * height * 3);
  for (let index = 0; index < brightness.length; index++) {
    const noise = (draw() + draw() + draw() - 1.5) * 5;
    for (const [colour, share] of tint.entries()) {
      pixels[index * 3 + colour] = Math.max(0, Math.min(255, ((brightness[index] ?? 0) + noise) * share));
    }
  }
  return pixels;
}

/** Adds random values on a grid, gone over smoothly from one to the next. */
function addForms(
  brightness: Float32Array,
  width: number,
  height: number,
  period: number,
  amplitude: number,
  draw: () => number,
): void {
  const columns = Math.ceil(width / period) + 2;
  const rows = Math.ceil(height / period) + 2;
  const grid = Float32Array.from({ length: columns * rows }, () => (draw() - 0.5) * 2 * amplitude);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / period);
    const v = y / period - row;
    for (let x = 0; x < width; x++) {
      const column = Math.floor(x / period);
      const u = x / period - column;
      const at = row * columns + column;
      const upper = (grid[at] ?? 0) * (1 - u) + (grid[at + 1] ?? 0) * u;
      const lower = (grid[at + columns] ?? 0) * (1 - u) + (grid[at + columns + 1] ?? 0) * u;
      brightness[y * width + x] = (brightness[y * width + x] ?? 0) + upper * (1 - v) + lower * v;
    }
  }
}
