export * from '../rpc/json.ts';
