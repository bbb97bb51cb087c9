/** The path and query of a request as they stand on the wire. */

export type Query = Record<string, string | string[]>;

export interface RequestTarget {
  /** Still percent-encoded. */
  rawPath: string;
  /** Decoded. */
  query: Query;
}

/** @throws URIError where an escape is broken */
export function parseRequestTarget(url: string): RequestTarget {
  const mark = url.indexOf('?');
  const rawPath = mark === -1 ? url : url.slice(0, mark);
  const query: Query = Object.create(null) as Query;
  for (const pair of mark === -1 ? [] : url.slice(mark + 1).split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decodeURIComponent(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? '' : decodeURIComponent(pair.slice(equals + 1));
    const before = query[name];
    query[name] = before === undefined ? value : [before, value].flat();
  }
  return { rawPath, query };
}

/** The value of a parameter that stands once, or the first of several. */
export function queryValue(query: Query, name: string): string | undefined {
  const value = query[name];
  return Array.isArray(value) ? value[0] : value;
}
