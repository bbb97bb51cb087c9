/**
 * The wire of Google Translate's speech, as gTTS 2.5.4 writes it: an RPC in a form field, MP3 in base64 in JSON in
 * JSON. Source: https://gtts.readthedocs.io/en/v2.5.4/, and its requests recorded (google-engine.test.ts).
 */
import { z } from 'zod';
import { parseMp3Frame } from '../../audio/mpeg-frame.ts';
import { GoogleError } from './google-error.ts';

const RPC = 'jQ1olc';
const PATH = '/_/TranslateWebserverUi/data/batchexecute';

/** What gTTS sends; Google answers others differently. */
export const HEADERS: Readonly<Record<string, string>> = {
  Referer: 'http://translate.google.com/',
  'User-Agent':
    'Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/47.0.2526.106 Safari/537.36',
  'Content-Type': 'application/x-www-form-urlencoded;charset=utf-8',
};

export interface RpcRequest {
  text: string;
  language: string;
  slow: boolean;
}

/** `baseUrl` stands in for Google in tests. */
export function rpcUrl(tld: string, baseUrl?: string): URL {
  return new URL(PATH, baseUrl ?? `https://translate.google.${tld}`);
}

export function encodeRpc({ text, language, slow }: RpcRequest): string {
  const parameters = pythonJson([text, language, slow ? true : null, 'null']);
  return `f.req=${pythonQuote(pythonJson([[[RPC, parameters, null, 'generic']]]))}&`;
}

/** `json.dumps(value, separators=(",", ":"))`: what is not printable ASCII is escaped. */
function pythonJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\x7f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `urllib.parse.quote(text)`. */
function pythonQuote(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/');
}

/** The RPC's own entry, its payload a string of JSON; without audio the payload is null. */
const PAYLOAD = new RegExp(`"${RPC}",("(?:[^"\\\\\\n]|\\\\.)*")`);
const payloadSchema = z.tuple([z.string().min(1)], z.unknown());
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The MP3 in a reply of status 200.
 * @throws GoogleError where there is none, or anything else in its place
 */
export function decodeRpc(reply: string): Buffer {
  const literal = PAYLOAD.exec(reply)?.[1];
  if (literal === undefined) throw new GoogleError('no_audio', 'Google answered without audio.');
  const base64 = readPayload(literal);
  if (!BASE64.test(base64)) throw new GoogleError('malformed', "Google's audio is not base64.");
  const mp3 = Buffer.from(base64, 'base64');
  checkMp3(mp3);
  return mp3;
}

function readPayload(literal: string): string {
  try {
    return payloadSchema.parse(JSON.parse(z.string().parse(JSON.parse(literal))))[0];
  } catch (error) {
    throw new GoogleError('malformed', "Google's reply cannot be read.", { cause: error });
  }
}

const ID3_HEADER_BYTES = 10;
const ID3V1_BYTES = 128;

/**
 * Frame by frame to the end: half a frame is half an answer.
 * @throws GoogleError
 */
function checkMp3(bytes: Buffer): void {
  let at = bytes.toString('latin1', 0, 3) === 'ID3' ? ID3_HEADER_BYTES + readSynchsafe(bytes, 6) : 0;
  let frames = 0;
  for (;;) {
    const frame = parseMp3Frame(bytes, at);
    if (frame === undefined) break;
    at += frame.bytes;
    frames++;
  }
  if (frames === 0) throw new GoogleError('malformed', "Google's audio is not MP3.");
  const hasTag = bytes.length - at === ID3V1_BYTES && bytes.toString('latin1', at, at + 3) === 'TAG';
  if (at !== bytes.length && !hasTag) throw new GoogleError('malformed', "Google's audio breaks off.");
}

/** A length of four times seven bits. Source: https://id3.org/id3v2.4.0-structure, 6.2 */
function readSynchsafe(bytes: Buffer, at: number): number {
  return bytes.subarray(at, at + 4).reduce((length, byte) => length * 128 + (byte & 127), 0);
}
