import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { fileURLToPath } from 'node:url';
import { until } from '@millrace/testkit';

const program = fileURLToPath(new URL('on-terminal.py', import.meta.url));
const python = fileURLToPath(new URL('../../../.cache/venv/bin/python', import.meta.url));

export interface OnTerminal {
  /** All that was written so far, with what moves the cursor. */
  readonly written: string;
  /** What a user would see, line by line. */
  screen(): string[];
  type(text: string): void;
  /** Waits until the screen shows it. */
  shows(pattern: RegExp): Promise<string>;
  readonly code: Promise<number | null>;
}

export const CTRL_C = '\u0003';
const ERASE_REST = '\u001b[K';

/** Runs a program on a terminal of so many columns. */
export function onTerminal(
  command: readonly string[],
  { columns = 100, env, cwd }: { columns?: number; env: NodeJS.ProcessEnv; cwd: string },
): OnTerminal {
  const child = spawn(python, [program, String(columns), ...command], {
    env,
    cwd,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => undefined);
  const decoder = new StringDecoder('utf8');
  const screen = new Screen(columns);
  let written = '';
  child.stdout.on('data', (piece: Buffer) => {
    const text = decoder.write(piece);
    written += text;
    screen.write(text);
  });
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    get written() {
      return written;
    },
    screen: () => screen.lines(),
    type: (text) => void child.stdin.write(text),
    shows: (pattern) =>
      until(`${pattern} on the terminal, which shows ${JSON.stringify(screen.lines())}`, 60_000, () =>
        screen.lines().find((line) => pattern.test(line)),
      ),
    code,
  };
}

/** As much of a terminal as the command line uses: it fails on any other control character, which would be foreign. */
class Screen {
  readonly #columns: number;
  readonly #lines: string[] = [''];
  #column = 0;
  constructor(columns: number) {
    this.#columns = columns;
  }
  write(text: string): void {
    // A sequence is written at once, so none is cut here.
    for (const [index, part] of text.split(ERASE_REST).entries()) {
      const line = this.#lines.length - 1;
      if (index > 0) this.#lines[line] = (this.#lines[line] ?? '').slice(0, this.#column);
      for (const character of part) {
        if (character === '\r') this.#column = 0;
        else if (character === '\n') this.#begin();
        else this.#put(character);
      }
    }
  }
  #put(character: string): void {
    if (/\p{Cc}/u.test(character))
      throw new Error(`a control character reached the terminal: ${JSON.stringify(character)}`);
    // The cursor waits behind the last column, as those of real terminals do.
    if (this.#column >= this.#columns) this.#begin();
    const line = this.#lines.at(-1) ?? '';
    this.#lines[this.#lines.length - 1] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
    this.#column++;
  }
  #begin(): void {
    this.#lines.push('');
    this.#column = 0;
  }
  lines(): string[] {
    return this.#lines.filter((line) => line !== '');
  }
}
