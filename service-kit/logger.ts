/** JSON-line logs. They carry ids and milliseconds; never audio, transcripts or keys. */
import { pino, type Logger } from 'pino';

export type { Logger };

export function createLogger(service: string, level: string): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['authorization', '*.authorization', 'headers.authorization', 'req.headers.authorization'],
  };
  // The stream, not pino's own writer, which tries for ever to write to a pipe whose reader has gone.
  return pino(options, process.stdout);
}
