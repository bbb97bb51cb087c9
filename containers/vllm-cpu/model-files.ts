/** The two files of the speech model, Moonshine Tiny, and how to know them again. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** The npm package that carries them (MIT); everything else in it is left out. */
export const MODEL_PACKAGE = '@moonshine-ai/moonshine-js@0.1.29';
/** Bytes of its tarball. */
export const TARBALL_BYTES = 21_514_347;
/** The files' folder inside the tarball. */
export const TARBALL_FOLDER = 'package/dist/model/tiny/quantized/';

export interface ModelFile {
  name: string;
  /** Hexadecimal. */
  sha256: string;
}

export const MODEL_FILES: readonly ModelFile[] = [
  { name: 'encoder_model.onnx', sha256: 'c6fc4b7bc5af75c0591fd157a1f3829b533d18e9769a888fd95a62e470dd4f4a' },
  { name: 'decoder_model_merged.onnx', sha256: 'eed87831c3a6103534aae7d47a5d485025c659a1323901513961c39fe8a1a367' },
];

export type FileState = 'right' | 'wrong' | 'missing';

/** Whether `dir` holds the file, to the last bit. */
export async function checkModelFile(dir: string, file: ModelFile): Promise<FileState> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(join(dir, file.name)), hash);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'missing';
    throw error;
  }
  return hash.digest('hex') === file.sha256 ? 'right' : 'wrong';
}

export async function hasModel(dir: string): Promise<boolean> {
  const states = await Promise.all(MODEL_FILES.map((file) => checkModelFile(dir, file)));
  return states.every((state) => state === 'right');
}
