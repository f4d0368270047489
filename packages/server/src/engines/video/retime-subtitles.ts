/** Where a film is cut out of another, and how fast it is played. Milliseconds of the other. */
export interface Retiming {
  from: number;
  length?: number;
  speed: number;
}

interface Cue {
  begin: number;
  end: number;
}

/**
 * Subtitles, as FFmpeg writes them, for a part of their film. What is said when the part begins is said from its beginning on,
 * and nothing after its end. Undefined where nothing is said in it.
 */
export const retimed = (form: 'srt' | 'ass', text: string, timing: Retiming): string | undefined =>
  form === 'srt' ? retimedSrt(text, timing) : retimedAss(text, timing);

function moved({ begin, end }: Cue, { from, length = Number.POSITIVE_INFINITY, speed }: Retiming): Cue | undefined {
  const first = Math.max(0, begin - from);
  const last = Math.min(length, end - from);
  return last > first ? { begin: first / speed, end: last / speed } : undefined;
}

function retimedSrt(text: string, timing: Retiming): string | undefined {
  const cues: string[] = [];
  for (const block of text.replaceAll('\r', '').split(/\n{2,}(?=\d+\n\d+:)/)) {
    const match = /^\s*\d+\n(\d+):(\d\d):(\d\d),(\d{3}) --> (\d+):(\d\d):(\d\d),(\d{3})(.*)$/s.exec(block);
    if (match === null) continue;
    const [h = 0, m = 0, s = 0, f = 0, h2 = 0, m2 = 0, s2 = 0, f2 = 0] = match.slice(1, 9).map(Number);
    const cue = moved({ begin: ms(h, m, s, f), end: ms(h2, m2, s2, f2) }, timing);
    if (cue)
      cues.push(`${cues.length + 1}\n${srtTime(cue.begin)} --> ${srtTime(cue.end)}${(match[9] ?? '').trimEnd()}\n\n`);
  }
  return cues.length === 0 ? undefined : cues.join('');
}

function retimedAss(text: string, timing: Retiming): string | undefined {
  let said = 0;
  const lines = text.split('\n').flatMap((line) => {
    const match = /^(Dialogue: [^,]*,)(\d+):(\d\d):(\d\d)\.(\d\d),(\d+):(\d\d):(\d\d)\.(\d\d),(.*)$/s.exec(line);
    if (match === null) return [line];
    const [h = 0, m = 0, s = 0, c = 0, h2 = 0, m2 = 0, s2 = 0, c2 = 0] = match.slice(2, 10).map(Number);
    const cue = moved({ begin: ms(h, m, s, c * 10), end: ms(h2, m2, s2, c2 * 10) }, timing);
    if (cue === undefined) return [];
    said += 1;
    return [`${match[1] ?? ''}${assTime(cue.begin)},${assTime(cue.end)},${match[10] ?? ''}`];
  });
  return said === 0 ? undefined : lines.join('\n');
}

const ms = (hours: number, minutes: number, seconds: number, rest: number): number =>
  ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest;

/** Hours, minutes, seconds and what is left of milliseconds. */
function parts(time: number): [number, string, string, number] {
  const whole = Math.round(time);
  const two = (value: number): string => String(value % 60).padStart(2, '0');
  return [Math.floor(whole / 3_600_000), two(Math.floor(whole / 60_000)), two(Math.floor(whole / 1000)), whole % 1000];
}

function srtTime(time: number): string {
  const [hours, minutes, seconds, rest] = parts(time);
  return `${String(hours).padStart(2, '0')}:${minutes}:${seconds},${String(rest).padStart(3, '0')}`;
}

function assTime(time: number): string {
  const [hours, minutes, seconds, rest] = parts(Math.round(time / 10) * 10);
  return `${hours}:${minutes}:${seconds}.${String(rest / 10).padStart(2, '0')}`;
}
