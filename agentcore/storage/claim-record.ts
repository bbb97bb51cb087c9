/** A claim as it stands in the table, and what is read from it. */
import { z } from 'zod';
import { connectionIdSchema } from '../../protocol/agent-api.ts';
import { idSchema, identityIdSchema } from '../../protocol/keys.ts';

/** Work that was taken, is not done, and that no live process is at. */
export interface AbandonedWork {
  identityId: string;
  id: string;
  payload: string | undefined;
  listeners: string[];
  /** Nobody where it was never begun. */
  owner: string | undefined;
  leaseUntil: number;
}

const listenersSchema = z
  .custom<Set<unknown>>((value) => value instanceof Set)
  .transform((ids) => [...ids].flatMap((id) => connectionIdSchema.safeParse(id).data ?? []))
  .catch([]);

export const claimSchema = z.object({
  /** `<identity>/<id>` */
  lectureId: z.string(),
  state: z.enum(['running', 'cancelled']),
  owner: z.string().optional(),
  /** Epoch milliseconds. */
  leaseUntil: z.number(),
  payload: z.string().optional(),
  cancelRequested: z.boolean().default(false),
  listeners: listenersSchema,
});

/** The note of work that is not to be done again, where what it was about is deleted. */
export const deletedSchema = z.object({ deleted: z.literal(true) });

export type Claim = z.infer<typeof claimSchema>;

/** Nothing where the item is no claim. */
export function readAbandonedWork(item: unknown): AbandonedWork | undefined {
  const claim = claimSchema.safeParse(item).data;
  const [identityId, id] = claim?.lectureId.split('/') ?? [];
  const named = z.object({ identityId: identityIdSchema, id: idSchema }).safeParse({ identityId, id }).data;
  if (claim === undefined || named === undefined) return undefined;
  const { payload, listeners, owner, leaseUntil } = claim;
  return { ...named, payload, listeners, owner, leaseUntil };
}
