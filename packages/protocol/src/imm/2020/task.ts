import { flag, optional, required, text, word } from '../../rpc/field.ts';
import { rpcOperation } from '../../rpc/operation.ts';
import { wholeNumber } from '../codecs.ts';
import { aText, json, listOf, members } from '../json.ts';

export interface WireTask {
  TaskId: string;
  TaskType: string;
  ProjectName: string;
  EventId: string;
  RequestId: string;
  Status: 'Running' | 'Succeeded' | 'Failed';
  Progress: number;
  StartTime: string;
  EndTime?: string;
  Code?: string;
  Message?: string;
  Tags?: Record<string, string>;
  UserData?: string;
  TaskRequestDefinition?: string;
}

/** The request id of an answer is its own; that of the task is not told here. */
export const getTask = rpcOperation<Omit<WireTask, 'RequestId'>>()({
  name: 'GetTask',
  action: 'imm:GetTask',
  resource: 'project/{ProjectName}',
  input: {
    ProjectName: required(text),
    TaskId: required(text),
    TaskType: required(text),
    RequestDefinition: optional(flag),
  },
});

const range = optional(json(members({ Start: aText, End: aText })));

export const listTasks = rpcOperation<{
  ProjectName: string;
  MaxResults: string;
  NextToken: string;
  Tasks: Omit<WireTask, 'RequestId'>[];
}>()({
  name: 'ListTasks',
  action: 'imm:ListTasks',
  resource: 'project/{ProjectName}',
  input: {
    ProjectName: required(text),
    TaskTypes: optional(json(listOf(aText, 100))),
    Status: optional(text),
    TagSelector: optional(text),
    StartTimeRange: range,
    EndTimeRange: range,
    Sort: optional(word('TaskId', 'StartTime', 'EndTime')),
    Order: optional(word('asc', 'desc', 'ASC', 'DESC')),
    MaxResults: optional(wholeNumber),
    NextToken: optional(text),
    RequestDefinition: optional(flag),
  },
});
