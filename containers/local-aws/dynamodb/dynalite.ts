/**
 * dynalite without its HTTP server, which ends the process where its database fails: its store, and its operations as
 * functions that answer or reject. Neither is documented, and the version is pinned.
 */
// By another name: the images' bundles declare createRequire in their first line.
import { createRequire as createLoader } from 'node:module';
import type { Readable } from 'node:stream';
import { JsonServiceError } from '../auth/json-failure.ts';

type Callback<T = unknown> = (error?: unknown, value?: T) => void;

/** LevelDB as dynalite wraps it: with a callback, or as a promise without one. */
export interface DynaliteDatabase {
  open: () => Promise<void>;
  close: { _original: () => Promise<void> };
  get: (key: string, callback?: Callback) => Promise<unknown>;
  put: (key: string, value: unknown, callback?: Callback) => Promise<unknown>;
  del: (key: string, callback?: Callback) => Promise<unknown>;
  batch: (operations: unknown[], callback?: Callback) => Promise<unknown>;
  keys: (options?: object) => AsyncIterable<unknown>;
  values: (options?: object) => AsyncIterable<unknown>;
  createKeyStream: (options?: object) => Readable;
  createValueStream: (options?: object) => Readable;
}

export interface DynaliteStore {
  db: DynaliteDatabase;
}

type Operation = (store: DynaliteStore, input: unknown, callback: Callback) => void;
interface InputRules {
  types: unknown;
  custom: unknown;
}
interface Validations {
  checkTypes: (input: unknown, types: unknown) => unknown;
  checkValidations: (input: unknown, types: unknown, custom: unknown, store: DynaliteStore) => void;
}

const load = createLoader(import.meta.url);
const databases = load('dynalite/db') as { create: (options: object) => DynaliteStore };
const { checkTypes, checkValidations } = load('dynalite/validations') as Validations;

const OPERATIONS = new Map(
  [
    'BatchGetItem',
    'BatchWriteItem',
    'CreateTable',
    'DeleteItem',
    'DeleteTable',
    'DescribeTable',
    'DescribeTimeToLive',
    'GetItem',
    'ListTables',
    'ListTagsOfResource',
    'PutItem',
    'Query',
    'Scan',
    'TagResource',
    'UntagResource',
    'UpdateItem',
    'UpdateTable',
  ].map((name) => {
    const file = name.charAt(0).toLowerCase() + name.slice(1);
    const run = load(`dynalite/actions/${file}`) as Operation;
    return [name, { run, rules: load(`dynalite/validations/${file}`) as InputRules }];
  }),
);

/** An answer that is not 200, with the body that DynamoDB gives it. */
export class DynaliteRefusal extends Error {
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super('DynamoDB refuses the request.');
    this.name = 'DynaliteRefusal';
    this.status = status;
    this.body = body;
  }
}

/** A store on LevelDB in `path`. It begins to open at once; `db.open()` tells how that ends. */
export const createStore = (path: string): DynaliteStore =>
  databases.create({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });

/**
 * Runs an operation.
 * @throws DynaliteRefusal or JsonServiceError for what DynamoDB would refuse; any other error is the database's
 */
export async function runOperation(store: DynaliteStore, name: string, input: unknown): Promise<unknown> {
  const operation = OPERATIONS.get(name);
  if (operation === undefined) throw new JsonServiceError('UnknownOperationException', `There is no ${name} here.`);
  const { run, rules } = operation;
  try {
    const checked = checkTypes(input, rules.types);
    checkValidations(checked, rules.types, rules.custom, store);
    return await new Promise<unknown>((resolve, reject) => {
      run(store, checked, (error, answer) => {
        if (error === undefined || error === null) resolve(answer);
        else reject(error instanceof Error ? error : asError(error));
      });
    });
  } catch (error) {
    if (isRefusal(error)) throw new DynaliteRefusal(error.statusCode, error.body);
    throw error;
  }
}

const asError = (thrown: object): Error => Object.assign(new Error('The operation failed.'), thrown);

function isRefusal(error: unknown): error is { statusCode: number; body: unknown } {
  return typeof error === 'object' && error !== null && 'statusCode' in error && 'body' in error;
}
