/**
 * Jest's Node environment with the host's own typed arrays and errors: Node's core modules and native add-ons make
 * those of the host, and `instanceof` and `toEqual` would call the two kinds different.
 */
import { TestEnvironment } from 'jest-environment-node';

const SHARED = {
  Error,
  Float32Array,
  Float64Array,
  Int8Array,
  Int16Array,
  Int32Array,
  Uint16Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
  // Its memories are buffers of its own realm.
  WebAssembly,
};

export default class HostRealmEnvironment extends TestEnvironment {
  override async setup(): Promise<void> {
    await super.setup();
    Object.assign(this.global, SHARED);
  }
}
