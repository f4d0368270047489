/** Pixels of red, green, blue and alpha, and where they stand on a picture that they do not reach beyond. */
export interface PlacedPixels {
  input: Buffer;
  raw: { width: number; height: number };
  left: number;
  top: number;
}

/** Puts pixels over a picture of 8 bits a channel: red, green, blue and, where there are four, alpha. */
export function putOver(
  picture: { data: Buffer; width: number; channels: number },
  { input, raw, left, top }: PlacedPixels,
): void {
  const { data, width, channels } = picture;
  for (let row = 0; row < raw.height; row += 1) {
    let from = row * raw.width * 4;
    let to = ((top + row) * width + left) * channels;
    for (let column = 0; column < raw.width; column += 1, from += 4, to += channels) {
      const alpha = input[from + 3] ?? 0;
      if (alpha === 0) continue;
      const below = channels === 4 ? ((data[to + 3] ?? 0) * (255 - alpha)) / 255 : 255 - alpha;
      const whole = alpha + below;
      for (let channel = 0; channel < 3; channel += 1) {
        const sum = (input[from + channel] ?? 0) * alpha + (data[to + channel] ?? 0) * below;
        data[to + channel] = Math.round(sum / whole);
      }
      if (channels === 4) data[to + 3] = Math.round(whole);
    }
  }
}
