/** `/stub`, there in scripted mode only: what came in, and a new script while the server runs. */
import express, { Router } from 'express';
import { z } from 'zod';
import { HttpError } from '../../../service-kit/http-errors.ts';
import type { RequestJournal } from './request-journal.ts';
import { FAILURES, type Script } from './script-settings.ts';

const changeSchema = z.strictObject({
  asrText: z.string().optional(),
  asrMs: z.number().min(0).optional(),
  answer: z.string().optional(),
  firstTokenMs: z.number().min(0).optional(),
  tokensPerSecond: z.number().positive().optional(),
  /** Null: no failure any more. */
  fail: z.enum(FAILURES).nullable().optional(),
  failAfterTokens: z.int().min(0).optional(),
  failStage: z.enum(['asr', 'answer', 'any']).optional(),
});

export function scriptRoutes(script: Script, journal: RequestJournal): Router {
  const router = Router();
  router.get('/requests', (_req, res) => {
    res.json({ requests: journal.entries });
  });
  router.delete('/requests', (_req, res) => {
    journal.clear();
    res.status(204).end();
  });
  router.get('/script', (_req, res) => {
    res.json({ ...script, fail: script.fail ?? null });
  });
  router.patch('/script', express.json(), (req, res) => {
    const change = changeSchema.safeParse(req.body);
    if (!change.success) throw new HttpError(400, z.prettifyError(change.error), { code: 400 });
    const { fail, ...rest } = change.data;
    Object.assign(script, rest, fail === undefined ? {} : { fail: fail ?? undefined });
    res.json({ ...script, fail: script.fail ?? null });
  });
  return router;
}
