/**
 * A FLAC file that is small and huge: noise first, which makes a decoder bold, then frames of a single value, of which 34
 * bytes are 65 535 samples in each of 8 channels. Source: RFC 9639.
 */
import { crc8 } from '../flac-frame.ts';
import { oggPage } from './ogg-page.ts';

export interface ConstantFlacOptions {
  /** Of noise, in blocks of 256 samples. */
  noiseBytes: number;
  /** Frames of one value, 0.34 s each, or 4.1 s at 16 kHz. */
  constantFrames: number;
  /** Mono at 16 kHz, instead of 8 channels at 192 kHz. */
  plain?: boolean;
  /** What the last frame says of its place, where it lies. */
  lastNumber?: number;
}

const BLOCK = 65_535;
const HUGE = { channels: 8, rate: 192_000, rateCode: 3 };
const PLAIN = { channels: 1, rate: 16_000, rateCode: 5 };
type Form = typeof HUGE;
const formOf = ({ plain = false }: ConstantFlacOptions): Form => (plain ? PLAIN : HUGE);

export function constantFlac(options: ConstantFlacOptions): Buffer {
  return Buffer.concat([streamInfo(formOf(options)), ...flacFrames(options)]);
}

/** The frames, up to 255, in one page of Ogg: no noise, whose frames are too long. Source: RFC 9639, section 10.1. */
export function constantOggFlac(options: ConstantFlacOptions): Buffer {
  const mapping = Buffer.from([0x7f, 0x46, 0x4c, 0x41, 0x43, 1, 0, 0, 1]);
  const info = streamInfo(formOf(options));
  info.writeUInt8(0, 4);
  const comment = Buffer.from([0x84, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([
    oggPage(0, 0, [Buffer.concat([mapping, info])]),
    oggPage(1, 0, [comment]),
    oggPage(2, options.constantFrames * BLOCK, flacFrames(options)),
  ]);
}

function streamInfo({ channels, rate }: Form): Buffer {
  const info = Buffer.alloc(42);
  info.write('fLaC', 'latin1');
  info.writeUInt8(0x80, 4);
  info.writeUIntBE(34, 5, 3);
  info.writeUInt16BE(BLOCK, 8);
  info.writeUInt16BE(BLOCK, 10);
  info.writeUInt32BE(rate * 4096 + (channels - 1) * 512 + 15 * 16, 18);
  return info;
}

function flacFrames(options: ConstantFlacOptions): Buffer[] {
  const { noiseBytes, constantFrames, lastNumber } = options;
  const form = formOf(options);
  const frames: Buffer[] = [];
  let state = 1;
  for (let bytes = 0; bytes < noiseBytes; bytes += frames.at(-1)?.length ?? 0) {
    const noise = Array.from({ length: form.channels }, () => {
      const subframe = Buffer.alloc(1 + 256 * 2);
      subframe.writeUInt8(0x02);
      for (let i = 1; i < subframe.length; i++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        subframe.writeUInt8(state >>> 24, i);
      }
      return subframe;
    });
    frames.push(withCrc16(frameOf(form, 8, frames.length, Buffer.concat(noise))));
  }
  const constant = Buffer.from('001000'.repeat(form.channels), 'hex');
  const first = frames.length;
  for (let i = 0; i < constantFrames; i++) {
    const number = i === constantFrames - 1 ? (lastNumber ?? first + i) : first + i;
    frames.push(withCrc16(frameOf(form, 7, number, constant)));
  }
  return frames;
}

function frameOf({ channels, rateCode }: Form, sizeCode: number, number: number, subframes: Buffer): Buffer {
  const size = sizeCode === 7 ? [(BLOCK - 1) >> 8, (BLOCK - 1) & 0xff] : [];
  const form = [sizeCode * 16 + rateCode, (channels - 1) * 16 + 8];
  const header = Buffer.from([0xff, 0xf8, ...form, ...codedNumber(number), ...size]);
  return Buffer.concat([header, Buffer.from([crc8(header)]), subframes]);
}

function codedNumber(number: number): number[] {
  if (number < 0x80) return [number];
  if (number < 0x800) return [0xc0 | (number >> 6), 0x80 | (number & 0x3f)];
  return [0xe0 | (number >> 12), 0x80 | ((number >> 6) & 0x3f), 0x80 | (number & 0x3f)];
}

/** Polynomial x^16 + x^15 + x^2 + 1. */
function withCrc16(bytes: Buffer): Buffer {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x8005 : 0)) & 0xffff;
  }
  return Buffer.concat([bytes, Buffer.from([crc >> 8, crc & 0xff])]);
}
