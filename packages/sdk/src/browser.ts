// Each client is a module of its own, so that bundlers drop those that a page does not use.
export { Imm } from './browser/imm.ts';
export { Imm2017 } from './browser/imm-2017.ts';
export { Mns } from './browser/mns.ts';
export { Oss } from './browser/oss.ts';
export { Ram } from './browser/ram.ts';
export { Sts } from './browser/sts.ts';
export * from './exports.ts';
export { blobSource } from './transfer/blob-source.ts';
export { type RecordStorage, StorageCheckpoints } from './transfer/storage-checkpoints.ts';
export { UploaderBase as Uploader } from './transfer/uploader.ts';
