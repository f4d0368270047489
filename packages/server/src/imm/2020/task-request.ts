import { RpcError } from '@millrace/protocol/rpc';
import type { MediaTaskRequest } from '../../domain/media/media-service.ts';
import type { RpcCall } from '../../rpc/product.ts';

const MOST_USER_DATA = 2_048;

/** What every request for a task says besides the work itself. */
export function taskRequest(
  input: {
    ProjectName: string;
    Notification?: { MNS?: { TopicName?: string }; RocketMQ?: unknown } | undefined;
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
  const definition = JSON.stringify(input);
  return {
    principal,
    requestId,
    project,
    topic,
    about: { definition, ...(Tags && { tags: Tags }), ...(UserData !== undefined && { userData: UserData }) },
  };
}
