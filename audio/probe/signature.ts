/** What a file is by its first bytes. */

export type Family = 'wav' | 'flac' | 'ogg' | 'matroska' | 'mp4' | 'mpeg';

const BOX_TYPES = ['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip'];

/** What students upload by mistake, in words. */
const OTHERS: readonly [signature: string, name: string][] = [
  ['PK\x03\x04', 'a ZIP archive or an Office document'],
  ['PK\x05\x06', 'a ZIP archive'],
  ['%PDF', 'a PDF document'],
  ['\xff\xd8\xff', 'a picture'],
  ['\x89PNG', 'a picture'],
  ['GIF8', 'a picture'],
  ['Rar!', 'an archive'],
  ['7z\xbc\xaf', 'an archive'],
  ['\x1f\x8b', 'an archive'],
  ['\x7fELF', 'a program'],
  ['MZ', 'a program'],
];

/** `head` begins behind the ID3 tags. MPEG audio has no signature: anything else may be it. */
export function familyOf(head: Buffer): Family {
  const start = head.toString('latin1', 0, 4);
  if (start === 'RIFF' && head.toString('latin1', 8, 12) === 'WAVE') return 'wav';
  if (start === 'fLaC') return 'flac';
  if (start === 'OggS') return 'ogg';
  if (start === '\x1a\x45\xdf\xa3') return 'matroska';
  if (BOX_TYPES.includes(head.toString('latin1', 4, 8))) return 'mp4';
  return 'mpeg';
}

/** In words, with the article; nothing where it is not known. */
export function describeOther(head: Buffer): string | undefined {
  const start = head.toString('latin1', 0, 8);
  const known = OTHERS.find(([signature]) => start.startsWith(signature));
  if (known !== undefined) return known[1];
  // The last character may be cut in two.
  const text = head.toString('utf8').replace(/\ufffd$/, '');
  if (/^\s*<(!doctype html|html|head|body)\b/i.test(text.replace('\ufeff', ''))) return 'a web page';
  if (text !== '' && !/[\p{Cc}\ufffd]/u.test(text.replace(/\s/g, ''))) return 'a text file';
  return undefined;
}
