/** What every service's entry point does the same: settings, listening, signals, one sentence when it cannot start. */
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A started service. `stop` resolves once nothing runs any more. */
export interface RunningService {
  stop: () => Promise<void>;
}

/**
 * Listens, and resolves with the port in use.
 * @throws Error with one sentence for a person where the address is taken or refused
 */
export async function listen(server: Server, port: number, host: string): Promise<number> {
  countRequests(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') reject(new Error(`Port ${port} is already in use.`));
      else if (error.code === 'EACCES') reject(new Error(`Port ${port} needs more rights than this user has.`));
      else reject(error);
    });
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  return address.port;
}

/** Requests in work, by server. Node knows only of connections, and clients keep some open that they never use. */
const requestsInWork = new WeakMap<Server, Set<ServerResponse>>();

function countRequests(server: Server): void {
  const inWork = new Set<ServerResponse>();
  requestsInWork.set(server, inWork);
  server.on('request', (_req, res: ServerResponse) => {
    inWork.add(res);
    res.once('close', () => {
      inWork.delete(res);
      if (!server.listening && inWork.size === 0) server.closeAllConnections();
    });
  });
}

/** Stops accepting, lets open requests end until `graceMs`, then closes what is left. */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const inWork = requestsInWork.get(server);
  if (inWork?.size === 0) server.closeAllConnections();
  else server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}

/**
 * Runs a service until SIGTERM or SIGINT; one that comes while it starts is obeyed once it has started. A start that
 * fails writes one sentence to stderr and exits with 1; a second signal exits at once.
 */
export async function runService(name: string, start: () => Promise<RunningService>): Promise<void> {
  const fail = (error: unknown): void => {
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  };
  let running: RunningService | undefined;
  const stopping = new AbortController();
  const stop = (): void => {
    stopping.abort();
    running?.stop().then(() => process.exit(0), fail);
  };
  const onSignal = (): void => {
    if (stopping.signal.aborted) process.exit(1);
    stop();
  };
  // Nobody reads the log any more, as after a parent's death: that alone is no reason to end badly.
  process.stdout.on('error', () => undefined);
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  // Started as a child (cli/child-service.ts): a parent that dies closes the pipe.
  if (process.env['EXIT_WITH_STDIN'] === 'true') {
    process.stdin.once('close', () => {
      if (!stopping.signal.aborted) stop();
    });
    process.stdin.resume();
  }
  try {
    running = await start();
  } catch (error) {
    fail(error);
  }
  if (stopping.signal.aborted) stop();
}
