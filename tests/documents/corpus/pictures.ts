import sharp from 'sharp';

export const RED = [220, 20, 40] as const;
export const BLUE = [20, 60, 200] as const;
export const GREEN = [20, 150, 70] as const;

export type Colour = readonly [number, number, number];

export const hex = (colour: Colour): string => Buffer.from(colour).toString('hex').toUpperCase();

/** A picture in one colour. */
export async function plainPicture(colour: Colour, format: 'png' | 'jpeg' = 'png'): Promise<Buffer> {
  const [r, g, b] = colour;
  return await sharp({ create: { width: 80, height: 80, channels: 3, background: { r, g, b } } })
    .toFormat(format, { quality: 95 })
    .toBuffer();
}
