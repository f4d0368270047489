import type { FilmVariant } from '../ports/media-engine.ts';

/** A playlist of playlists: what a player chooses from by how much its line carries. */
export interface MasterPlaylist {
  target: { bucket: string; key: string };
  children: MasterChild[];
}

export interface MasterChild {
  /** Which step of the task makes it. */
  step: number;
  /** From the folder of the master playlist on. */
  path: string;
  language?: string;
}

/** What is heard or read beside each picture is named once, as a group; without any picture, sound is what there is to choose from. */
export function masterText(
  { children }: Pick<MasterPlaylist, 'children'>,
  variants: ReadonlyMap<number, FilmVariant>,
): string {
  const known = children.map((child) => ({ ...child, variant: variants.get(child.step) }));
  const films = known.filter(({ variant }) => variant?.size !== undefined);
  const sounds = known.filter(({ variant }) => variant !== undefined && variant.size === undefined);
  const texts = known.filter(({ variant }) => variant === undefined);
  const chosen = films.length > 0 ? films : sounds;
  const beside = films.length > 0 ? sounds : [];
  const lines = ['#EXTM3U', '#EXT-X-VERSION:7'];
  const groups = (type: 'AUDIO' | 'SUBTITLES', id: string, of: typeof known): void => {
    for (const [index, { path, language }] of of.entries()) {
      const name = language ?? `${id}-${index + 1}`;
      const said = language === undefined ? '' : `,LANGUAGE="${language}"`;
      const first = index === 0 ? 'YES' : 'NO';
      lines.push(
        `#EXT-X-MEDIA:TYPE=${type},GROUP-ID="${id}",NAME="${name}"${said},DEFAULT=${first},AUTOSELECT=YES,URI="${encodeURI(path)}"`,
      );
    }
  };
  groups('AUDIO', 'sound', beside);
  groups('SUBTITLES', 'texts', texts);
  const heaviest = Math.max(0, ...beside.map(({ variant }) => variant?.bandwidth ?? 0));
  for (const { path, variant } of chosen) {
    const { bandwidth = 0, size } = variant ?? {};
    const words = [
      `BANDWIDTH=${bandwidth + heaviest}`,
      ...(size ? [`RESOLUTION=${size.width}x${size.height}`] : []),
      ...(beside.length > 0 ? ['AUDIO="sound"'] : []),
      ...(texts.length > 0 ? ['SUBTITLES="texts"'] : []),
    ];
    lines.push(`#EXT-X-STREAM-INF:${words.join(',')}`, encodeURI(path));
  }
  return `${lines.join('\n')}\n`;
}
