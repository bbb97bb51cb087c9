/** CORS for pages on this machine, whatever their port, as the stack's bucket grants it to its page. */
import type { IncomingMessage, ServerResponse } from 'node:http';

const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);
const METHODS = 'GET, HEAD, PUT, POST';
const EXPOSED = 'ETag, Content-Range, Content-Length, x-amz-request-id, x-amzn-errortype, x-amzn-requestid';
const MAX_AGE_SECONDS = '3000';

/** @param extraOrigins further origins, such as the page's own where it has a public name */
export function isAllowedOrigin(origin: string, extraOrigins: readonly string[]): boolean {
  if (extraOrigins.includes(origin)) return true;
  if (!URL.canParse(origin)) return false;
  const { protocol, hostname } = new URL(origin);
  return /^https?:$/.test(protocol) && LOCAL_HOSTS.has(hostname);
}

/** Sets the headers that let a page read the answer, and answers a preflight. @returns whether it has answered */
export function handleCors(req: IncomingMessage, res: ServerResponse, extraOrigins: readonly string[]): boolean {
  const { origin } = req.headers;
  res.setHeader('vary', 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method');
  const allowed = origin !== undefined && isAllowedOrigin(origin, extraOrigins) ? origin : undefined;
  if (allowed !== undefined) {
    res.setHeader('access-control-allow-origin', allowed);
    res.setHeader('access-control-expose-headers', EXPOSED);
  }
  if (req.method !== 'OPTIONS') return false;
  if (allowed === undefined) {
    res.writeHead(403, { 'content-type': 'text/plain' }).end('CORSResponse: This CORS request is not allowed.\n');
    return true;
  }
  res.writeHead(200, {
    'access-control-allow-methods': METHODS,
    'access-control-allow-headers': req.headers['access-control-request-headers'] ?? '*',
    'access-control-max-age': MAX_AGE_SECONDS,
    'content-length': 0,
  });
  res.end();
  return true;
}
