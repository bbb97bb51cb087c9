/**
 * A bound on the expressions that strangers may send: dynalite's parser takes five seconds for six opening brackets, and
 * each further one takes it four times as long.
 */
import { z } from 'zod';

const MAX_BRACKETS = 2;
const MAX_CHARS = 512;

const expressionSchema = z
  .string()
  .max(MAX_CHARS)
  .refine((text) => text.split('(').length - 1 <= MAX_BRACKETS)
  .optional();

const requestSchema = z.object({ ConditionExpression: expressionSchema, ProjectionExpression: expressionSchema });

export const hasSimpleExpressions = (request: unknown): boolean => requestSchema.safeParse(request).success;
