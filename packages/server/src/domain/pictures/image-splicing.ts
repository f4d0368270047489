import { outputBody } from '../media/output-body.ts';
import type { BoardJob } from '../ports/picture-board.ts';
import type { ProjectWork } from '../projects/project-work.ts';
import type { Place } from '../projects/task-files.ts';
import { PICTURE_DEADLINE_MS, PICTURES_AT_ONCE } from './limits.ts';

export interface SplicingWork {
  sources: Place[];
  job: Extract<BoardJob, { type: 'splice' }>;
  target: Place;
}

export const imageSplicing: ProjectWork<SplicingWork> = {
  name: 'image-splicing',
  taskType: 'ImageSplicing',
  concurrency: PICTURES_AT_ONCE,
  deadlineMs: PICTURE_DEADLINE_MS,
  async run({ sources, job, target }, { files, signal, board }) {
    await board.run(job, await files.pictures(sources), {
      signal,
      emit: async (output) => files.write(target, output.contentType, await outputBody(output)),
    });
    return { facts: {} };
  },
  told: ({ target }) => ({ TargetURI: `oss://${target.bucket}/${target.key}` }),
};
