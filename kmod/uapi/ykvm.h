/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * ykvm: frames of one interface, taken in front of the network stack, in a
 * ring of buffers that the kernel and one reader share.
 *
 * A reader opens /dev/ykvm (one at a time, CAP_NET_RAW), sizes the ring with
 * YKVM_SETUP, maps it, names the interface with YKVM_BIND, and then takes
 * frames without any system call; poll() is for sleeping. When the ring is
 * full the oldest frame that nobody reads makes room for the new one.
 *
 * The mapping, in two mmap() calls whose offsets and lengths YKVM_SETUP gives:
 *
 *   user area, read and write                 shared area, read-only
 *   +---------------------------+             +----------------------------+ state_off
 *   | struct ykvm_user          |             | struct ykvm_state          |
 *   |   consumer    (u) and (k) |             |   producer, counters   (k) |
 *   |   released    (u)         |             +----------------------------+ slots_off
 *   +---------------------------+             | __u32 slots[slots]     (k) |
 *                                             |   position -> buffer       |
 *   (u) written by the reader                 +----------------------------+ buffers_off
 *   (k) written by the kernel                 | buffers, slots + batch_max |
 *                                             |   struct ykvm_frame    (k) |
 *                                             |   frame from its MAC header|
 *                                             +----------------------------+
 *
 * RINGS
 *
 * Every frame gets a position, counted from 0 and never reused; position p is
 * found in buffer slots[p mod slots]. Three positions divide the ring:
 *
 *   producer - slots     released     consumer           producer
 *         |      free        |   held     |      busy        |
 *         +------------------+------------+------------------+
 *
 * busy: written, not taken. held: taken by the reader, not given back.
 * free: everything else; the kernel fills free slots.
 *
 * The reader takes the n oldest busy frames: it copies their n entries of
 * slots[] aside, then moves `consumer` from c to c + n by compare-and-swap. It
 * reads the frames in place, then stores the end of what it took to `released`.
 *
 * The kernel, finding no free slot, looks at the slot that it would use next:
 *   busy:  it moves `consumer` by one with the same compare-and-swap. That
 *          frame is now the kernel's: it is overwritten, counter `overwritten`.
 *   held:  it leaves that buffer to the reader and puts one of batch_max spare
 *          buffers into the slot. The held buffer becomes a spare, usable once
 *          `released` has passed it. Were all spares held (a reader that holds
 *          more than batch_max), the new frame is dropped, counter `no_spare`.
 *
 * So a frame that is being read is never overwritten, by construction and not
 * by detection: one word decides who takes a position, and a buffer that the
 * reader took is not written before the reader gave it back. `seq` in each
 * frame lets a reader (and the tests) verify it.
 *
 * The kernel believes no index. It reads each once, and uses them only if
 *   producer - slots <= consumer <= producer   (all modulo 2^64) and
 *   what `released` was when last used <= released <= producer;
 * else the new frame is dropped, counter `bad_index`, until the reader has put
 * them right. A wrong reader loses its own frames and nothing else: what
 * decides where the kernel writes lies in memory that the reader cannot write.
 *
 * BARRIERS
 *
 *   kernel, under the ring's lock              reader
 *
 *   LOAD.acq consumer            (A)           LOAD.acq consumer            (E)
 *   CAS      consumer            (B)           LOAD.acq producer            (F)
 *   LOAD.acq released            (C)           LOAD     slots[]
 *   STORE    slots[], frame                    CAS      consumer            (G)
 *   STORE.rel producer           (D)           LOAD     frames
 *                                              STORE.rel released           (H)
 *
 * A matches G: the reader has copied slots[] before the kernel changes them.
 * B and G are atomic on one word that only grows: each position is taken once.
 *   G succeeds only if no position from c on was taken since E, so the slots
 *   that were copied are those of the positions taken.
 * C matches H: the reader has read a frame before its buffer is written again.
 *   A comes before C: who sees a batch taken (G) must see that the one before
 *   was given back (H), or an honest reader would seem to hold two.
 * D matches F: slot and frame are there before the position shows.
 *   E comes before F, so that consumer <= producer.
 */
#ifndef _UAPI_YKVM_H
#define _UAPI_YKVM_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define YKVM_ABI 1
#define YKVM_DEVICE "/dev/ykvm"

#define YKVM_BUFFER_BYTES 2048
#define YKVM_BUFFERS_DEFAULT 1024
#define YKVM_BUFFERS_MIN 64
#define YKVM_BUFFERS_MAX 32768
#define YKVM_BATCH_MAX 64 /* buffers that a reader may hold; a power of two */

/* ykvm_setup.flags */
#define YKVM_SETUP_STAMP (1U << 0) /* read the clock for each frame: exact, and dear */
#define YKVM_SETUP_FLAGS YKVM_SETUP_STAMP

/* ykvm_setup.features: what this kernel can do beyond ABI 1 */
#define YKVM_FEATURES 0

struct ykvm_setup {
	__u32 abi; /* in: YKVM_ABI */
	__u32 flags; /* in: YKVM_SETUP_* */
	__u32 slots; /* in: power of two, 0 = the module's default; out: what was made */
	__u32 buffer_bytes; /* in: 0; out: bytes from one buffer to the next, its struct ykvm_frame included */
	__u32 batch_max; /* in: 0; out: frames that may be held at once */
	__u32 features; /* in: 0; out: YKVM_FEATURES of the kernel */
	__u64 shared_offset; /* in: 0; out: mmap() offset of the shared area */
	__u64 shared_bytes; /* in: 0; out: its length; no other length can be mapped */
	__u64 user_offset; /* in: 0; out: mmap() offset of the user area */
	__u64 user_bytes; /* in: 0; out: its length */
	__u64 state_off; /* in: 0; out: struct ykvm_state, from the start of the shared area */
	__u64 slots_off; /* in: 0; out: slots[] */
	__u64 buffers_off; /* in: 0; out: first buffer */
	__u64 reserved[4]; /* must be zero */
};

/* Each index has a cache line of its own: one side's stores do not slow the other's. */
struct ykvm_user {
	__u64 consumer; /* (u) and (k), by compare-and-swap only: first position that nobody took */
	__u64 pad0[7];
	__u64 released; /* (u) end of what the reader took and gave back */
	__u64 pad1[7];
};

/* ykvm_state.status */
#define YKVM_STATUS_BOUND (1U << 0) /* an interface is bound */
#define YKVM_STATUS_DOWN (1U << 1) /* it is down; poll() says POLLERR until it is up */
#define YKVM_STATUS_GONE (1U << 2) /* it was removed or moved to another namespace; poll() says POLLHUP */

struct ykvm_state {
	__u64 producer; /* (k) position of the next frame = frames put into the ring */
	__u64 pad0[7];
	__u64 overwritten; /* (k) counters as in struct ykvm_stats */
	__u64 no_spare;
	__u64 bad_index;
	__u64 truncated;
	__u64 unreadable;
	__u32 status; /* (k) YKVM_STATUS_* */
	__u32 pad1;
	__u64 pad2[2];
};

/* ykvm_frame.flags */
#define YKVM_FRAME_TRUNCATED (1U << 0) /* caplen < len */
#define YKVM_FRAME_VLAN (1U << 1) /* a tag was taken out of the frame: vlan_tci, vlan_proto */
#define YKVM_FRAME_STAMP_COARSE (1U << 2) /* stamp_ns is that of the last timer tick */

/* Head of each buffer; the frame follows it, from the MAC header on, without FCS. */
struct ykvm_frame {
	__u64 seq; /* its position */
	__u64 stamp_ns; /* CLOCK_REALTIME */
	__u32 len; /* bytes of the frame */
	__u32 caplen; /* bytes of it that are here */
	__u16 vlan_tci;
	__u16 vlan_proto; /* host byte order, 0x8100 or 0x88a8 */
	__u16 flags; /* YKVM_FRAME_* */
	__u16 pad;
};

#define YKVM_CAPLEN_MAX (YKVM_BUFFER_BYTES - (__u32)sizeof(struct ykvm_frame))

struct ykvm_bind {
	__u32 ifindex; /* in the caller's network namespace; Ethernet, up */
	__u32 flags; /* must be zero */
	__u64 reserved[3]; /* must be zero */
};

/*
 * All since YKVM_SETUP, read together. The interface handed up
 * received + no_spare + bad_index + unreadable frames, and
 * received = overwritten + taken by the reader + left.
 */
struct ykvm_stats {
	__u64 received; /* put into the ring */
	__u64 left; /* of these, busy now */
	__u64 overwritten; /* of these, overwritten before the reader took them */
	__u64 truncated; /* of these, longer than a buffer */
	__u64 no_spare; /* dropped: the reader holds more than batch_max frames */
	__u64 bad_index; /* dropped: an index of the reader was out of range */
	__u64 unreadable; /* dropped: the frame's memory is not the kernel's to read */
	__u64 reserved[5];
};

/*
 * YKVM_SETUP   makes the ring; again: makes another. EBUSY while mapped or bound.
 * YKVM_BIND    takes the interface's frames from now on. EBUSY if it has a taker.
 * YKVM_UNBIND  gives them back to the stack. ENODEV if none is bound.
 */
#define YKVM_IOC_MAGIC 0xb9
#define YKVM_SETUP _IOWR(YKVM_IOC_MAGIC, 1, struct ykvm_setup)
#define YKVM_BIND _IOW(YKVM_IOC_MAGIC, 2, struct ykvm_bind)
#define YKVM_UNBIND _IO(YKVM_IOC_MAGIC, 3)
#define YKVM_STATS _IOR(YKVM_IOC_MAGIC, 4, struct ykvm_stats)

#ifndef __cplusplus
_Static_assert(sizeof(struct ykvm_setup) == 112, "ABI");
_Static_assert(__builtin_offsetof(struct ykvm_setup, shared_offset) == 24, "ABI");
_Static_assert(__builtin_offsetof(struct ykvm_setup, reserved) == 80, "ABI");
_Static_assert(sizeof(struct ykvm_user) == 128, "ABI");
_Static_assert(__builtin_offsetof(struct ykvm_user, released) == 64, "ABI");
_Static_assert(sizeof(struct ykvm_state) == 128, "ABI");
_Static_assert(__builtin_offsetof(struct ykvm_state, overwritten) == 64, "ABI");
_Static_assert(__builtin_offsetof(struct ykvm_state, status) == 104, "ABI");
_Static_assert(sizeof(struct ykvm_frame) == 32, "ABI");
_Static_assert(__builtin_offsetof(struct ykvm_frame, vlan_tci) == 24, "ABI");
_Static_assert(sizeof(struct ykvm_bind) == 32, "ABI");
_Static_assert(sizeof(struct ykvm_stats) == 96, "ABI");
#endif

#endif
