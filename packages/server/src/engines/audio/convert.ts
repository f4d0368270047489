import type { OperationNamed } from '@millrace/process';
import { DomainError } from '../../domain/errors.ts';
import { container } from '../ffmpeg/containers.ts';
import type { MediaFacts } from '../ffmpeg/probe.ts';
import { planSound, type SoundCodec } from '../ffmpeg/sound.ts';
import { lasting, requireStartInside, startAt } from '../ffmpeg/time.ts';

export type ConvertParams = OperationNamed<'audio/convert'>['params'];

export interface ConvertPlan {
  input: string[];
  /** Complete but for the file's name. */
  output: string[];
  encoder: string;
}

const operation = 'audio/convert';

/** Maps every parameter of `audio/convert` onto FFmpeg. The format decides the codec; Ogg (`oga`) holds Vorbis. */
export function planConvert(params: ConvertParams, facts: MediaFacts): ConvertPlan {
  requireStartInside(operation, facts, params.ss);
  if (!facts.audio) throw new DomainError('MediaUnreadable', { reason: 'The source has no audio stream.' });
  const codec: SoundCodec = params.f === 'oga' ? 'vorbis' : params.f;
  const { ar, ac, aq, ab, abopt } = params;
  const sound = planSound(operation, facts.audio, { codec, ar, ac, aq, ab, abopt });
  return {
    input: startAt(params.ss),
    output: [
      ...['-map', `0:${facts.audio.index}`, '-vn', '-sn', '-dn', '-map_chapters', '-1'],
      ...sound.options,
      ...lasting(params.t),
      ...['-fflags', '+bitexact', '-flags:a', '+bitexact', '-f', container(params.f).muxer],
    ],
    encoder: sound.encoder,
  };
}
