/** Outside data through a zod schema, with the first problem told in plain words. */
import type { z } from 'zod';
import { SynapscribeError } from '../protocol/errors.ts';

/** @throws SynapscribeError bad_request naming the field */
export function parse<T extends z.ZodType>(schema: T, data: unknown): z.infer<T> {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const param = issue === undefined || issue.path.length === 0 ? undefined : issue.path.join('.');
  const message = issue?.message ?? 'is not valid';
  throw new SynapscribeError(
    'bad_request',
    param === undefined ? `The request is wrong: ${message}.` : `${param}: ${message}.`,
    {
      ...(param !== undefined && { param }),
    },
  );
}
