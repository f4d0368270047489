import { flag, optional, required, text } from '../../rpc/field.ts';
import { rpcOperation } from '../../rpc/operation.ts';
import { anyCase, wholeNumber } from '../codecs.ts';
import { aNumber, json, listOf } from '../json.ts';

const conversion = {
  Project: required(text),
  SrcUri: required(text),
  TgtUri: required(text),
  TgtType: required(anyCase('vector', 'png', 'jpg', 'pdf', 'text')),
  SrcType: optional(text),
  StartPage: optional(wholeNumber),
  EndPage: optional(wholeNumber),
  TgtFilePages: optional(json(listOf(aNumber, 5_000))),
  TgtFilePrefix: optional(text),
  TgtFileSuffix: optional(text),
  MaxSheetRow: optional(wholeNumber),
  MaxSheetCol: optional(wholeNumber),
  MaxSheetCount: optional(wholeNumber),
  SheetOnePage: optional(flag),
  FitToPagesTall: optional(flag),
  FitToPagesWide: optional(flag),
  Password: optional(text),
  PdfVector: optional(flag),
  Hidecomments: optional(flag),
  DisplayDpi: optional(wholeNumber),
  ModelId: optional(text),
};

export const createOfficeConversionTask = rpcOperation<{
  Status: 'Running' | 'Finished' | 'Failed';
  Percent: number;
  CreateTime: string;
  TaskId: string;
  TgtLoc: string;
}>()({
  name: 'CreateOfficeConversionTask',
  action: 'imm:CreateOfficeConversionTask',
  resource: 'project/{Project}',
  input: {
    ...conversion,
    NotifyTopicName: optional(text),
    NotifyEndpoint: optional(text),
    IdempotentToken: optional(text),
    UserData: optional(text),
  },
});

/** While the client waits; the vendor gives it five seconds. */
export const convertOfficeFormat = rpcOperation<{ PageCount: number }>()({
  name: 'ConvertOfficeFormat',
  action: 'imm:ConvertOfficeFormat',
  resource: 'project/{Project}',
  input: conversion,
});

export interface WireOfficeTask {
  TaskId: string;
  Status: 'Running' | 'Finished' | 'Failed';
  Percent: number;
  PageCount: number;
  CreateTime: string;
  FinishTime?: string;
  SrcUri: string;
  TgtUri: string;
  TgtType: string;
  NotifyTopicName?: string;
  NotifyEndpoint?: string;
  ImageSpec: string;
  ExternalID: string;
}

const task = { Project: required(text), TaskId: required(text) };

export const getOfficeConversionTask = rpcOperation<WireOfficeTask & { FailDetail: { Code: string } }>()({
  name: 'GetOfficeConversionTask',
  action: 'imm:GetOfficeConversionTask',
  resource: 'project/{Project}',
  input: task,
});

export const listOfficeConversionTask = rpcOperation<{ Tasks: WireOfficeTask[]; NextMarker: string }>()({
  name: 'ListOfficeConversionTask',
  action: 'imm:ListOfficeConversionTask',
  resource: 'project/{Project}',
  input: { Project: required(text), Marker: optional(text), MaxKeys: optional(wholeNumber) },
});

export const deleteOfficeConversionTask = rpcOperation<object>()({
  name: 'DeleteOfficeConversionTask',
  action: 'imm:DeleteOfficeConversionTask',
  resource: 'project/{Project}',
  input: task,
});
