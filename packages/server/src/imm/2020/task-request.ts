import { RpcError } from '@millrace/protocol/rpc';
import type { MediaTaskRequest } from '../../domain/media/task-submission.ts';
import type { RpcCall } from '../../rpc/product.ts';
import { ossUri } from '../uri.ts';

const MOST_USER_DATA = 2_048;

/** What every request for a task says besides the work itself. */
export function taskRequest(
  input: {
    ProjectName: string;
    Notification?: { MNS?: { TopicName?: string }; RocketMQ?: unknown; ExtendedMessageURI?: string } | undefined;
    NotifyTopicName?: string | undefined;
    Tags?: Record<string, string> | undefined;
    UserData?: string | undefined;
  },
  { principal, requestId }: RpcCall,
): Pick<MediaTaskRequest, 'principal' | 'requestId' | 'project' | 'topic' | 'about'> {
  const { ProjectName: project, Notification, NotifyTopicName, Tags, UserData } = input;
  if (UserData !== undefined && Buffer.byteLength(UserData) > MOST_USER_DATA) {
    throw new RpcError(
      'InvalidParameter.UserData',
      `Specified parameter UserData is not valid: ${MOST_USER_DATA} bytes at most.`,
    );
  }
  if (Notification?.RocketMQ !== undefined) {
    throw new RpcError('UnsupportedOperation', 'There is no RocketMQ here: use Notification.MNS.');
  }
  const topic = Notification?.MNS?.TopicName || NotifyTopicName || '';
  // A password is for the work and for nobody who looks at the task.
  const definition = JSON.stringify(input, (name, value: unknown) => (name === 'Password' ? undefined : value));
  return {
    principal,
    requestId,
    project,
    topic,
    about: { definition, ...(Tags && { tags: Tags }), ...(UserData !== undefined && { userData: UserData }) },
  };
}

/** The same for work that can write more than fits into a message. */
export function projectTaskRequest(input: Parameters<typeof taskRequest>[0], call: RpcCall) {
  const { topic = '', about, ...asked } = taskRequest(input, call);
  const uri = input.Notification?.ExtendedMessageURI;
  return { ...asked, topic, about, ...(uri && { extended: ossUri(uri, 'Notification') }) };
}
