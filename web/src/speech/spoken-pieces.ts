/** The pieces of a spoken answer, put together from the messages that bring them: each is an MP3 of its own. */

export interface AudioPart {
  index: number;
  /** Base64. */
  data: string;
  last: boolean;
}

export class SpokenPieces {
  readonly #parts = new Map<number, Uint8Array[]>();

  /** Parts come in order. @returns the piece, once it is whole; nothing where it is empty, or not whole yet */
  add({ index, data, last }: AudioPart): Uint8Array<ArrayBuffer> | undefined {
    const parts = this.#parts.get(index) ?? [];
    this.#parts.set(index, parts);
    if (data !== '') parts.push(Uint8Array.from(atob(data), (char) => char.charCodeAt(0)));
    if (!last) return undefined;
    this.#parts.delete(index);
    const piece = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      piece.set(part, at);
      at += part.length;
    }
    return piece.length === 0 ? undefined : piece;
  }
}
