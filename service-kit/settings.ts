/** Settings: read from the environment once, through one zod schema, with every wrong one named in one error. */
import { z } from 'zod';

/** Thrown where settings are missing or wrong; `message` names each. */
export class SettingsError extends Error {
  override name = 'SettingsError';
}

/**
 * Reads `env` through `schema`. An empty variable counts as unset, as it does in compose files.
 * @throws SettingsError naming every wrong setting
 */
export function readSettings<T extends z.ZodType>(schema: T, env: NodeJS.ProcessEnv = process.env): z.infer<T> {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const result = schema.safeParse(present);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new SettingsError(`Wrong settings: ${problems.join('; ')}`);
}

export const port = (fallback: number) => z.coerce.number().int().min(0).max(65535).default(fallback);
export const baseUrl = () => z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''));
export const integer = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
export const logLevel = () => z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info');
export const flag = () =>
  z
    .enum(['true', 'false', '1', '0'])
    .default('false')
    .transform((value) => value === 'true' || value === '1');
/** Where a service listens: every interface in a container, one of them elsewhere. */
export const host = () => z.string().min(1).default('127.0.0.1');
