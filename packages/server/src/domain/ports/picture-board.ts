import type { MediaOutput, MediaSource } from './media-engine.ts';

/** How far from which corner, and how large: whole numbers are pixels, others below 1 are parts of the picture's sides. */
export interface Boundary {
  x: number;
  y: number;
  width: number;
  height: number;
  corner: 'northwest' | 'northeast' | 'southwest' | 'southeast';
}

export interface MosaicTarget {
  type: 'square' | 'diamond' | 'hexagon' | 'blur' | 'pure';
  boundary: Boundary;
  /** Of a stone, in pixels. */
  radius: number;
  /** Of a blur: how far it reaches, in pixels, and how wide its bell is. */
  blur: number;
  sigma: number;
  /** `#RRGGBB` or a name. */
  color: string;
}

/** What is done with several pictures, or what process strings have no words for. */
export type BoardJob =
  /** One picture of all of them, one beside or below the other. */
  | {
      type: 'splice';
      direction: 'vertical' | 'horizontal';
      /** The side that all have in common; that of the first picture where it is not said. */
      align?: number;
      /** Whether the other side keeps its proportion, or its length. */
      scale: 'fit' | 'stretch';
      padding: number;
      margin: number;
      /** A colour, or `alpha` for none, which png can hold. */
      background: string;
      quality: number;
      format: 'jpg' | 'png';
      /** Clockwise, of each picture. */
      rotations: readonly number[];
    }
  /** A PDF with a page for each, turned by so many degrees. */
  | { type: 'pdf'; rotations: number[] }
  /** The first of them with parts made unrecognisable, in its own format if no other is said. */
  | { type: 'mosaic'; targets: MosaicTarget[]; format?: 'jpg' | 'png' | 'webp'; quality?: number }
  /** The codes that can be read in the first of them. */
  | { type: 'codes' };

export interface FoundCode {
  kind: 'qrcode' | 'barcode';
  text: string;
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Refuses with what engines refuse with. */
export interface PictureBoard {
  run(
    job: BoardJob,
    pictures: readonly MediaSource[],
    run: { signal: AbortSignal; emit?(output: MediaOutput): Promise<void> },
  ): Promise<{ codes: FoundCode[] }>;
}
