import { operation } from '../operation.ts';
import { base64Text, objectRef } from '../vocabulary.ts';

/** https://help.aliyun.com/zh/oss/user-guide/save-processed-images */
export const saveas = operation('sys/saveas', {
  summary: 'Store the result as an object. POST only.',
  door: 'both',
  params: {
    o: objectRef('Key of the target; may hold {variables} in asynchronous processing.'),
    b: base64Text('Bucket of the target; the source bucket without it.').optional(),
  },
  examples: ['sys/saveas,o_ZGVzdC5wbmc', 'sys/saveas,b_dGVzdC1idWNrZXQ,o_ZGVzdC5wbmc='],
});
