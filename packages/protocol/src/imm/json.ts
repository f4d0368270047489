export * from '../rpc/json.ts';
/** Whoever asks for something is to hear that it does not come about: nothing is passed over. */
export { knownMembers as members } from '../rpc/json.ts';
