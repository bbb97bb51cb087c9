/** DynamoDB: dynalite on LevelDB, behind our own authentication. */
import { mkdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';
import { mayGuestUseDynamo } from '../auth/guest-policy.ts';
import { AuthFailure } from '../auth/auth-failure.ts';
import { JsonServiceError } from '../auth/json-failure.ts';
import type { Principal } from '../auth/principal.ts';
import { saysNoRoom, type DiskSpace } from '../support/disk-space.ts';
import { DurableStore } from './durable-store.ts';
import { DynaliteRefusal, runOperation } from './dynalite.ts';
import { hasSimpleExpressions } from './guest-expressions.ts';
import { jsonDepth } from './json-depth.ts';

/**
 * DynamoDB's limit of 32 levels in an attribute, each of which is two in JSON (a list's or map's type, and itself), with
 * room for the request around it. dynalite would end the process where the stack ends.
 */
const MAX_JSON_DEPTH = 2 * 32 + 10;

export class LocalDynamo {
  readonly #durable: DurableStore;
  readonly #table: string;

  /**
   * Opens, or makes, the database in `path`. One process at a time may have it open.
   * @throws Error with a sentence for a person where that fails
   */
  static async open(path: string, table: string, space: DiskSpace): Promise<LocalDynamo> {
    await mkdir(path, { recursive: true });
    return new LocalDynamo(await DurableStore.open(path, space), table);
  }

  private constructor(durable: DurableStore, table: string) {
    this.#durable = durable;
    this.#table = table;
  }

  /** False after a start on a full disk, until there is room. */
  get isOpen(): boolean {
    return this.#durable.isOpen;
  }

  /**
   * Answers a request whose signature has been verified.
   * @throws AuthFailure where a guest asks for more than its own sessions; JsonServiceError for what dynalite could not
   * bear, and for what there is no room for; any other error is the database's
   */
  async handle(req: IncomingMessage, res: ServerResponse, body: Buffer, principal: Principal): Promise<void> {
    if (jsonDepth(body) > MAX_JSON_DEPTH) {
      throw new JsonServiceError('ValidationException', 'Nesting Levels have exceeded supported limits');
    }
    const operation = String(req.headers['x-amz-target']).split('.')[1] ?? '';
    const input = parseJson(body);
    if (principal.kind === 'guest') {
      if (!mayGuestUseDynamo(principal.identityId, operation, input, this.#table)) {
        throw new AuthFailure('denied', `This guest is not authorized to perform: dynamodb:${operation}`);
      }
      if (!hasSimpleExpressions(input)) {
        throw new JsonServiceError('ValidationException', 'The expression is too complex for this machine.');
      }
    }
    if (input === undefined) throw new JsonServiceError('SerializationException', 'The body is not JSON.');
    try {
      sendJson(res, 200, await runOperation(this.#durable.store, operation, input));
    } catch (error) {
      if (error instanceof DynaliteRefusal) sendJson(res, error.status, error.body);
      else if (saysNoRoom(error)) throw noRoom();
      else throw error;
    }
  }

  /** Waits for the writes that have begun. */
  async close(): Promise<void> {
    await this.#durable.close();
  }
}

/** A 500 that the SDKs try again. */
const noRoom = () => new JsonServiceError('InternalServerError', 'There is no room left on the disk.', 500);

function sendJson(res: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  res.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(body),
    'x-amz-crc32': crc32(body),
  });
  res.end(body);
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
