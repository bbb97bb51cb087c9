import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  exportRequestSchema,
  lectureNotificationSchema,
  lectureRequestSchema,
  queryRequestSchema,
} from '../protocol/agent-api.ts';
import { ERROR_CODES, SynapscribeError } from '../protocol/errors.ts';
import {
  claimItemKey,
  connectionItemKey,
  doneItemKey,
  identityConnectionsItemKey,
  uploadsItemKey,
  type ClaimKind,
} from '../protocol/items.ts';
import { clientMessageSchema, serverMessageSchema } from '../protocol/messages.ts';

const page = readFileSync(new URL('protocol.md', import.meta.url), 'utf8');
const envelopeSchema = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.enum(ERROR_CODES),
  }),
});
const SCHEMAS: Record<string, z.ZodType> = {
  client: clientMessageSchema,
  server: serverMessageSchema,
  query: queryRequestSchema,
  lecture: lectureRequestSchema,
  export: exportRequestSchema,
  notification: lectureNotificationSchema,
  envelope: envelopeSchema,
};
const examples = [...page.matchAll(/```json (\w+)\n(.*?)```/gs)].map(([, kind = '', text = '']) => ({ kind, text }));

describe('docs/protocol.md', () => {
  it.each(examples)('has an example that is right (%#)', ({ kind, text }) => {
    const example: unknown = JSON.parse(text);
    // Nothing in it that the schema does not know.
    expect(SCHEMAS[kind]?.parse(example)).toEqual(example);
  });

  it('shows every message once', () => {
    const types = (kind: string, key: string): unknown[] =>
      examples
        .filter((example) => example.kind === kind)
        .map(({ text }) => z.record(z.string(), z.unknown()).parse(JSON.parse(text))[key]);
    const actions = clientMessageSchema.options.map(({ shape }) => shape.action.value);
    const messages = serverMessageSchema.options.map(({ shape }) => shape.type.value);
    expect(types('client', 'action').sort()).toEqual([...actions].sort());
    expect(types('server', 'type').sort()).toEqual([...messages].sort());
  });

  it.each(ERROR_CODES)('tells of %s what is so', (code) => {
    const { retryable, status } = new SynapscribeError(code, '');
    const row = new RegExp(`^\\| \`${code}\` +\\| ${retryable ? 'yes' : 'no'} +\\| ${status} +\\| \\S`, 'm');
    expect(page).toMatch(row);
  });

  it('names the items of the table', () => {
    const id = (kind: ClaimKind): string => (kind === 'query' ? '<queryId>' : '<lectureId>');
    const work = (kind: ClaimKind) => [
      claimItemKey(kind, '<identity>', id(kind)),
      doneItemKey(kind, '<identity>', id(kind)),
    ];
    for (const { sessionId, lectureId } of [
      connectionItemKey('<id>'),
      identityConnectionsItemKey('<identity>'),
      uploadsItemKey('<identity>'),
      ...work('query'),
      ...work('lecture'),
    ]) {
      expect(page.replace(/ +/g, ' ')).toContain(`| \`${sessionId}\` | \`${lectureId}\` |`);
    }
  });
});
