import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Progress, progressReader } from './progress.ts';

it('hands on whole reports only, with unknown figures as 0 and time that never runs back', () => {
  const reports: Progress[] = [];
  const line = progressReader((report) => reports.push(report));
  const first = ['frame=0', 'fps=0.00', 'total_size=N/A', 'out_time_us=N/A', 'progress=continue'];
  const second = ['frame=25', 'out_time_us=1000000', 'speed=2.1x', 'progress=continue'];
  const last = ['frame=50', 'out_time_us=-9223372036854775807', 'progress=end'];
  for (const text of [...first, ...second, ...last]) line(text);
  assert.deepEqual(reports, [
    { frames: 0, outTimeMs: 0, end: false },
    { frames: 25, outTimeMs: 1000, end: false },
    { frames: 50, outTimeMs: 1000, end: true },
  ]);
});
