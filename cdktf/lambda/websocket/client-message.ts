/** Reads what a client sent: one message of the protocol, or one `bad_request` that says in plain words what is wrong. */
import { z } from 'zod';
import { SynapscribeError } from '../../../protocol/errors.ts';
import { askedLectureSchema, idSchema } from '../../../protocol/keys.ts';
import { clientMessageSchema, MAX_CLIENT_MESSAGE_BYTES, type ClientMessage } from '../../../protocol/messages.ts';

const ACTIONS = clientMessageSchema.options.map((option) => option.shape.action.value);
const MAX_ECHO_CHARS = 40;

/** The ids that a message carries, as far as they parse: an error echoes them, so that a client knows what it is about. */
export interface MessageIds {
  queryId?: string;
  lectureId?: string;
}

/**
 * JSON text as an object.
 * @throws SynapscribeError bad_request
 */
export function parseMessageObject(body: string | null | undefined, isBase64: boolean): Record<string, unknown> {
  if (isBase64) throw new SynapscribeError('bad_request', 'Binary messages are not understood; send JSON text.');
  if (body === null || body === undefined || body.trim() === '') {
    throw new SynapscribeError('bad_request', 'The message is empty; send a JSON object.');
  }
  if (Buffer.byteLength(body) > MAX_CLIENT_MESSAGE_BYTES) {
    throw new SynapscribeError('bad_request', `The message is longer than ${MAX_CLIENT_MESSAGE_BYTES / 1024} KB.`);
  }
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    throw new SynapscribeError('bad_request', 'The message is not valid JSON.', { cause: error });
  }
  const object = z.record(z.string(), z.unknown()).safeParse(value);
  if (!object.success) throw new SynapscribeError('bad_request', 'The message is not a JSON object.');
  return object.data;
}

export function readMessageIds(message: Record<string, unknown>): MessageIds {
  const queryId = idSchema.safeParse(message['queryId']).data;
  const lectureId = askedLectureSchema.safeParse(message['lectureId']).data;
  return { ...(queryId === undefined ? {} : { queryId }), ...(lectureId === undefined ? {} : { lectureId }) };
}

/** @throws SynapscribeError bad_request, `param` naming the first field that is wrong */
export function parseClientMessage(message: Record<string, unknown>): ClientMessage {
  const parsed = clientMessageSchema.safeParse(message);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const param = String(issue?.path[0] ?? '');
  const sentence = issue === undefined ? 'The message is not understood.' : describeIssue(issue, message);
  throw new SynapscribeError('bad_request', sentence, param === '' ? {} : { param });
}

type Issue = z.core.$ZodIssue;

function describeIssue(issue: Issue, message: Record<string, unknown>): string {
  const [name] = issue.path;
  if (issue.code === 'unrecognized_keys') return `The field ${quote(issue.keys[0])} is not known here.`;
  if (typeof name !== 'string') return 'The message is not understood.';
  if (message[name] === undefined) {
    return name === 'text' && message['action'] === 'query'
      ? 'Give either audioKey or text.'
      : `The field "${name}" is missing.`;
  }
  if (name === 'action') return `The action ${quote(message[name])} is not known; there are ${ACTIONS.join(', ')}.`;
  return `The field "${name}" ${describeFault(issue)}.`;
}

/** The schemas of the protocol word most faults themselves: "must be …". Zod's own words are for programmers. */
function describeFault(issue: Issue): string {
  if (issue.message.startsWith('must ')) return issue.message;
  if (issue.message.startsWith('give ')) return `stands beside "audioKey": ${issue.message}`;
  const unit = 'origin' in issue && issue.origin === 'string' ? ' characters' : '';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${issue.expected === 'int' ? 'a whole number' : `a ${issue.expected}`}`;
    case 'too_small':
      return unit !== '' && issue.minimum === 1 ? 'must not be empty' : `must be at least ${issue.minimum}${unit}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${unit}`;
    default:
      return 'is not valid';
  }
}

function quote(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > MAX_ECHO_CHARS ? `${text.slice(0, MAX_ECHO_CHARS)}…` : text;
}
