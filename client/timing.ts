/** How patient a client is with the WebSocket API, in milliseconds. */

/** API Gateway ends a connection that is idle for 10 minutes. */
export const PING_INTERVAL_MS = 4 * 60_000;
/** While a question is in work there is a sign of life every three seconds. */
export const ANSWER_SILENCE_MS = 8_000;
/** API Gateway gives a route 29 s. */
export const REPLY_TIMEOUT_MS = 35_000;
