/** What a host reaches over HTTP: its metadata, the model's hub, and AgentCore's readiness. Files under /cloud steer it. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

const TOKEN = 'a-token';
const COMMIT = 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00';
const REPOSITORY = 'Qwen/Qwen2.5-Omni-3B';
const MODEL: Record<string, Buffer> = {
  '.gitattributes': Buffer.from('*.safetensors filter=lfs\n'),
  'config.json': Buffer.from('{"model_type":"qwen2_5_omni"}\n'),
  'model-00001-of-00001.safetensors': Buffer.alloc(400_000, 'weights'),
  'voices/list.txt': Buffer.from('Chelsie\n'),
};

const steered = (name: string): string | undefined =>
  existsSync(`/cloud/${name}`) ? readFileSync(`/cloud/${name}`, 'utf8').trim() : undefined;
/** True once for each time that the file is made. */
function takes(name: string): boolean {
  const isThere = existsSync(`/cloud/${name}`);
  rmSync(`/cloud/${name}`, { force: true });
  return isThere;
}
function reply(response: ServerResponse, body: string | undefined): void {
  response.statusCode = body === undefined ? 404 : 200;
  response.end(body);
}

/** @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html */
function metadata({ method, url = '', headers }: IncomingMessage, response: ServerResponse): void {
  if (method === 'PUT' && url === '/latest/api/token' && headers['x-aws-ec2-metadata-token-ttl-seconds']) {
    reply(response, TOKEN);
    return;
  }
  if (headers['x-aws-ec2-metadata-token'] !== TOKEN) {
    response.statusCode = 401;
    response.end();
    return;
  }
  const known: Record<string, string | undefined> = {
    'local-ipv4': '127.0.0.1',
    'instance-id': 'i-0123456789abcdef0',
    'spot/instance-action': steered('spot-notice'),
    'autoscaling/target-lifecycle-state': steered('target-state'),
  };
  reply(response, known[url.replace('/latest/meta-data/', '')]);
}

function describe([path, body]: [string, Buffer]): object {
  const oid = createHash('sha1').update(`blob ${body.length}\0`).update(body).digest('hex');
  const isLarge = path.endsWith('.safetensors');
  const lfs = { oid: createHash('sha256').update(body).digest('hex'), size: body.length };
  return { type: 'file', path, size: body.length, oid, ...(isLarge && { lfs }) };
}

/** @see https://huggingface.co/docs/hub/api */
function hub({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
  appendFileSync('/cloud/hub', `${url} ${headers.range ?? ''}\n`);
  if (url === `/api/models/${REPOSITORY}/revision/main`) {
    reply(response, JSON.stringify({ sha: COMMIT }));
    return;
  }
  if (url === `/api/models/${REPOSITORY}/tree/${COMMIT}?recursive=true`) {
    const folder = { type: 'directory', path: 'voices', oid: COMMIT, size: 0 };
    reply(response, steered('hub-tree') ?? JSON.stringify([folder, ...Object.entries(MODEL).map(describe)]));
    return;
  }
  const path = url.replace(`/${REPOSITORY}/resolve/${COMMIT}/`, '');
  const whole = MODEL[path];
  if (!whole) {
    reply(response, undefined);
    return;
  }
  const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
  const body = existsSync('/cloud/hub-lies') ? Buffer.alloc(whole.length, 'lies') : whole;
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': body.length - start,
    ...(start > 0 && { 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` }),
  });
  if (path.endsWith('.safetensors') && takes('hub-breaks')) {
    response.write(body.subarray(start, 250_000), () => setTimeout(() => response.destroy(), 50));
    return;
  }
  response.end(body.subarray(start));
}

const ready = (_request: IncomingMessage, response: ServerResponse): void =>
  reply(response, existsSync('/cloud/not-ready') ? undefined : '{}');

createServer(metadata).listen(80, '169.254.169.254');
createServer(hub).listen(8999, '127.0.0.1');
createServer(ready).listen(5000, '127.0.0.1', () => process.stdout.write('listening\n'));
