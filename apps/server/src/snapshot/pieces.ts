/** Bytes that come in pieces of any size and are taken in others. */
export class Pieces {
  #pieces: Buffer[] = []
  /** Where in the first piece the next byte is. */
  #at = 0
  size = 0

  push(piece: Uint8Array): void {
    if (piece.length === 0) return
    this.#pieces.push(Buffer.from(piece.buffer, piece.byteOffset, piece.length))
    this.size += piece.length
  }

  /** Exactly so many, once they are there. */
  take(length: number): Buffer | undefined {
    if (this.size < length) return undefined
    this.size -= length
    const [first] = this.#pieces
    if (first && first.length - this.#at >= length) return this.#from(first, length)
    const whole = Buffer.allocUnsafe(length)
    for (let filled = 0; filled < length; ) {
      const piece = this.#pieces[0]!
      const part = this.#from(piece, Math.min(piece.length - this.#at, length - filled))
      filled += part.copy(whole, filled)
    }
    return whole
  }

  /** Up to and with the next line feed, once it is there. */
  takeLine(): Buffer | undefined {
    let before = -this.#at
    for (const piece of this.#pieces) {
      const found = piece.indexOf(10, before < 0 ? -before : 0)
      if (found >= 0) return this.take(before + found + 1)
      before += piece.length
    }
    return undefined
  }

  #from(piece: Buffer, length: number): Buffer {
    const part = piece.subarray(this.#at, this.#at + length)
    this.#at += length
    if (this.#at === piece.length) {
      this.#pieces.shift()
      this.#at = 0
    }
    return part
  }
}
