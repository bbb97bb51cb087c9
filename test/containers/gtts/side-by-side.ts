/**
 * Runs in the container: one fake Google, asked for the same by the real gTTS and then by this project's client. Cases
 * come by stdin, what the two sent goes to stdout.
 */
import { spawn } from 'node:child_process';
import { json, text as readText } from 'node:stream/consumers';
import { z } from 'zod';
import { GoogleClient } from '../../../gtts-proxy/google/google-client.ts';
import { findGoogleLanguage } from '../../../gtts-proxy/google/languages.ts';
import { tokenize } from '../../../gtts-proxy/google/tokenizer.ts';
import { startFakeGoogle, type FakeGoogle } from '../../../gtts-proxy/test-support/fake-google.ts';
import { createLogger } from '../../../service-kit/logger.ts';

const caseSchema = z.object({ text: z.string(), language: z.string(), tld: z.string(), slow: z.boolean() });
type Case = z.infer<typeof caseSchema>;

const HTTP_PORT = 80;
const realSchema = z.object({
  version: z.string(),
  counts: z.array(z.number()),
  languages: z.record(z.string(), z.string()),
  accents: z.array(z.string()),
});

interface Sent {
  method: string;
  path: string;
  rawHeaders: readonly string[];
  body: string;
}

function takeSent(google: FakeGoogle): Sent[] {
  return google.requests.splice(0).map(({ method, path, rawHeaders, body }) => ({ method, path, rawHeaders, body }));
}

async function runReal(cases: readonly Case[]): Promise<z.infer<typeof realSchema>> {
  const python = spawn('python3', ['-W', 'ignore', '/oracle/real-gtts.py'], { stdio: ['pipe', 'pipe', 'inherit'] });
  python.stdin.end(JSON.stringify(cases));
  return realSchema.parse(JSON.parse(await readText(python.stdout)));
}

async function runOurs(cases: readonly Case[], google: FakeGoogle): Promise<Sent[][]> {
  const log = createLogger('side-by-side', 'silent');
  const clients = new Map<string, GoogleClient>();
  const sent: Sent[][] = [];
  for (const { text, language: tag, tld, slow } of cases) {
    let client = clients.get(tld);
    if (client === undefined) {
      client = new GoogleClient({ baseUrl: `http://translate.google.${tld}`, timeoutMs: 10_000, log });
      clients.set(tld, client);
      // Its probe is no part of what was asked for.
      await (
        await google.asked('ok')
      ).closed;
      google.requests.length = 0;
    }
    const language = findGoogleLanguage(tag)?.language ?? tag;
    const { signal } = new AbortController();
    for (const piece of tokenize(text)) {
      await client.speak({ text: piece, language, tld, slow, attempts: 1, signal });
    }
    sent.push(takeSent(google));
  }
  for (const client of clients.values()) client.stop();
  return sent;
}

const cases = z.array(caseSchema).parse(await json(process.stdin));
const google = await startFakeGoogle(() => 'speak', HTTP_PORT);
const real = await runReal(cases);
const flat = takeSent(google);
const gtts = real.counts.map((count) => flat.splice(0, count));
const ours = await runOurs(cases, google);
await google.stop();
process.stdout.write(JSON.stringify({ ...real, leftOver: flat.length, gtts, ours }));
