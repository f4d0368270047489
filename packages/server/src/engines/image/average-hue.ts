/**
 * The vendor's figure for a picture, as `0xRRGGBB`: the mean hue in degrees (grey counts as 0), truncated; then, channel by
 * channel, the truncated mean of the pixels whose hue is less than 45 degrees away from it. `example.jpg` gives 0x5c783b.
 *
 * @param data pixels of `channels` bytes each, 1 or 2 for grey, 3 or 4 for red, green and blue first.
 */
export function averageHue(data: Uint8Array, channels: number): string {
  const pixels = data.length / channels;
  // Grey has one byte for all three.
  const next = channels > 2 ? 1 : 0;
  const hues = new Float32Array(pixels);
  let sum = 0;
  for (let pixel = 0, at = 0; pixel < pixels; pixel++, at += channels) {
    const hue = hueOf(data[at] ?? 0, data[at + next] ?? 0, data[at + 2 * next] ?? 0);
    hues[pixel] = hue;
    sum += hue;
  }
  const mean = Math.trunc(sum / pixels);
  const total = [0, 0, 0];
  let count = 0;
  for (let pixel = 0, at = 0; pixel < pixels; pixel++, at += channels) {
    if (Math.abs((hues[pixel] ?? 0) - mean) >= 45) continue;
    count++;
    for (let channel = 0; channel < 3; channel++) {
      total[channel] = (total[channel] ?? 0) + (data[at + channel * next] ?? 0);
    }
  }
  const means = total.map((value) => Math.trunc(value / Math.max(1, count)));
  return `0x${means.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

/** In degrees, from 0 up to 360. */
function hueOf(red: number, green: number, blue: number): number {
  const most = Math.max(red, green, blue);
  const range = most - Math.min(red, green, blue);
  if (range === 0) return 0;
  if (most === red) return (green < blue ? 360 : 0) + (60 * (green - blue)) / range;
  return most === green ? 120 + (60 * (blue - red)) / range : 240 + (60 * (red - green)) / range;
}
