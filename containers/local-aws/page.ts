/** What a browser finds on the page's port: the settings, and the page, or a note where there is none yet. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import express, { type Express } from 'express';
import { contentSecurityPolicy, type PageSettings } from '../../protocol/page-settings.ts';

/** Off AWS there is always an address to tell. */
export type LocalPageSettings = PageSettings & { awsEndpointUrl: string };

/**
 * @param webDir a folder with `index.html`; it may appear later
 * @param health what `/health` says
 */
export function createPage(settings: LocalPageSettings, webDir: string, health: () => object): Express {
  const app = express();
  app.disable('x-powered-by');
  const folder = resolve(webDir);
  const aws = new URL(settings.awsEndpointUrl).origin;
  const policy = contentSecurityPolicy({ webSocket: new URL(settings.webSocketUrl).origin, audio: aws, apis: [aws] });
  app.use((_req, res, next) => {
    res.set({
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'permissions-policy': 'microphone=(self), camera=(), geolocation=()',
    });
    next();
  });
  app.get('/health', (_req, res) => void res.json(health()));
  app.get('/settings.json', (_req, res) => void res.set('cache-control', 'no-store').json(settings));
  // The build names what is in assets/ after its content.
  app.use('/assets', express.static(join(folder, 'assets'), { immutable: true, maxAge: '1y', fallthrough: true }));
  app.use(
    express.static(folder, { cacheControl: false, setHeaders: (res) => res.setHeader('cache-control', 'no-cache') }),
  );
  app.get('/', (_req, res, next) => {
    if (existsSync(join(folder, 'index.html'))) next();
    else res.type('html').send(NOTE);
  });
  app.use((_req, res) => void res.status(404).type('text').send('There is nothing here.\n'));
  return app;
}

const NOTE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>SynapScribe</title>
  </head>
  <body>
    <h1>SynapScribe is running</h1>
    <p>This machine stores lectures, recognises speech and answers questions. Its page has not been built: ask from the command
      line, in the folder where you started it.</p>
    <pre>npm run ask -- &lt;lecture&gt; &lt;question&gt;</pre>
    <p>The lecture is an audio file; the question is an audio file or a text in quotes.</p>
  </body>
</html>
`;
