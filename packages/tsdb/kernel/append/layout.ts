// Where what the append kernel works on stands in the head's memory (src/head/memory.ts), for kernel/append.ts. AssemblyScript.

export const rowsMax: i32 = 1024;

// The compiler puts constants below, and block/numbers.ts its tables from 4096 to 20480.
export const controlAt: usize = 2048;
/** Oldest and newest time of what was appended. */
export const appendedTimesAt: usize = 2064;
export const columnAddressesAt: usize = 2304;
export const slabAddressesAt: usize = 20480;
export const refsAt: usize = 36864;
export const slotsAt: usize = 40960;
export const timesAt: usize = 45056;
export const valuesAt: usize = 53248;
export const keptRefsAt: usize = 61440;
export const refPagesAt: usize = 131072;
/** Behind the addresses of 2^20 pages of refs: a part of a file of the log. */
export const windowAt: usize = 4325376;
export const windowBytesMax: i32 = 131072;
/** A record, or a part of one, that `decode` reads. Behind both there is room for loads and stores that reach too far. */
export const recordAt: usize = 4521984;
export const recordBytesMax: i32 = 1048576;
export const freeAt: usize = 5636096;
