/** Names of files for download, from titles that are not ours. */
import type { ExportFormat, ExportWhat } from '../../protocol/exports.ts';

/** Of UTF-8: a name may have 255 with its ending. */
const MAX_TITLE_BYTES = 180;

/** A name that every system takes: `Honey.vtt`, `Honey (conversation).md`. */
export function exportFileName(title: string, what: ExportWhat, format: ExportFormat): string {
  const plain = title
    .normalize('NFC')
    .replace(/[\p{C}\s]+/gu, ' ')
    // Separators, and what Windows does not take.
    .replace(/[/\\:*?"<>|%]/g, '_');
  // No hidden file, and none whose end Windows cuts off.
  const name = firstBytes(plain, MAX_TITLE_BYTES).replace(/^[. ]+|[. ]+$/g, '');
  // Windows keeps devices under such names.
  const safe = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(name) ? `_${name}` : name;
  return `${safe === '' ? 'lecture' : safe}${what === 'conversation' ? ' (conversation)' : ''}.${format}`;
}

/** The whole characters that fit. */
function firstBytes(text: string, maxBytes: number): string {
  let taken = '';
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    taken += character;
  }
  return taken;
}

/**
 * The header's value for a file to be saved, in ASCII: the name in full, and one for clients of old.
 * @see https://www.rfc-editor.org/rfc/rfc6266 @see https://www.rfc-editor.org/rfc/rfc8187
 */
export function contentDisposition(fileName: string): string {
  const ascii = fileName
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7E]/gu, '_')
    .replace(/["\\%]/g, '_');
  const encoded = encodeURIComponent(Buffer.from(fileName).toString()).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
