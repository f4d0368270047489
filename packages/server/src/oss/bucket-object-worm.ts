import { served } from '@millrace/protocol/oss';
import { XmlError } from '@millrace/protocol/xml';
import type { LockSetting } from '../domain/objects/version-lock.ts';
import { handle } from './call.ts';
import { OssError } from './oss-error.ts';
import { readMode, writeMode } from './worm-headers.ts';

export const putBucketObjectWormConfiguration = handle(
  served.PutBucketObjectWormConfiguration,
  async ({ body }, call) => {
    const setting: LockSetting = {};
    if (body.Rule) {
      const { Mode, Days: days, Years: years } = body.Rule.DefaultRetention;
      const mode = readMode(Mode);
      if (days !== undefined && years === undefined) setting.standard = { mode, days };
      else if (years !== undefined && days === undefined) setting.standard = { mode, years };
      else throw new XmlError('The element ObjectWormConfiguration>Rule>DefaultRetention must hold Days or Years.');
    }
    await call.retentions.enableLocks(call.bucket, setting);
    return {};
  },
);

export const getBucketObjectWormConfiguration = handle(
  served.GetBucketObjectWormConfiguration,
  async (_input, { bucket, settings }) => {
    const setting = await settings.get(bucket, 'versionLocks');
    if (!setting) {
      throw new OssError('NoSuchWORMConfiguration', {
        message: 'The bucket has no retention of single objects.',
        elements: { BucketName: bucket.name },
      });
    }
    const { standard } = setting;
    return {
      result: {
        ObjectWormEnabled: 'Enabled' as const,
        Rule: standard && {
          DefaultRetention: {
            Mode: writeMode(standard.mode),
            Days: 'days' in standard ? standard.days : undefined,
            Years: 'years' in standard ? standard.years : undefined,
          },
        },
      },
    };
  },
);
