export { decodeBase64, encodeBase64 } from './base64.ts';
export { canonical } from './canonical.ts';
export { type AudioFormat, audioFormats, sampleRates } from './catalogue/audio/sound.ts';
export {
  declarationOf,
  mediaOperations,
  type Operation,
  type OperationName,
  type OperationNamed,
  systemOperations,
  unavailableOperations,
} from './catalogue/catalogue.ts';
export { type DocumentExtension, documentExtensions } from './catalogue/document/convert.ts';
export { type WatermarkFont, watermarkFonts } from './catalogue/image/watermark.ts';
export {
  type Door,
  type OperationDeclaration,
  type ParameterSet,
  type ParamsOf,
  type Rule,
  sampleOperation,
} from './catalogue/operation.ts';
export { builtInStyles } from './catalogue/video/styles.ts';
export type {
  Choose,
  PageRange,
  Parameter,
  PictureReference,
  Presence,
  Size,
  ValueType,
} from './catalogue/vocabulary.ts';
export { decode, decodePreparation, familyOf, ifMissing, type Process, targetVariables } from './decode.ts';
export { format } from './grammar/format.ts';
export { type ActionText, grammarLimits, type ProcessText, parse, type StageText } from './grammar/parse.ts';
export { ProcessError, type ProcessFault } from './process-error.ts';
export {
  distinguishesOutputs,
  outputVariables,
  parseTargetName,
  renderTargetName,
  sanitiseSheetName,
  sourceVariables,
  type TargetName,
} from './target-name.ts';
