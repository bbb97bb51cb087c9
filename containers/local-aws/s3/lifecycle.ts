/** The bucket's lifecycle rules: questions and answers go after seven days, and so do uploads that nobody completed. */
import type { ObjectStore } from './object-store.ts';

export const EXPIRY_DAYS = 7;
const EXPIRING = ['queries/', 'responses/'];
const DAY_MS = 24 * 60 * 60 * 1000;

/** @param now epoch milliseconds @returns how many objects went */
export async function applyLifecycle(store: ObjectStore, bucket: string, now: number): Promise<number> {
  const cutoff = now - EXPIRY_DAYS * DAY_MS;
  let deleted = 0;
  for (const prefix of EXPIRING) deleted += await store.expire(bucket, prefix, cutoff);
  await store.expireUploads(bucket, cutoff);
  return deleted;
}
