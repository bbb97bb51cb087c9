/** What each Lambda may do with the student's data. The host's part is in host-role.ts, the guest's in guest-identity.ts. */
import { CLAIM_PARTITIONS } from '../../protocol/items.ts';
import type { Account } from './account.ts';
import { allow, leadingKeys, type Statement } from './policy.ts';

export interface DataStores {
  account: Account;
  audioBucketArn: string;
  sessionsTableArn: string;
}

/** Session items: their partition is an identity id, which begins with the pool's region. */
export const sessionKeys = (account: Account): string => `${account.region}:*`;

/** Connections, uploads' forms (which carry the signer's right to put), and the items of new lectures. */
export const webSocketHandlerRights = ({ account, audioBucketArn, sessionsTableArn }: DataStores): Statement[] => [
  allow('SignUploads', ['s3:PutObject'], `${audioBucketArn}/lectures/*`),
  allow(
    'KeepConnections',
    ['dynamodb:BatchGetItem', 'dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem'],
    sessionsTableArn,
    leadingKeys('StringLike', ['connection#*']),
  ),
  allow(
    'ListConnections',
    ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
    sessionsTableArn,
    leadingKeys('StringLike', ['connections#*']),
  ),
  allow(
    'BeginLectures',
    ['dynamodb:GetItem', 'dynamodb:PutItem'],
    sessionsTableArn,
    leadingKeys('StringLike', [sessionKeys(account)]),
  ),
  allow(
    'CountUploads',
    ['dynamodb:PutItem', 'dynamodb:UpdateItem'],
    sessionsTableArn,
    leadingKeys('StringLike', ['uploads#*']),
  ),
  handOn(sessionsTableArn),
];

/** Recordings to look at, their items, and the letter box in which AgentCore finds them. */
export const validateLectureRights = ({ account, audioBucketArn, sessionsTableArn }: DataStores): Statement[] => [
  allow('ReadLectures', ['s3:GetObject'], `${audioBucketArn}/lectures/*`),
  // Without it S3 says of an object that has gone that it is forbidden, and the event would be tried again.
  allow('SeeWhatHasGone', ['s3:ListBucket'], audioBucketArn),
  allow('JudgeLectures', ['dynamodb:UpdateItem'], sessionsTableArn, leadingKeys('StringLike', [sessionKeys(account)])),
  handOn(sessionsTableArn),
];

/** Lectures that are to come, or have come, for AgentCore to find. */
function handOn(sessionsTableArn: string): Statement {
  const lectures = leadingKeys('StringEquals', [CLAIM_PARTITIONS.lecture]);
  return allow('HandLecturesOn', ['dynamodb:PutItem'], sessionsTableArn, lectures);
}
