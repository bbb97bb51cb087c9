/** The Range header of a GET, as S3 reads it. Source: RFC 9110 section 14. */

export interface ByteRange {
  start: number;
  /** Included. */
  end: number;
}

/**
 * The bytes that a header asks for out of `size`; `undefined` for the whole object (no range, or one that S3 ignores);
 * `'unsatisfiable'` where there are none.
 */
export function resolveRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const start = Math.max(0, size - Number(last));
    return start >= size ? 'unsatisfiable' : { start, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= size ? 'unsatisfiable' : { start, end };
}
