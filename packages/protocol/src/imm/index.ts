export {
  type Imm2017Operations,
  imm2017,
  imm2017Operations,
  type WireOfficeTask,
  type WireProject2017,
} from './2017/index.ts';
export {
  type Imm2020Operations,
  imm2020,
  imm2020Operations,
  type WireAttachment,
  type WireCode,
  type WireMediaSource,
  type WireMediaTarget,
  type WireMosaicTarget,
  type WireProject,
  type WireTask,
} from './2020/index.ts';
