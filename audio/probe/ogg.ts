/** Ogg with Opus, Vorbis or FLAC: the last page knows how long the sound is. Sources: RFC 3533, RFC 7845, the Vorbis I specification. */
import { parseStreamInfo } from '../flac-stream-info.ts';
import { damaged, noSound, unknownCodec, type AudioProperties } from './audio-properties.ts';
import type { RangeReader } from './range-reader.ts';

const PAGE_HEADER_BYTES = 27;
const MAX_PAGE_BYTES = PAGE_HEADER_BYTES + 255 + 255 * 255;
const MAX_STREAMS = 16;
const OPUS_RATE = 48_000;
const NO_GRANULE = 0xffff_ffff_ffff_ffffn;

interface Page {
  serial: number;
  beginsStream: boolean;
  /** Samples up to the end of this page; nothing where no packet ends on it. */
  granule: number | undefined;
  headerBytes: number;
  bytes: number;
}

interface AudioStream {
  serial: number;
  codec: string;
  channels: number;
  sampleRate: number;
  /** Samples at the start that are not played. */
  preSkip: number;
}

export async function probeOgg(reader: RangeReader): Promise<AudioProperties> {
  const stream = await findAudioStream(reader);
  const granule = (await findLastGranule(reader, stream.serial)) ?? (await walkGranules(reader));
  const { codec, channels, sampleRate, preSkip } = stream;
  return {
    container: 'ogg',
    codec,
    channels,
    sampleRate,
    durationSeconds: Math.max(0, granule - preSkip) / sampleRate,
  };
}

/** Every stream begins with a page of its own, before all other pages. */
async function findAudioStream(reader: RangeReader): Promise<AudioStream> {
  let position = 0;
  let other: string | undefined;
  for (let count = 0; count < MAX_STREAMS; count++) {
    const bytes = await reader.read(position, MAX_PAGE_BYTES);
    const page = parsePage(bytes, 0);
    if (page === undefined) throw damaged();
    if (!page.beginsStream) break;
    const packet = bytes.subarray(page.headerBytes, page.bytes);
    const stream = parseFirstPacket(packet, page.serial);
    if (stream !== undefined) return stream;
    if (packet.toString('latin1', 0, 5) === 'Speex') other = 'Speex';
    position += page.bytes;
  }
  throw other === undefined ? noSound() : unknownCodec(other);
}

function parseFirstPacket(packet: Buffer, serial: number): AudioStream | undefined {
  if (packet.length >= 19 && packet.toString('latin1', 0, 8) === 'OpusHead') {
    const [channels, preSkip] = [packet.readUInt8(9), packet.readUInt16LE(10)];
    return { serial, codec: 'opus', channels, sampleRate: OPUS_RATE, preSkip };
  }
  if (packet.length >= 30 && packet.toString('latin1', 0, 7) === '\x01vorbis') {
    const [channels, sampleRate] = [packet.readUInt8(11), packet.readUInt32LE(12)];
    return { serial, codec: 'vorbis', channels, sampleRate, preSkip: 0 };
  }
  if (packet.toString('latin1', 0, 5) === '\x7fFLAC') {
    const info = parseStreamInfo(packet.subarray(9));
    if (info === undefined) throw damaged();
    return { serial, codec: 'flac', channels: info.channels, sampleRate: info.sampleRate, preSkip: 0 };
  }
  return undefined;
}

/** Looks at the last two pages' worth of bytes, from the end on. */
async function findLastGranule(reader: RangeReader, serial: number): Promise<number | undefined> {
  const start = Math.max(0, reader.size - 2 * MAX_PAGE_BYTES);
  const tail = await reader.read(start, reader.size - start);
  for (let at = tail.lastIndexOf('OggS'); at >= 0; at = at === 0 ? -1 : tail.lastIndexOf('OggS', at - 1)) {
    const page = parsePage(tail, at);
    if (page?.serial === serial && page.granule !== undefined) return page.granule;
  }
  return undefined;
}

/** For streams that follow one another, as a radio does it: each counts from its own start. */
async function walkGranules(reader: RangeReader): Promise<number> {
  const last = new Map<number, number>();
  for (let position = 0; ;) {
    const page = parsePage(await reader.read(position, MAX_PAGE_BYTES), 0);
    if (page === undefined) break;
    if (page.granule !== undefined) last.set(page.serial, page.granule);
    if (last.size > MAX_STREAMS) throw damaged();
    position += page.bytes;
  }
  return [...last.values()].reduce((sum, granule) => sum + granule, 0);
}

function parsePage(bytes: Buffer, at: number): Page | undefined {
  if (at + PAGE_HEADER_BYTES > bytes.length) return undefined;
  if (bytes.toString('latin1', at, at + 4) !== 'OggS' || bytes.readUInt8(at + 4) !== 0) return undefined;
  const segments = bytes.readUInt8(at + 26);
  const headerBytes = PAGE_HEADER_BYTES + segments;
  if (at + headerBytes > bytes.length) return undefined;
  const body = bytes.subarray(at + PAGE_HEADER_BYTES, at + headerBytes).reduce((sum, lacing) => sum + lacing, 0);
  const granule = bytes.readBigUInt64LE(at + 6);
  return {
    serial: bytes.readUInt32LE(at + 14),
    beginsStream: (bytes.readUInt8(at + 5) & 2) !== 0,
    granule: granule === NO_GRANULE ? undefined : Number(granule),
    headerBytes,
    bytes: headerBytes + body,
  };
}
