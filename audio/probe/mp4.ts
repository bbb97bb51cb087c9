/** MP4, M4A, MOV: boxes. Only the few that describe the sound are read, wherever they stand. Source: ISO/IEC 14496-12. */
import { damaged, noSound, unknownCodec, type AudioProperties } from './audio-properties.ts';
import type { RangeReader } from './range-reader.ts';

const MAX_BOXES = 2_000;
const MAX_TRACKS = 64;
const MAX_TABLE_BYTES = 8_000_000;
/** The last fragment is looked for here. */
const TAIL_BYTES = 4_000_000;

const CODECS: ReadonlyMap<string, string> = new Map([
  ['alac', 'alac'],
  ['Opus', 'opus'],
  ['fLaC', 'flac'],
  ['.mp3', 'mp3'],
  ['ac-3', 'ac3'],
  ['ec-3', 'eac3'],
  ['samr', 'amr'],
  ['sawb', 'amr-wb'],
  ['ulaw', 'pcm-mulaw'],
  ['alaw', 'pcm-alaw'],
  ...['sowt', 'twos', 'in24', 'in32', 'fl32', 'fl64', 'raw ', 'NONE', 'lpcm', 'ipcm', 'fpcm'].map(
    (type) => [type, 'pcm'] as const,
  ),
]);
/** `objectTypeIndication` of MPEG-1 and MPEG-2 layer III inside `mp4a`. */
const MP3_OBJECT_TYPES = [0x69, 0x6b];

interface Box {
  type: string;
  /** Of its content. */
  start: number;
  end: number;
}

interface Track {
  id: number;
  codec: string;
  channels: number;
  sampleRate: number;
  timescale: number;
  /** In units of `timescale`; 0 where the sound is in fragments. */
  duration: number;
}

export async function probeMp4(reader: RangeReader): Promise<AudioProperties> {
  const { moov, soundMissing } = await findMovie(reader);
  const track = await findAudioTrack(reader, moov);
  const { codec, channels, sampleRate, timescale } = track;
  const units = track.duration > 0 ? track.duration : await lastFragmentEnd(reader, track.id);
  if (units === undefined) throw damaged();
  // Of a file that breaks off, so much of the sound is there.
  const durationSeconds = (units / timescale) * (1 - soundMissing);
  return { container: 'mp4', codec, channels, sampleRate, durationSeconds };
}

/** The box that describes all tracks, and the share of the sound that the file should hold but does not. */
async function findMovie(reader: RangeReader): Promise<{ moov: Box; soundMissing: number }> {
  let moov: Box | undefined;
  let soundMissing = 0;
  let position = 0;
  for (let count = 0; count < MAX_BOXES && position < reader.size; count++) {
    const box = await readBox(reader, position, Infinity);
    if (box === undefined) break;
    if (box.type === 'mdat' && Number.isFinite(box.end) && box.end > reader.size) {
      soundMissing = (box.end - reader.size) / (box.end - box.start);
    }
    if (box.type === 'moov') {
      if (box.end > reader.size) throw damaged();
      moov = box;
    }
    // From here on there are only fragments: thousands, each of a few seconds.
    if (box.type === 'moof') break;
    position = box.end;
  }
  if (moov === undefined) throw damaged();
  return { moov, soundMissing };
}

async function findAudioTrack(reader: RangeReader, moov: Box): Promise<Track> {
  let unknown: string | undefined;
  for (const trak of (await childBoxes(reader, moov)).filter(({ type }) => type === 'trak').slice(0, MAX_TRACKS)) {
    const mdia = await findChild(reader, trak, 'mdia');
    const handler = mdia && (await findChild(reader, mdia, 'hdlr'));
    if (mdia === undefined || handler === undefined) continue;
    if ((await content(reader, handler, 12)).toString('latin1', 8, 12) !== 'soun') continue;
    const track = await readTrack(reader, trak, mdia);
    if (typeof track !== 'string') return track;
    unknown = track;
  }
  throw unknown === undefined ? noSound() : unknownCodec(unknown);
}

/** @returns the codec's name where it is not known here */
async function readTrack(reader: RangeReader, trak: Box, mdia: Box): Promise<Track | string> {
  const stbl = await findChild(reader, await requireChild(reader, mdia, 'minf'), 'stbl');
  if (stbl === undefined) throw damaged();
  const tkhd = await content(reader, await requireChild(reader, trak, 'tkhd'), 24);
  const mdhd = await content(reader, await requireChild(reader, mdia, 'mdhd'), 32);
  const stsd = await content(reader, await requireChild(reader, stbl, 'stsd'), 1024);
  const stts = await content(reader, await requireChild(reader, stbl, 'stts'), MAX_TABLE_BYTES);
  if (stsd.length < 44 || tkhd.length < 24 || mdhd.length < 24) throw damaged();
  const sound = parseSoundDescription(stsd.subarray(8));
  if (typeof sound === 'string') return sound;
  const timescale = mdhd.readUInt32BE(mdhd.readUInt8(0) === 1 ? 20 : 12);
  return {
    id: tkhd.readUInt32BE(tkhd.readUInt8(0) === 1 ? 20 : 12),
    ...sound,
    sampleRate: sound.sampleRate || timescale,
    timescale,
    duration: sumSampleDurations(stts),
  };
}

/** The first entry of `stsd`. QuickTime has three versions of it: QuickTime File Format, "Sound sample descriptions". */
function parseSoundDescription(entry: Buffer): Pick<Track, 'codec' | 'channels' | 'sampleRate'> | string {
  const type = entry.toString('latin1', 4, 8);
  const mp4a = type === 'mp4a' ? parseMp4a(entry) : undefined;
  const codec = mp4a?.codec ?? CODECS.get(type);
  if (codec === undefined) return type;
  if (entry.readUInt16BE(16) === 2 && entry.length >= 52) {
    return { codec, channels: entry.readUInt32BE(48), sampleRate: entry.readDoubleBE(40) };
  }
  // 16.16 fixed point; ALAC above 65 kHz has 0 here, and the media's own clock tells.
  return { codec, channels: mp4a?.channels ?? entry.readUInt16BE(24), sampleRate: entry.readUInt32BE(32) / 65_536 };
}

/** What `mp4a` is comes from its `esds`, and so does the number of channels: the entry itself often says 2 whatever it is. */
function parseMp4a(entry: Buffer): { codec: string; channels: number | undefined } {
  const esds = entry.indexOf('esds');
  if (esds < 0) return { codec: 'aac', channels: undefined };
  // Behind type, version, flags: ES_Descriptor (tag 3), its id and flags. Source: ISO/IEC 14496-1, 7.2.6.5
  const stream = descriptor(entry, esds + 8);
  const config = descriptor(entry, stream.start + 3);
  if (config.tag === 4 && MP3_OBJECT_TYPES.includes(entry[config.start] ?? 0)) {
    return { codec: 'mp3', channels: undefined };
  }
  const specific = descriptor(entry, config.start + 13);
  return { codec: 'aac', channels: specific.tag === 5 ? aacChannels(entry, specific.start) : undefined };
}

function descriptor(bytes: Buffer, at: number): { tag: number; start: number } {
  let start = at + 1;
  while (((bytes[start] ?? 0) & 0x80) !== 0 && start < at + 4) start++;
  return { tag: bytes[at] ?? 0, start: start + 1 };
}

/** AudioSpecificConfig: 5 bits of object type, 4 of the rate, 4 of the channels. Source: ISO/IEC 14496-3, 1.6.2.1 */
function aacChannels(bytes: Buffer, at: number): number | undefined {
  const [first = 0, second = 0] = bytes.subarray(at, at + 2);
  const rateIndex = ((first & 7) << 1) | (second >> 7);
  const configuration = (second >> 3) & 15;
  if (first >> 3 === 31 || rateIndex === 15 || configuration === 0) return undefined;
  return configuration === 7 ? 8 : configuration;
}

/** `stts`: runs of equally long samples. */
function sumSampleDurations(stts: Buffer): number {
  let sum = 0;
  for (let at = 8; at + 8 <= stts.length; at += 8) sum += stts.readUInt32BE(at) * stts.readUInt32BE(at + 4);
  return sum;
}

/** Where the track's last fragment ends: its start, which it tells, and its samples. */
async function lastFragmentEnd(reader: RangeReader, trackId: number): Promise<number | undefined> {
  const start = Math.max(0, reader.size - TAIL_BYTES);
  const tail = Buffer.from(await reader.read(start, TAIL_BYTES));
  for (let at = tail.lastIndexOf('moof'); at >= 4; at = tail.lastIndexOf('moof', at - 1)) {
    const moof = await readBox(reader, start + at - 4, reader.size);
    if (moof === undefined) continue;
    for (const traf of (await childBoxes(reader, moof)).filter(({ type }) => type === 'traf')) {
      const end = await fragmentEnd(reader, traf, trackId);
      if (end !== undefined) return end;
    }
  }
  return undefined;
}

async function fragmentEnd(reader: RangeReader, traf: Box, trackId: number): Promise<number | undefined> {
  const boxes = await childBoxes(reader, traf);
  const [tfhdBox, tfdtBox] = ['tfhd', 'tfdt'].map((type) => boxes.find((box) => box.type === type));
  if (tfhdBox === undefined || tfdtBox === undefined) return undefined;
  const tfhd = Buffer.from(await content(reader, tfhdBox, 40));
  const tfdt = Buffer.from(await content(reader, tfdtBox, 12));
  if (tfhd.length < 8 || tfdt.length < 8 || tfhd.readUInt32BE(4) !== trackId) return undefined;
  let end = tfdt.readUInt8(0) === 1 ? Number(tfdt.readBigUInt64BE(4)) : tfdt.readUInt32BE(4);
  for (const box of boxes.filter(({ type }) => type === 'trun')) {
    end += runDuration(await content(reader, box, MAX_TABLE_BYTES), defaultDuration(tfhd));
  }
  return end;
}

/** `tfhd`'s default sample duration: behind the base offset (8 bytes) and the description index (4), if they are there. */
function defaultDuration(tfhd: Buffer): number {
  const flags = tfhd.readUIntBE(1, 3);
  const at = 8 + (flags & 1 ? 8 : 0) + (flags & 2 ? 4 : 0);
  return (flags & 8) !== 0 && at + 4 <= tfhd.length ? tfhd.readUInt32BE(at) : 0;
}

function runDuration(trun: Buffer, fallback: number): number {
  if (trun.length < 8) return 0;
  const flags = trun.readUIntBE(1, 3);
  const count = trun.readUInt32BE(4);
  if ((flags & 0x100) === 0) return Math.min(count, MAX_TABLE_BYTES) * fallback;
  const first = 8 + (flags & 1 ? 4 : 0) + (flags & 4 ? 4 : 0);
  const stride = 4 * [0x100, 0x200, 0x400, 0x800].filter((flag) => (flags & flag) !== 0).length;
  let sum = 0;
  for (let i = 0, at = first; i < count && at + 4 <= trun.length; i++, at += stride) sum += trun.readUInt32BE(at);
  return sum;
}

// ---- boxes ----

async function readBox(reader: RangeReader, at: number, limit: number): Promise<Box | undefined> {
  const header = await reader.read(at, 16);
  if (header.length < 8) return undefined;
  const type = header.toString('latin1', 4, 8);
  let size = header.readUInt32BE(0);
  let headerBytes = 8;
  if (size === 0) size = Math.min(limit, reader.size) - at;
  if (size === 1) {
    if (header.length < 16) return undefined;
    size = Number(header.readBigUInt64BE(8));
    headerBytes = 16;
  }
  if (size < headerBytes || at + size > limit) return undefined;
  return { type, start: at + headerBytes, end: at + size };
}

async function childBoxes(reader: RangeReader, parent: Box): Promise<Box[]> {
  const boxes: Box[] = [];
  for (let at = parent.start; at + 8 <= parent.end && boxes.length < MAX_BOXES;) {
    const box = await readBox(reader, at, parent.end);
    if (box === undefined) break;
    boxes.push(box);
    at = box.end;
  }
  return boxes;
}

async function findChild(reader: RangeReader, parent: Box, type: string): Promise<Box | undefined> {
  return (await childBoxes(reader, parent)).find((box) => box.type === type);
}

async function requireChild(reader: RangeReader, parent: Box, type: string): Promise<Box> {
  const child = await findChild(reader, parent, type);
  if (child === undefined) throw damaged();
  return child;
}

/** At most `maxBytes` from its beginning. */
async function content(reader: RangeReader, box: Box, maxBytes: number): Promise<Buffer> {
  return Buffer.from(await reader.read(box.start, Math.min(maxBytes, box.end - box.start)));
}
