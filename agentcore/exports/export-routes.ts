/** The HTTP API of exports and search, below `/v1/lectures`. */
import { Router, type Response } from 'express';
import { z } from 'zod';
import {
  exportQuerySchema,
  exportRequestSchema,
  ownerQuerySchema,
  searchQuerySchema,
} from '../../protocol/agent-api.ts';
import type { ExportWhat } from '../../protocol/exports.ts';
import { askedLectureSchema } from '../../protocol/keys.ts';
import { parse } from '../../service-kit/parse.ts';
import type { ExportService } from './export-service.ts';
import { contentDisposition } from './file-name.ts';
import type { RenderedExport } from './render.ts';

const DEFAULT_HITS = 20;
const lectureParamsSchema = z.object({ lectureId: askedLectureSchema });

export function exportRoutes(exports: ExportService): Router {
  const router = Router();

  const get = (what: ExportWhat): void => {
    router.get(`/:lectureId/${what}`, async (req, res) => {
      const lectureId = readLectureId(req.params);
      const { identityId, format } = parse(exportQuerySchema, req.query);
      sendFile(res, await exports.render(identityId, lectureId, what, format));
    });
  };
  get('transcript');
  get('conversation');

  router.post('/:lectureId/exports', async (req, res) => {
    const lectureId = readLectureId(req.params);
    const { identityId, what, format } = parse(exportRequestSchema, req.body);
    res.status(201).json(await exports.link(identityId, lectureId, what, format));
  });

  router.get('/:lectureId/recording', async (req, res) => {
    const lectureId = readLectureId(req.params);
    const { identityId } = parse(ownerQuerySchema, req.query);
    res.set('cache-control', 'private, no-store').json(await exports.recording(identityId, lectureId));
  });

  router.get('/:lectureId/search', async (req, res) => {
    const lectureId = readLectureId(req.params);
    const { identityId, q, limit = DEFAULT_HITS } = parse(searchQuerySchema, req.query);
    res.json({ hits: await exports.search(identityId, lectureId, q, limit) });
  });

  return router;
}

const readLectureId = (params: { lectureId: string }): string => parse(lectureParamsSchema, params).lectureId;

function sendFile(res: Response, { text, contentType, fileName }: RenderedExport): void {
  res
    .set({
      'content-type': contentType,
      'content-disposition': contentDisposition(fileName),
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
    })
    .send(text);
}
