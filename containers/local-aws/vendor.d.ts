/** The parts of s3rver and dynalite that are used here; they bring no types. */

declare module 'dynalite' {
  import type { Server } from 'node:http';

  export default function dynalite(options: { createTableMs?: number }): Server;
}

declare module '@20minutes/s3rver' {
  import type { ServerResponse } from 'node:http';
  import type FilesystemStore from '@20minutes/s3rver/lib/stores/filesystem.js';

  interface Context {
    state: Record<string, unknown>;
  }
  type Middleware = (ctx: Context, next: () => Promise<void>) => Promise<void>;

  export default class S3rver {
    constructor(options: { directory: string; silent: boolean; vhostBuckets: boolean });
    store: FilesystemStore;
    readonly context: { store: FilesystemStore };
    readonly middleware: Middleware[];
    readonly logger: { silent: boolean; close(): void };
    callback(): (req: object, res: ServerResponse) => Promise<void>;
    on(event: 'error', listener: (error: Error) => void): this;
  }
}

declare module '@20minutes/s3rver/lib/models/error.js' {
  export default class S3Error extends Error {
    constructor(code: string, message: string, detail?: Record<string, string | number>);
    code: string;
    status: number;
    toXML(): string;
  }
}

declare module '@20minutes/s3rver/lib/models/object.js' {
  import type { Readable } from 'node:stream';

  export type Metadata = Record<string, string | number>;
  export default class S3Object {
    /** `metadata` is cut down to what S3 keeps. */
    constructor(bucket: string, key: string, content: Readable | Buffer | null, metadata: Metadata);
    readonly bucket: string;
    readonly key: string;
    content: Readable | Buffer | null;
    metadata: Metadata;
    range?: { start: number; end: number };
  }
}

declare module '@20minutes/s3rver/lib/stores/filesystem.js' {
  import type { Readable } from 'node:stream';
  import type S3Object from '@20minutes/s3rver/lib/models/object.js';
  import type { Metadata } from '@20minutes/s3rver/lib/models/object.js';

  export interface ListOptions {
    delimiter?: string | undefined;
    startAfter?: string | undefined;
    prefix?: string | undefined;
    maxKeys?: number | undefined;
  }
  export interface Listing {
    objects: S3Object[];
    commonPrefixes: string[];
    isTruncated: boolean;
  }
  export interface Stored {
    size: number;
    md5: string;
  }

  export default class FilesystemStore {
    static decodeKeyPath(keyPath: string): string;
    constructor(rootDirectory: string);
    readonly rootDirectory: string;
    getBucketPath(bucket: string): string;
    getResourcePath(bucket: string, key: string | undefined, resource: string): string;
    putBucket(bucket: string): Promise<unknown>;
    getBucket(bucket: string): Promise<unknown>;
    existsObject(bucket: string, key: string): Promise<boolean>;
    getMetadata(bucket: string, key: string): Promise<Metadata>;
    getObject(bucket: string, key: string, options?: { start?: number; end?: number }): Promise<S3Object | null>;
    putObject(object: S3Object): Promise<Stored>;
    copyObject(
      fromBucket: string,
      fromKey: string,
      toBucket: string,
      toKey: string,
      replacement: Metadata | null,
    ): Promise<Metadata>;
    deleteObject(bucket: string, key: string): Promise<void>;
    listObjects(bucket: string, options: ListOptions): Promise<Listing>;
    initiateUpload(bucket: string, key: string, uploadId: string, metadata: Metadata): Promise<void>;
    putPart(bucket: string, uploadId: string, partNumber: string | number, content: Readable | Buffer): Promise<Stored>;
    putObjectMultipart(bucket: string, uploadId: string, parts: { number: number; etag: string }[]): Promise<Stored>;
  }
}
