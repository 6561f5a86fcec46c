// Start times in records of Prometheus 3.14 (types 11 to 13): a sample's own after the marker 2, against the record's
// first; 1 for that of the sample before; 0 for none. Written with st-storage only.
import type { ByteReader, ByteWriter } from "@narthex/stdx";

const marker = { none: 0, same: 1, own: 2 } as const;

/** Steps along the samples of one record, writing or reading. The first sample's start time stands without a marker. */
export class StartTimes {
  #first = 0;
  #previous = 0;

  begin(startTime: number): void {
    this.#first = startTime;
    this.#previous = startTime;
  }

  write(writer: ByteWriter, startTime: number): void {
    if (startTime === 0) writer.u8(marker.none);
    else if (startTime === this.#previous) writer.u8(marker.same);
    else {
      writer.u8(marker.own);
      writer.varint(startTime - this.#first);
    }
    this.#previous = startTime;
  }

  read(reader: ByteReader): number {
    const kind = reader.u8();
    if (kind === marker.none) this.#previous = 0;
    else if (kind !== marker.same) this.#previous = this.#first + reader.varint();
    return this.#previous;
  }
}
