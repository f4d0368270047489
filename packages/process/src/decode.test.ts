import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { canonical } from './canonical.ts';
import { builtInStyles } from './catalogue/video/styles.ts';
import { decode } from './decode.ts';
import { ProcessError } from './process-error.ts';

/** What a string is refused for: `parameter: value`. */
function fault(text: string, door: 'sync' | 'async' = 'sync'): string {
  try {
    decode(text, door);
  } catch (error) {
    assert.ok(error instanceof ProcessError, String(error));
    assert.notEqual(error.reason, '');
    return `${error.kind === 'unsupported' ? 'unsupported ' : ''}${error.parameter}: ${error.value}`;
  }
  return 'accepted';
}

describe('decode', () => {
  it('gives typed values with defaults filled in', () => {
    assert.deepEqual(decode('image/resize,m_fixed,w_100,h_50/quality,80/format,png/auto-orient,0', 'sync').stages, [
      [
        { name: 'image/resize', params: { m: 'fixed', w: 100, h: 50, limit: 1, color: 'FFFFFF' } },
        { name: 'image/quality', params: { value: 80 } },
        { name: 'image/format', params: { value: 'png' } },
        { name: 'image/auto-orient', params: { value: 0 } },
      ],
    ]);
    const [[operation] = []] = decode('video/convert,f_mp4,s_640x,fps_29.97|sys/saveas,o_YQ', 'async').stages;
    assert.ok(operation?.name === 'video/convert');
    assert.deepEqual(operation.params.s, { width: 640 });
    assert.equal(operation.params.fps, 29.97);
    assert.equal(operation.params.vcodec, 'copy');
  });

  it('gives the files that are joined, in their order, whatever alphabet their keys are written in', () => {
    const text = 'video/concat,f_mp4,align_1/pre,o_YS8/Pn4=,ss_5/pre,o_Yg==/sur,o_ZGU,t_7|sys/saveas,o_YQ';
    const [[joined] = []] = decode(text, 'async').stages;
    assert.ok(joined?.name === 'video/concat');
    assert.deepEqual(joined.params.pre, [
      { o: 'a/?>~', ss: 5, t: 0 },
      { o: 'b', ss: 0, t: 0 },
    ]);
    assert.deepEqual(joined.params.sur, [{ o: 'de', ss: 0, t: 7 }]);
    assert.equal(fault('video/concat,f_mp4/sur,o_YQ/mid,o_YQ|sys/saveas,o_YQ', 'async'), 'o: YQ');
    assert.equal(fault('audio/concat,f_mp3/sur,x_1|sys/saveas,o_YQ', 'async'), 'x: 1');
    assert.equal(fault('audio/concat,f_mp3/sur|sys/saveas,o_YQ', 'async'), 'o: ');
    const many = Array.from({ length: 11 }, () => '/sur,o_YQ').join('');
    assert.equal(fault(`audio/concat,f_mp3${many}|sys/saveas,o_YQ`, 'async'), 'pre: ');
    assert.equal(fault('video/concat,f_mp4,vcodec_copy/sur,o_YQ|sys/saveas,o_YQ', 'async'), 'vcodec: copy');
  });

  it('reads the styles that every bucket has', () => {
    for (const [name, style] of builtInStyles) {
      const [[operation] = []] = decode(`${style}|sys/saveas,o_YQ`, 'async').stages;
      assert.equal(operation?.name, 'video/convert', name);
    }
  });

  it('ignores unknown keys in image operations, takes the later of repeated ones, and endings in comma or slash', () => {
    const crop = { name: 'image/crop', params: { w: 100, h: 100, x: 100, y: 200, g: 'nw' } };
    for (const text of [
      'image/crop,w_100,h_100,x_100,y_200,r_1',
      'image/crop,w_5,h_100,w_100,x_100,y_200/',
      'image/crop,w_100,h_100,x_100,y_200,',
    ]) {
      assert.deepEqual(decode(text, 'sync').stages, [[crop]], text);
    }
  });

  it('refuses unknown and repeated parameters of documents, video and audio', () => {
    assert.equal(fault('doc/convert,target_png,colour_red|sys/saveas,o_YQ', 'async'), 'colour: red');
    assert.equal(fault('doc/convert,target_png,target_pdf|sys/saveas,o_YQ', 'async'), 'target: pdf');
    assert.equal(fault('video/snapshot,t_0,f_jpg,quick_1'), 'quick: 1');
    assert.equal(fault('video/info,x_1'), 'x: 1');
  });

  it('names the parameter and the value it refuses', () => {
    const cases: [string, string][] = [
      ['image/resize,w_0', 'w: 0'],
      ['image/resize,w_16385', 'w: 16385'],
      ['image/resize,w_abc', 'w: abc'],
      ['image/resize,w_1e3', 'w: 1e3'],
      ['image/resize,w', 'w: '],
      ['image/resize,m_lfit', 'w: '],
      ['image/resize', 'w: '],
      ['image/resize,100', '100: 100'],
      ['image/resize,w_100,color_red', 'color: red'],
      ['image/format,f_png', 'f: f'],
      ['image/format,jpeg', 'format: jpeg'],
      ['image/format', 'format: '],
      ['image/rotate,400', 'rotate: 400'],
      ['image/rotate,abc', 'rotate: abc'],
      ['image/rotate,90,200', 'rotate: 200'],
      ['image/quality', 'q: '],
      ['image/quality,Q_101', 'Q: 101'],
      ['image/crop,g_fac', 'g: fac'],
      ['image/indexcrop,x_0', 'x: 0'],
      ['image/slim,1', 'image: image/slim'],
      ['image/', 'image: image/'],
      ['picture/resize,w_1', 'picture: picture/resize'],
      ['resize,w_100', 'process: resize'],
      ['image/info/resize,w_1', 'process: image/info'],
      ['image/average-hue/resize,w_1', 'process: image/average-hue'],
      ['image/watermark', 'text: '],
      ['image/watermark,text_YQ,size_0', 'size: 0'],
      ['image/watermark,text_', 'text: '],
      ['image/watermark,text_*', 'text: *'],
      [`image/watermark,text_${encodeBase64('x'.repeat(64))}`, 'accepted'],
      [
        `image/watermark,text_${encodeBase64('图'.repeat(21))}Cg`,
        'text: 5Zu-5Zu-5Zu-5Zu-5Zu-5Zu-5Zu-5Zu-5Zu-5Zu-5Zu-5Zu-5Zu-5Zu-5Zu-5Zu-5Zu-5Zu-5Zu-5Zu-5Zu-Cg',
      ],
      [`image/watermark,text_YQ,type_${encodeBase64('arial')}`, 'type: YXJpYWw'],
      [`image/watermark,image_${encodeBase64('a.png?x-oss-process=image/resize,P_10')}`, 'accepted'],
      [`image/watermark,image_${encodeBase64('a.png?x-oss-process=image/resize,P_0')}`, 'P: 0'],
      [`image/watermark,image_${encodeBase64('a.png?x-oss-process=image/info')}`, 'image: image/info'],
      [
        `image/watermark,image_${encodeBase64('a.png?x-oss-process=image/watermark,text_YQ')}`,
        'image: image/watermark',
      ],
      [`image/watermark,image_${encodeBase64('a.png?x-oss-process=style/a')}`, 'image: style/a'],
      [`image${'/watermark,image_YQ'.repeat(4)}`, 'image: pictures'],
      ['image/resize,P_10', 'P: 10'],
      ['image/bright,-101', 'bright: -101'],
      ['image/bright,-100', 'accepted'],
      ['image/faces', 'unsupported process: image/faces'],
      ['image/crop,w_100,g_face', 'unsupported g: g_face'],
      ['image/crop,g_auto', 'unsupported g: g_auto'],
      ['image/crop,w_100,g_fac', 'g: fac'],
      ['image/blur,g_faces,r_3,s_2', 'unsupported g: g_faces'],
      [`image/blindwatermark,content_${encodeBase64('图'.repeat(256))}`, 'accepted'],
      [
        `image/blindwatermark,content_${encodeBase64('x'.repeat(257))}`,
        `content: ${encodeBase64('x'.repeat(257)).slice(0, 128)}…`,
      ],
      ['image/blindwatermark,content_YQ,q_69', 'q: 69'],
      ['image/blindwatermark,content_YQ/resize,w_1', 'process: image/blindwatermark'],
      ['image/deblindwatermark', 'process: image/deblindwatermark'],
      ['style/thumb', 'unsupported process: style/thumb'],
      ['sys/saveas,o_YQ', 'process: sys/saveas,o_YQ'],
      ['image/resize,w_1|sys/saveas', 'o: '],
      ['image/resize,w_1|sys/saveas,o_', 'o: '],
      ['image/resize,w_1|sys/saveas,o_a*b', 'o: a*b'],
      ['image/resize,w_1|sys/saveas,o_YQ,o_Yg', 'o: Yg'],
      ['image/resize,w_1|sys/saveas,o_YQ|image/format,png', 'process: image'],
      ['image/resize,w_1|sys/saveas,o_YQ/notify,topic_YQ', 'process: sys/notify'],
      ['doc/convert,target_png', 'process: doc/convert'],
      ['video/snapshot,f_jpg', 't: '],
    ];
    for (const [text, expected] of cases) assert.equal(fault(text), expected, text);
    const asynchronous: [string, string][] = [
      ['doc/convert,target_gif|sys/saveas,o_YQ', 'target: gif'],
      ['doc/convert,target_pdf,pages_0|sys/saveas,o_YQ', 'pages: 0'],
      ['doc/convert,target_pdf,pages_5-2|sys/saveas,o_YQ', 'pages: 5-2'],
      ['doc/convert,target_pdf', 'o: '],
      ['image/resize,w_1|sys/saveas,o_YQ', 'process: image/resize'],
      ['video/convert,vcodec_h264|sys/saveas,o_YQ', 'f: '],
      ['video/convert,f_mp4,s_639x480|sys/saveas,o_YQ', 's: 639x480'],
      ['video/convert,f_mp4,s_x|sys/saveas,o_YQ', 's: x'],
      ['video/convert,f_mp4,vb_1000000,crf_23|sys/saveas,o_YQ', 'crf: 23'],
      ['video/convert,f_mp4,ab_1000,aq_50|sys/saveas,o_YQ', 'aq: 50'],
      ['video/convert,f_mp4,crf_23,maxrate_100000|sys/saveas,o_YQ', 'maxrate: 100000'],
      ['video/animation,f_gif,pw_0|sys/saveas,o_YQ', 'pw: 0'],
      ['audio/convert,f_mp3,ar_96000|sys/saveas,o_YQ', 'ar: 96000'],
      ['audio/convert,f_amr,ac_2|sys/saveas,o_YQ', 'ac: 2'],
      ['video/concat,f_mp4|sys/saveas,o_YQ', 'pre: '],
      [`doc/convert,target_png|sys/saveas,o_${encodeBase64('a/{page}.png')}`, 'o: a/{page}.png'],
      [`doc/convert,target_png|sys/saveas,o_${encodeBase64('a{')}`, 'o: a{'],
      [`doc/convert,target_png|sys/saveas,o_YQ,b_${encodeBase64('b-{index}')}`, 'b: b-{index}'],
      [`audio/convert,f_mp3|sys/saveas,o_${encodeBase64('{resolution}')}`, 'o: {resolution}'],
    ];
    for (const [text, expected] of asynchronous) assert.equal(fault(text, 'async'), expected, text);
  });

  it('says the value, the parameter and what would be right', () => {
    assert.throws(() => decode('image/resize,w_0', 'sync'), {
      message: 'The value: 0 of parameter: w is invalid. It must be an integer from 1 to 16384.',
    });
  });

  it('accepts all spellings of notify, o_ and b_ in any order, and every variant of base64', () => {
    const save = { key: 'doc_images/{index}.png', bucket: 'test-bucket' };
    const o = 'o_ZG9jX2ltYWdlcy97aW5kZXh9LnBuZw';
    const b = 'b_dGVzdC1idWNrZXQ';
    const of = (end: string) => decode(`doc/convert,target_png,source_docx|${end}`, 'async');
    const notify = { topic: 'test-topic' };
    assert.deepEqual(of(`sys/saveas,${b},${o}/notify,topic_dGVzdC10b3BpYw`).notify, notify);
    assert.deepEqual(of(`sys/saveas,${o},${b}|sys/notify,topic_dGVzdC10b3BpYw==`).notify, notify);
    assert.deepEqual(of(`sys/saveas,${o}==,${b}=|notify,topic_dGVzdC10b3BpYw`).notify, notify);
    assert.deepEqual(of(`sys/saveas,${b},${o}/notify`).notify, {});
    assert.deepEqual(of(`sys/saveas,${b},${o}/notify`).save, save);
    assert.equal(of(`sys/saveas,${o}`).notify, undefined);
    assert.equal(of('sys/saveas,o_c3ViamVjdD8+fg==').save?.key, 'subject?>~');
    assert.equal(of('sys/saveas,o_c3ViamVjdD8-fg').save?.key, 'subject?>~');
    assert.equal(of('sys/saveas,o_Pz8/').save?.key, '???');
    assert.equal(of('sys/saveas,o_Pz8_').save?.key, '???');
    assert.deepEqual(of('sys/saveas,o_Pz8//notify,topic_Pz8/').notify, { topic: '???' });
  });

  it('reads a list of pages plain, in ranges and as base64', () => {
    for (const pages of ['1,2,4-10', encodeBase64('1,2,4-10')]) {
      const [[operation] = []] = decode(`doc/convert,pages_${pages},target_png|sys/saveas,o_YQ`, 'async').stages;
      assert.ok(operation?.name === 'doc/convert');
      assert.deepEqual(operation.params.pages, [
        { first: 1, last: 1 },
        { first: 2, last: 2 },
        { first: 4, last: 10 },
      ]);
    }
  });

  it('takes a key with braces literally in synchronous processing', () => {
    assert.equal(decode(`image/resize,w_1|sys/saveas,o_${encodeBase64('a{b.png')}`, 'sync').save?.key, 'a{b.png');
  });

  it('gives one canonical string to strings that mean the same', () => {
    const of = (text: string) => canonical(decode(text, 'sync').stages);
    assert.equal(of('image/resize,w_0100,h_50,r_9'), of('image/resize,h_50,w_100,limit_1,color_ffffff/'));
    assert.notEqual(of('image/resize,w_100'), of('image/resize,h_100'));
    assert.equal(of('video/snapshot,t_0,f_jpg|image/rotate,90'), 'video/snapshot,t_0,w_0,h_0,f_jpg|image/rotate,90');
  });

  it('answers any text with a process or a ProcessError', () => {
    const words = fc.constantFrom(
      'image/',
      'resize',
      'video/convert',
      ',w_100',
      ',f_mp4',
      '|sys/saveas,o_',
      'YQ',
      '/',
      ',',
      '_',
      '|',
    );
    const text = fc
      .array(fc.oneof(words, fc.string({ maxLength: 3 })), { maxLength: 10 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.constantFrom('sync' as const, 'async' as const), (process, door) => {
        try {
          assert.ok(decode(process, door).stages.length > 0);
        } catch (error) {
          assert.ok(error instanceof ProcessError, String(error));
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe('base64', () => {
  it('reads back any text in every variant', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const standard = Buffer.from(text).toString('base64');
        assert.equal(encodeBase64(text), Buffer.from(text).toString('base64url'));
        for (const form of [standard, standard.replace(/=+$/, ''), encodeBase64(text), `${standard}\n`]) {
          assert.equal(decodeBase64(form), text);
        }
      }),
    );
  });

  it('refuses other characters, impossible lengths and bytes that are not UTF-8', () => {
    for (const text of ['a', 'a*bc', 'YQ=Y', 'YQ===', '/w==', '{}']) assert.equal(decodeBase64(text), undefined, text);
  });
});
