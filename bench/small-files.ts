import { timed } from './measure.ts';

/** Moves so many files, so many at once: all up, then all down. Both sides of a comparison are driven by this. */
export async function smallFiles(
  count: number,
  atOnce: number,
  { up, down }: { up(name: string): Promise<unknown>; down(name: string): Promise<unknown> },
): Promise<[up: number, down: number]> {
  const each = async (move: (name: string) => Promise<unknown>): Promise<void> => {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < count) await move(String(next++));
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  };
  return [await timed(() => each(up)), await timed(() => each(down))];
}
