import { outputBody } from '../media/output-body.ts';
import type { ProjectWork } from '../projects/project-work.ts';
import type { Place } from '../projects/task-files.ts';
import { PICTURE_DEADLINE_MS, PICTURES_AT_ONCE } from './limits.ts';

export interface ImageToPdfWork {
  sources: (Place & { rotation: number })[];
  target: Place;
}

export const imageToPdf: ProjectWork<ImageToPdfWork> = {
  name: 'image-to-pdf',
  taskType: 'ImageToPDF',
  concurrency: PICTURES_AT_ONCE,
  deadlineMs: PICTURE_DEADLINE_MS,
  async run({ sources, target }, { files, signal, board }) {
    const pictures = await files.pictures(sources);
    const job = { type: 'pdf', rotations: sources.map(({ rotation }) => rotation) } as const;
    await board.run(job, pictures, {
      signal,
      emit: async (output) => files.write(target, output.contentType, await outputBody(output)),
    });
    return { facts: { PageCount: sources.length } };
  },
  told: ({ target }, _, { PageCount = 0 }) => ({ TargetURI: `oss://${target.bucket}/${target.key}`, PageCount }),
};
