/** An example in a page: ` ```python name.py ` … ` ``` `. */
export interface Example {
  language: string;
  /** The second word of the opening line: the file to write the example to. Absent on blocks that are only shown. */
  file: string | undefined;
  code: string;
  line: number;
}

export function fencedBlocks(markdown: string): Example[] {
  const blocks: Example[] = [];
  let open: Example | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = /^```(\S*)\s*(\S*)/.exec(line);
    if (fence === null) {
      if (open) open.code += `${line}\n`;
    } else if (open === undefined) {
      open = { language: fence[1] ?? '', file: fence[2] || undefined, code: '', line: index + 1 };
    } else {
      blocks.push(open);
      open = undefined;
    }
  }
  if (open) throw new Error(`the block opened in line ${open.line} is never closed`);
  return blocks;
}
