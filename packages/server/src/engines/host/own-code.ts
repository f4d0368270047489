import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The program that runs our own workers, and what has to be visible to it in a sandbox. */
export const nodeProgram: { command: string; visible: string[] } = {
  command: process.execPath,
  visible: (() => {
    const visible = new Set<string>();
    if (!process.execPath.startsWith('/usr/')) visible.add(process.execPath);
    // Up from this file to the package it belongs to (whose package.json says that its files are modules) …
    let folder = dirname(fileURLToPath(import.meta.url));
    while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
    visible.add(folder);
    // … the packages that process strings and checksums are read with, which are links among the installed ones …
    for (const name of ['@millrace/process', '@millrace/crc64']) {
      visible.add(dirname(dirname(fileURLToPath(import.meta.resolve(name)))));
    }
    // … and wherever the installed packages are.
    for (let at = dirname(folder); ; at = dirname(at)) {
      if (existsSync(join(at, 'node_modules'))) visible.add(join(at, 'node_modules'));
      if (at === dirname(at)) break;
    }
    return [...visible];
  })(),
};
