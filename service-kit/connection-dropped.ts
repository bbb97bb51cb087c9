/** What fetch meets on a connection that was kept open and has been closed at the other end meanwhile. */

const CODES: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Whether a request failed since its connection had broken: on a new one it may succeed. */
export function wasConnectionDropped(error: unknown): boolean {
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause && CODES.has(cause.code);
}
