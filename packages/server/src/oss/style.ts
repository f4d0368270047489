import { served } from '@millrace/protocol/oss';
import { checkStyle } from '../domain/media/style.ts';
import type { BucketItem } from '../domain/settings/bucket-settings.ts';
import { handle } from './call.ts';
import { invalidArgument, OssError } from './oss-error.ts';

/** Vendor limits. */
const MAX_STYLES = 50;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

export const putStyle = handle(served.PutStyle, async ({ styleName, category, body }, call) => {
  if (!NAME.test(styleName)) {
    throw invalidArgument('styleName', styleName, 'The name of a style has 1 to 63 letters, digits or _ . -');
  }
  const content = body.Content.trim();
  checkStyle(content);
  const value = { content, category: category === undefined || category === '' ? 'image' : category };
  await call.settings.putItem(call.bucket, { kind: 'style', name: styleName, value }, { limit: MAX_STYLES });
  return {};
});

export const getStyle = handle(served.GetStyle, async ({ styleName }, call) => {
  const style = await call.settings.item(call.bucket, 'style', styleName);
  if (!style) throw new OssError('NoSuchStyle', { elements: { StyleName: styleName } });
  return { result: describe(style) };
});

export const deleteStyle = handle(served.DeleteStyle, async ({ styleName }, call) => {
  await call.settings.removeItem(call.bucket, 'style', styleName);
  return {};
});

export const listStyle = handle(served.ListStyle, async (_input, call) => {
  const styles = await call.settings.items(call.bucket, 'style', { after: '', limit: MAX_STYLES });
  return { result: { Style: styles.map(describe) } };
});

const describe = ({ name, value, createdMs, modifiedMs }: BucketItem<'style'>) => ({
  Name: name,
  Content: value.content,
  Category: value.category,
  CreateTime: new Date(createdMs).toUTCString(),
  LastModifyTime: new Date(modifiedMs).toUTCString(),
});
