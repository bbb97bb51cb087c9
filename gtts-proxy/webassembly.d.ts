/** The little of WebAssembly that is used here. TypeScript has it in its DOM library only, which Node code must not see. */
declare namespace WebAssembly {
  class Module {
    #compiled: never;
  }
  class Memory {
    readonly buffer: ArrayBuffer;
    constructor(descriptor: { initial: number });
  }
  class Instance {
    readonly exports: Readonly<Record<string, unknown>>;
    constructor(module: Module, imports?: Record<string, Record<string, unknown>>);
  }
  function compile(bytes: Uint8Array): Promise<Module>;
}
