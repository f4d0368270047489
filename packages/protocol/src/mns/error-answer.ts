import { document, required, struct, text } from './shape.ts';

/** All four children are required by the Python and PHP clients. */
export const errorDocument = document(
  'Error',
  struct({
    code: required('Code', text()),
    message: required('Message', text()),
    requestId: required('RequestId', text()),
    hostId: required('HostId', text()),
  }),
);
