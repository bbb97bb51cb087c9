/**
 * WebM and Matroska. A browser that records writes neither the duration nor the sizes of segment and clusters: then the
 * last block tells. Sources: RFC 8794 (EBML), RFC 9559 (Matroska).
 */
import { damaged, noSound, unknownCodec, type AudioProperties } from './audio-properties.ts';
import type { RangeReader } from './range-reader.ts';

const ID = {
  ebml: 0x1a45dfa3,
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  duration: 0x4489,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackType: 0x83,
  codecId: 0x86,
  audio: 0xe1,
  samplingFrequency: 0xb5,
  channels: 0x9f,
  cluster: 0x1f43b675,
  clusterTimestamp: 0xe7,
  simpleBlock: 0xa3,
  blockGroup: 0xa0,
  block: 0xa1,
} as const;

const AUDIO_TRACK = 2;
const MAX_HEADER_ELEMENTS = 10_000;
const MAX_HEADER_BYTES = 1_000_000;
/** The last cluster is looked for in so many last bytes; video makes clusters of several megabytes. */
const TAIL_BYTES = [1_000_000, 16_000_000];
const NANOSECONDS = 1e9;

const CODECS: ReadonlyMap<string, string> = new Map([
  ['A_OPUS', 'opus'],
  ['A_VORBIS', 'vorbis'],
  ['A_AAC', 'aac'],
  ['A_MPEG/L3', 'mp3'],
  ['A_FLAC', 'flac'],
  ['A_ALAC', 'alac'],
  ['A_PCM/INT/LIT', 'pcm'],
  ['A_PCM/INT/BIG', 'pcm'],
  ['A_PCM/FLOAT/IEEE', 'pcm-float'],
]);

interface Element {
  id: number;
  /** Where its content begins and ends; an unknown size reaches to the end of what holds it. */
  start: number;
  end: number;
  /** False where the size is unknown. */
  sized: boolean;
}

interface Track {
  number: number;
  codecId: string;
  channels: number;
  sampleRate: number;
}

interface Header {
  track: Track;
  /** Nanoseconds of one tick. */
  timestampScale: number;
  /** In ticks. */
  duration: number | undefined;
}

export async function probeMatroska(reader: RangeReader): Promise<AudioProperties> {
  const { track, timestampScale, duration } = await readHeader(reader);
  const codec = CODECS.get(track.codecId.replace(/^(A_AAC)\/.*$/, '$1'));
  if (codec === undefined) throw unknownCodec(track.codecId.replace(/^A_/, ''));
  const ticks = (await findLastTimestamp(reader, track.number)) ?? duration;
  if (ticks === undefined) throw damaged();
  const { channels, sampleRate } = track;
  return { container: 'webm', codec, channels, sampleRate, durationSeconds: (ticks * timestampScale) / NANOSECONDS };
}

/** What stands before the first cluster. */
async function readHeader(reader: RangeReader): Promise<Header> {
  const head = await readElement(reader, 0, reader.size);
  const segment = head === undefined ? undefined : await readElement(reader, head.end, reader.size);
  if (head?.id !== ID.ebml || segment?.id !== ID.segment) throw damaged();
  let tracks: Track[] | undefined;
  let timestampScale = 1_000_000;
  let duration: number | undefined;
  let position = segment.start;
  for (let count = 0; count < MAX_HEADER_ELEMENTS; count++) {
    const element = await readElement(reader, position, segment.end);
    if (element === undefined || (element.id === ID.cluster && tracks !== undefined)) break;
    if (element.id === ID.info || element.id === ID.tracks) {
      if (element.end - element.start > MAX_HEADER_BYTES) throw damaged();
      const content = await reader.read(element.start, element.end - element.start);
      if (element.id === ID.tracks) tracks = parseTracks(content);
      else {
        const fields = children(content);
        timestampScale = uint(fields.get(ID.timestampScale)) ?? timestampScale;
        duration = float(fields.get(ID.duration));
      }
    }
    if (!element.sized) break;
    position = element.end;
  }
  if (tracks === undefined) throw damaged();
  const [track] = tracks;
  if (track === undefined) throw noSound();
  return { track, timestampScale, duration: duration !== undefined && duration > 0 ? duration : undefined };
}

/** The tracks that hold sound. */
function parseTracks(content: Buffer): Track[] {
  const tracks: Track[] = [];
  for (const entry of elements(content)) {
    if (entry.id !== ID.trackEntry) continue;
    const fields = children(entry.content);
    if (uint(fields.get(ID.trackType)) !== AUDIO_TRACK) continue;
    const audio = children(fields.get(ID.audio) ?? Buffer.alloc(0));
    tracks.push({
      number: uint(fields.get(ID.trackNumber)) ?? 0,
      codecId: (fields.get(ID.codecId) ?? Buffer.alloc(0)).toString('latin1').replace(/\0+$/, ''),
      // Both have defaults: RFC 9559, 5.1.4.1.29
      channels: uint(audio.get(ID.channels)) ?? 1,
      sampleRate: float(audio.get(ID.samplingFrequency)) ?? 8_000,
    });
  }
  return tracks;
}

/** The time of the track's last block, in ticks. */
async function findLastTimestamp(reader: RangeReader, trackNumber: number): Promise<number | undefined> {
  for (const length of TAIL_BYTES) {
    const start = Math.max(0, reader.size - length);
    const tail = await reader.read(start, length);
    const id = Buffer.from([0x1f, 0x43, 0xb6, 0x75]);
    for (let at = tail.lastIndexOf(id); at >= 0; at = at === 0 ? -1 : tail.lastIndexOf(id, at - 1)) {
      const last = lastBlockOf(tail, at, trackNumber);
      if (last !== undefined) return last;
    }
    if (start === 0) break;
  }
  return undefined;
}

function lastBlockOf(tail: Buffer, at: number, trackNumber: number): number | undefined {
  const cluster = parseElement(tail, at, tail.length);
  if (cluster === undefined) return undefined;
  let clusterTime: number | undefined;
  let last: number | undefined;
  for (const { id, content } of elements(tail.subarray(cluster.start, Math.min(cluster.end, tail.length)))) {
    if (id === ID.clusterTimestamp) clusterTime = uint(content);
    if (id === ID.cluster) break;
    const block = id === ID.simpleBlock ? content : id === ID.blockGroup ? children(content).get(ID.block) : undefined;
    const number = block === undefined ? undefined : vint(block, 0);
    if (block === undefined || number?.value !== trackNumber || block.length < number.length + 2) continue;
    const time = (clusterTime ?? NaN) + block.readInt16BE(number.length);
    if (time >= (last ?? 0)) last = time;
  }
  return last;
}

// ---- EBML ----

async function readElement(reader: RangeReader, at: number, end: number): Promise<Element | undefined> {
  const bytes = await reader.read(at, Math.min(12, end - at));
  const element = parseElement(bytes, 0, end - at);
  return element && { ...element, start: at + element.start, end: at + element.end };
}

function parseElement(bytes: Buffer, at: number, limit: number): Element | undefined {
  const first = bytes[at] ?? 0;
  const idLength = Math.clz32(first << 24) + 1;
  if (first === 0 || idLength > 4 || at + idLength >= bytes.length) return undefined;
  const size = vint(bytes, at + idLength);
  if (size === undefined) return undefined;
  const start = at + idLength + size.length;
  const sized = !size.unknown;
  return { id: bytes.readUIntBE(at, idLength), start, end: sized ? Math.min(limit, start + size.value) : limit, sized };
}

/** All elements of `content`, up to the first that cannot be read. */
function* elements(content: Buffer): Generator<{ id: number; content: Buffer }> {
  for (let at = 0; at < content.length;) {
    const element = parseElement(content, at, content.length);
    if (element === undefined) return;
    yield { id: element.id, content: content.subarray(element.start, element.end) };
    at = element.end;
  }
}

const children = (content: Buffer): Map<number, Buffer> =>
  new Map([...elements(content)].map((element) => [element.id, element.content]));

/** A number that tells its own length. Source: RFC 8794, section 4 */
function vint(bytes: Buffer, at: number): { value: number; length: number; unknown: boolean } | undefined {
  const first = bytes[at] ?? 0;
  const length = Math.clz32(first << 24) + 1;
  if (first === 0 || at + length > bytes.length) return undefined;
  let value = first & (0xff >> length);
  let ones = value === 0xff >> length;
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i] ?? 0;
    value = value * 256 + byte;
    ones &&= byte === 0xff;
  }
  return { value, length, unknown: ones };
}

const uint = (content: Buffer | undefined): number | undefined =>
  content === undefined || content.length === 0 || content.length > 8
    ? undefined
    : content.reduce((sum, byte) => sum * 256 + byte, 0);

function float(content: Buffer | undefined): number | undefined {
  if (content?.length === 4) return content.readFloatBE(0);
  return content?.length === 8 ? content.readDoubleBE(0) : undefined;
}
