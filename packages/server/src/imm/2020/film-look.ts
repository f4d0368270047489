import type { WireMediaTarget } from '@millrace/protocol/imm';
import { RpcError } from '@millrace/protocol/rpc';
import type { FilmLook, FilmText } from '../../domain/ports/media-engine.ts';
import { oneOf, within } from '../checks.ts';
import { asked, unserved } from './media-convert.ts';

const corners = ['topleft', 'topright', 'bottomleft', 'bottomright'] as const;
const fonts = ['SourceHanSans-Regular', 'SourceHanSans-Bold', 'SourceHanSerif-Regular', 'SourceHanSerif-Bold'] as const;

type Filter = NonNullable<NonNullable<WireMediaTarget['Video']>['FilterVideo']>;
type Mark = NonNullable<Filter['Watermarks']>[number];

/** What a target asks for that process strings have no words for. */
export function filmOf({ Video, Speed, Segment }: WireMediaTarget, key: string, path: string): FilmLook | undefined {
  const { TranscodeVideo, FilterVideo = {} } = Video ?? {};
  for (const name of ['Delogos', 'Desensitization'] as const) {
    if (asked(FilterVideo[name])) throw unserved(`${path}.Video.FilterVideo.${name}`);
  }
  const texts = (FilterVideo.Watermarks ?? []).map((mark) => textOf(mark, path));
  const rotation = TranscodeVideo?.Rotation ?? 0;
  if (rotation !== 0 && rotation !== 90 && rotation !== 180 && rotation !== 270) {
    throw new RpcError('InvalidParameter.Targets', 'Rotation is 0, 90, 180 or 270.');
  }
  const speed = within(Speed, 'Targets', 0.5, 1) ?? 1;
  const segments = asked(Segment) ? segmentsOf(Segment ?? {}, key, path) : undefined;
  const look: FilmLook = {
    ...(rotation !== 0 && { rotation }),
    ...(speed !== 1 && { speed }),
    ...(texts.length > 0 && { texts }),
    ...(segments && { segments }),
  };
  return Object.keys(look).length === 0 ? undefined : look;
}

function segmentsOf(
  { Format = 'hls', Duration = 10, StartNumber = 0 }: NonNullable<WireMediaTarget['Segment']>,
  key: string,
  path: string,
) {
  if (Format !== 'hls') throw unserved(`${path}.Segment.Format ${Format}`);
  within(Duration, 'Targets', 1, 600);
  within(StartNumber, 'Targets', 0, 1_000_000);
  const name = key.slice(key.lastIndexOf('/') + 1).replace(/\.(m3u8|ts)$/, '');
  return { seconds: Duration, first: StartNumber, stem: `${name}-` };
}

function textOf(mark: Mark, path: string): FilmText {
  const {
    Type = 'text',
    Content = '',
    FontName = 'SourceHanSans-Regular',
    FontSize = 16,
    FontColor = '#000000',
  } = mark;
  const { FontApha = 1, BorderColor = '#000000', BorderWidth = 0, Dx = 0, Dy = 0, ReferPos = 'topleft' } = mark;
  const { StartTime = 0, Duration } = mark;
  if (Type !== 'text') throw unserved(`${path}.Video.FilterVideo.Watermarks of the type ${Type}`);
  if (Content === '' || Content.length > 256) {
    throw new RpcError('InvalidParameter.Targets', 'The Content of a watermark has 1 to 256 characters.');
  }
  for (const color of [FontColor, BorderColor]) {
    if (!/^#[0-9a-fA-F]{6}$/.test(color)) {
      throw new RpcError('InvalidParameter.Targets', 'Colours of watermarks are written #RRGGBB.');
    }
  }
  const font = oneOf(FontName, 'Targets', fonts);
  if (font.endsWith('Bold')) throw unserved(`${path}.Video.FilterVideo.Watermarks.FontName ${font}`);
  const place = (value: number): number => {
    if (value >= 0 && (value < 1 || (Number.isInteger(value) && value <= 4096))) return value;
    throw new RpcError('InvalidParameter.Targets', 'Dx and Dy are pixels up to 4096, or parts of the picture below 1.');
  };
  return {
    text: Content,
    serif: font.includes('Serif'),
    size: within(FontSize, 'Targets', 4, 120) ?? 16,
    color: FontColor,
    alpha: within(FontApha, 'Targets', 0, 1) ?? 1,
    border: { color: BorderColor, width: within(BorderWidth, 'Targets', 0, 4096) ?? 0 },
    dx: place(Dx),
    dy: place(Dy),
    corner: oneOf(ReferPos, 'Targets', corners),
    from: within(StartTime, 'Targets', 0, 1_000_000) ?? 0,
    ...(Duration !== undefined && { length: within(Duration, 'Targets', 0, 1_000_000) ?? 0 }),
  };
}
