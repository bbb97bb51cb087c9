/** DynamoDB: dynalite on LevelDB, behind our own authentication. */
import { mkdir } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { ClassicLevel } from 'classic-level';
import dynalite from 'dynalite';
import { mayGuestUseDynamo } from '../auth/guest-policy.ts';
import { AuthFailure } from '../auth/auth-failure.ts';
import { JsonServiceError } from '../auth/json-failure.ts';
import type { Principal } from '../auth/principal.ts';
import { forwardRequest } from '../support/forwarded-request.ts';
import { hasSimpleExpressions } from './guest-expressions.ts';
import { jsonDepth } from './json-depth.ts';

/**
 * DynamoDB's limit of 32 levels in an attribute, each of which is two in JSON (a list's or map's type, and itself), with
 * room for the request around it. dynalite would end the process where the stack ends.
 */
const MAX_JSON_DEPTH = 2 * 32 + 10;

export class LocalDynamo {
  readonly #server: Server;
  readonly #table: string;

  /**
   * Opens, or makes, the database in `path`. One process at a time may have it open.
   * @throws Error with a sentence for a person where that fails
   */
  static async open(path: string, table: string): Promise<LocalDynamo> {
    await mkdir(path, { recursive: true });
    await tryOpen(path);
    return new LocalDynamo(dynalite({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 }), table);
  }

  private constructor(server: Server, table: string) {
    this.#server = server;
    this.#table = table;
  }

  /**
   * Answers a request whose signature has been verified.
   * @throws AuthFailure where a guest asks for more than its own sessions; JsonServiceError for what dynalite could not bear
   */
  handle(req: IncomingMessage, res: ServerResponse, body: Buffer, principal: Principal): void {
    if (jsonDepth(body) > MAX_JSON_DEPTH) {
      throw new JsonServiceError('ValidationException', 'Nesting Levels have exceeded supported limits');
    }
    if (principal.kind === 'guest') {
      const operation = String(req.headers['x-amz-target']).split('.')[1] ?? '';
      const request = parseJson(body);
      if (!mayGuestUseDynamo(principal.identityId, operation, request, this.#table)) {
        throw new AuthFailure('denied', `This guest is not authorized to perform: dynamodb:${operation}`);
      }
      if (!hasSimpleExpressions(request)) {
        throw new JsonServiceError('ValidationException', 'The expression is too complex for this machine.');
      }
    }
    // dynalite would let every origin in; ours are told already.
    const headers = { ...req.headers };
    delete headers.origin;
    this.#server.emit('request', forwardRequest(req, { url: '/', headers, body: Readable.from([body]) }), res);
  }

  /** dynalite closes its database with its server, and a server can be closed only when it listens. */
  async close(): Promise<void> {
    this.#server.removeAllListeners('request');
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', () => {
        this.#server.close((error) => {
          if (error) reject(error);
          else resolve();
        });
      });
    });
  }
}

/** dynalite would end the process at its first request where LevelDB cannot be opened. */
async function tryOpen(path: string): Promise<void> {
  const database = new ClassicLevel(path);
  try {
    await database.open();
    await database.close();
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    const isLocked = cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED';
    const reason = isLocked ? 'is in use by another process' : 'cannot be opened; it may be damaged';
    throw new Error(`The database in ${path} ${reason}.`, { cause: error });
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
