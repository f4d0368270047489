import { type Imm2017Operations, imm2017 } from '@millrace/protocol/imm';
import type { RpcHandler, RpcProduct } from '../../rpc/product.ts';
import type { ImmServices } from '../services.ts';
import { immRefusal } from '../wire-errors.ts';
import { codeHandlers2017 } from './codes.ts';
import { mediaMetaHandlers2017 } from './media-meta.ts';
import { officeConversionHandlers } from './office-conversion.ts';
import { projectHandlers } from './project.ts';

/** One for each action declared as served: leaving one out does not compile. */
export function imm2017Product(services: ImmServices): RpcProduct {
  const handlers: Readonly<Record<keyof Imm2017Operations, RpcHandler>> = {
    ...projectHandlers(services),
    ...officeConversionHandlers(services),
    ...codeHandlers2017(services),
    ...mediaMetaHandlers2017(services),
  };
  return { service: imm2017, handlers: Object.values(handlers), refusal: immRefusal('2017') };
}
