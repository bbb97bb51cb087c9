import { describe, expect, it } from '@jest/globals';
import { SynapscribeError } from '../../protocol/errors.ts';
import { openLecture, type ObjectReader } from './lecture-source.ts';

const object = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);

/** A bucket whose connections break after so many bytes each; `Infinity` for those that do not. */
function bucket(breaksAfter: number[], asked: number[] = []): ObjectReader {
  return {
    describe: () => Promise.resolve({ size: object.length, version: '1' }),
    openFrom: (_, from) => {
      const limit = breaksAfter[asked.length] ?? Infinity;
      asked.push(from);
      return Promise.resolve(
        (async function* () {
          let given = 0;
          for (let at = from; at < object.length; at += 100) {
            await Promise.resolve();
            if (given >= limit) throw new Error('ECONNRESET');
            const chunk = object.subarray(at, at + 100);
            given += chunk.length;
            yield chunk;
          }
        })(),
      );
    },
  };
}

async function readAll(reader: ObjectReader, from = 0, signal = new AbortController().signal): Promise<Buffer> {
  const source = await openLecture(reader, 'key', signal, 1);
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.open(from)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('openLecture', () => {
  it('reads on where a connection broke', async () => {
    const asked: number[] = [];
    await expect(readAll(bucket([300, 0, 200], asked))).resolves.toEqual(Buffer.from(object));
    expect(asked).toEqual([0, 300, 300, 500]);
  });

  it('reads from an offset, and nothing from the end on', async () => {
    await expect(readAll(bucket([]), 950)).resolves.toEqual(Buffer.from(object.subarray(950)));
    const asked: number[] = [];
    await expect(readAll(bucket([], asked), 1000)).resolves.toHaveLength(0);
    expect(asked).toEqual([]);
  });

  it('gives up on a storage that gives nothing', async () => {
    await expect(readAll(bucket(Array.from({ length: 50 }, () => 0)))).rejects.toMatchObject({
      code: 'internal',
      retryable: true,
    });
  });

  it('does not try again for an object that is gone', async () => {
    let asked = 0;
    const gone: ObjectReader = {
      describe: () => Promise.resolve({ size: 10, version: '1' }),
      openFrom: () => {
        asked++;
        return Promise.reject(new SynapscribeError('not_found', 'It is gone.'));
      },
    };
    await expect(readAll(gone)).rejects.toMatchObject({ code: 'not_found' });
    expect(asked).toBe(1);
  });

  it('stops when it is aborted', async () => {
    const stop = new AbortController();
    const reader: ObjectReader = {
      describe: () => Promise.resolve({ size: 10, version: '1' }),
      openFrom: () => {
        stop.abort(new Error('stopped'));
        return Promise.reject(new Error('ECONNRESET'));
      },
    };
    await expect(readAll(reader, 0, stop.signal)).rejects.toThrow('stopped');
  });
});
