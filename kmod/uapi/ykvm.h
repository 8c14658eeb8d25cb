/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * ykvm: frames of one interface in a ring of buffers that the kernel and one
 * reader share. One ABI for all ways in: frames taken in front of the network
 * stack or tapped there (any Ethernet interface, one copy each), and frames
 * that the NIC writes into these very buffers by DMA (ykvm-zc, no copy).
 *
 * A reader opens /dev/ykvm (CAP_NET_RAW), makes its ring with YKVM_SETUP, maps
 * it, names the interface with YKVM_BIND (CAP_NET_RAW to look on, CAP_NET_ADMIN
 * too to take the frames away from the stack), and then takes frames without any
 * system call; poll() and YKVM_WAIT are for sleeping. Every open file is one
 * ring with one reader; several rings share an interface as members of a group.
 *
 * Three areas are mapped, whole, at the offsets that YKVM_SETUP gives:
 *
 *   user area, read and write     shared area, read-only        buffers, read-only
 *   +------------------------+    +------------------------+    +-----------------+
 *   | struct ykvm_user       |    | struct ykvm_state      |    | n_buffers *     |
 *   |   consumer   (u) (k)   |    |   producer, counters   |    |   buffer_bytes, |
 *   |   released   (u)       |    +------------------------+    | each a frame    |
 *   |   tx_producer (u)      |    | __u32 slots[]          |    | from its MAC    |
 *   +------------------------+    |   position -> buffer   |    | header on,      |
 *   | struct ykvm_tx tx[] (u)|    +------------------------+    | without FCS     |
 *   +------------------------+    | struct ykvm_frame      |    +-----------------+
 *                                 |   frames[n_buffers]    |
 *   (u) written by the reader     +------------------------+
 *   (k) written by the kernel     all by the kernel
 *
 * With YKVM_SETUP_USER_MEMORY the buffers are the reader's own memory, pinned
 * by YKVM_SETUP until the ring goes; there is no buffer area to map then.
 *
 * RINGS
 *
 * Every buffer that is filled gets a position, counted from 0 and never reused.
 * Three positions divide the ring:
 *
 *   producer - slots     released     consumer           producer
 *         |      free        |   held     |      busy        |
 *         +------------------+------------+------------------+
 *
 * busy: written, not taken. held: taken by the reader, not given back.
 * free: everything else; the kernel fills free slots. What happens to a frame
 * that finds no free slot is the ring's policy.
 *
 * DROP-NEWEST (YKVM_SETUP_DROP_NEWEST): the new frame is lost. Position p lies
 * in buffer p mod slots, always; slots[] is not used; `consumer` is the
 * reader's alone. A frame longer than a buffer is a chain: it takes as many
 * positions as it needs, shown all at once. Its first frames[] entry says how
 * many (`buffers`) and the reader steps by that; the others say nothing. As the
 * buffer area is mapped twice in a row, it reads contiguously even where the
 * ring wraps. (In user memory that is so if the user mapped it so.) On ykvm-zc
 * the ring is the NIC's own: what is free is in its descriptors, and a frame
 * that finds none dies in the NIC.
 *
 * OVERWRITE-OLDEST (the default; not on ykvm-zc): position p is found in buffer
 * slots[p mod slots]. The reader takes the n oldest busy frames: it copies
 * their n entries of slots[] aside, then moves `consumer` from c to c + n by
 * compare-and-swap. The kernel, finding no free slot, looks at the slot that
 * it would use next:
 *   busy:  it moves `consumer` by one with the same compare-and-swap. That
 *          frame is now the kernel's: it is overwritten, counter `overwritten`.
 *   held:  it leaves that buffer to the reader and puts one of batch_max spare
 *          buffers into the slot. The held buffer becomes a spare, usable once
 *          `released` has passed it. Were all spares held (a reader that holds
 *          more than batch_max), the new frame is dropped, counter `no_spare`.
 * A frame longer than a buffer is cut, flag YKVM_FRAME_TRUNCATED.
 *
 * So under either policy a frame that is being read is never overwritten, by
 * construction and not by detection. `seq` lets a reader (and the tests) verify it.
 *
 * The kernel believes no index. It reads each once, and uses them only if
 *   what `released` was when last used <= released <= producer, and, overwriting,
 *   producer - slots <= consumer <= producer   (all modulo 2^64);
 * else counter `bad_index` counts, and the frame at hand is dropped (on ykvm-zc:
 * nothing is given to the NIC) until the reader has put them right. A wrong
 * reader loses its own frames and nothing else: what decides where the kernel
 * writes lies in memory that the reader cannot write.
 *
 * BARRIERS
 *
 *   kernel, one producer at a time             reader
 *
 *   LOAD.acq consumer            (A)           LOAD.acq consumer            (E)
 *   CAS      consumer            (B)           LOAD.acq producer            (F)
 *   LOAD.acq released            (C)           LOAD     slots[]
 *   STORE    slots[], frame                    CAS      consumer            (G)
 *   STORE.rel producer           (D)           LOAD     frames
 *                                              STORE.rel released           (H)
 *
 * Dropping the newest there is no A, B and E, and G is a plain store.
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
 *
 * SENDING
 *
 * The reader may send what it holds, and, from user memory, the tx_buffers that
 * follow the ring's: it writes entries of tx[], moves tx_producer, and calls
 * YKVM_KICK once for all of them. The kernel reads each entry once. On ykvm-zc
 * the NIC reads the frame where it lies; elsewhere it is copied into an skb. A
 * position that is being sent is not refilled before it has left, whatever the
 * reader releases meanwhile. state->tx_done counts entries that are through.
 */
#ifndef _UAPI_YKVM_H
#define _UAPI_YKVM_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define YKVM_ABI 2
#define YKVM_DEVICE "/dev/ykvm"

#define YKVM_SLOTS_DEFAULT 1024
#define YKVM_SLOTS_MIN 64
#define YKVM_SLOTS_MAX 32768
#define YKVM_BUFFER_BYTES_DEFAULT 2048
#define YKVM_BUFFER_BYTES_MIN 256 /* powers of two */
#define YKVM_BUFFER_BYTES_MAX 65536
#define YKVM_BATCH_MAX 64 /* frames that a reader may hold while the oldest are overwritten; a power of two */
#define YKVM_TX_SLOTS 256 /* entries of tx[] */
#define YKVM_TX_BUFFERS_MAX 4096
#define YKVM_MEMBERS_MAX 64 /* rings of one interface */
#define YKVM_USECS_MAX 1000000

/* ykvm_setup.flags */
#define YKVM_SETUP_STAMP (1U << 0) /* read the clock for each frame: exact, and dear */
#define YKVM_SETUP_DROP_NEWEST (1U << 1) /* a full ring drops; else it overwrites its oldest */
#define YKVM_SETUP_USER_MEMORY (1U << 2) /* buffers lie at memory_addr; locked and charged like mlock() */
#define YKVM_SETUP_FLAGS (YKVM_SETUP_STAMP | YKVM_SETUP_DROP_NEWEST | YKVM_SETUP_USER_MEMORY)

/* ykvm_setup.features: what this kernel's module can do */
#define YKVM_FEATURE_TAP (1U << 0)
#define YKVM_FEATURE_MEMBERS (1U << 1)
#define YKVM_FEATURE_FILTER (1U << 2)
#define YKVM_FEATURE_SEND (1U << 3)
#define YKVM_FEATURE_OFFLOADS (1U << 4) /* YKVM_FRAME_CSUM_NOT_READY and YKVM_FRAME_GSO are set */

struct ykvm_setup {
	__u32 abi; /* in: YKVM_ABI */
	__u32 flags; /* in: YKVM_SETUP_* */
	__u32 slots; /* in: power of two, 0 = the module's default; out: what was made */
	__u32 buffer_bytes; /* in: power of two, 0 = 2048; out: what was made */
	__u32 snaplen; /* in: most bytes kept of a frame, 0 = all that its buffers hold */
	__u32 wake_frames; /* in: a sleeper is woken when so many are busy, 0 = 1 */
	__u32 wake_usecs; /* in: or when the oldest has waited so long; required where wake_frames > 1 */
	__u32 busy_usecs; /* in: poll() and YKVM_WAIT look so long before they sleep */
	__u32 tx_buffers; /* in: buffers to send from, behind the ring's; user memory only */
	__u32 pad; /* in: 0 */
	__u64 memory_addr; /* in: page-aligned; 0 without YKVM_SETUP_USER_MEMORY, as the next */
	__u64 memory_bytes; /* in: (n_buffers + tx_buffers) * buffer_bytes, rounded up to pages */
	/* out; in: 0 */
	__u32 n_buffers; /* slots; overwriting: slots + batch_max */
	__u32 batch_max; /* frames that may be held at once: YKVM_BATCH_MAX, or slots */
	__u32 features; /* YKVM_FEATURE_* */
	__u32 tx_slots; /* YKVM_TX_SLOTS */
	__u64 user_offset; /* mmap() offset and length of each area; no other length can be mapped */
	__u64 user_bytes;
	__u64 shared_offset;
	__u64 shared_bytes;
	__u64 buffers_offset;
	__u64 buffers_bytes; /* 0 with user memory; dropping the newest: twice the ring */
	__u64 tx_off; /* tx[], from the start of the user area; struct ykvm_user is at 0 */
	__u64 slots_off; /* from the start of the shared area, as the next; struct ykvm_state is at 0 */
	__u64 frames_off;
	__u64 reserved[4]; /* in: 0; out: 0 */
};

/* Each index has a cache line of its own: one side's stores do not slow the other's. */
struct ykvm_user {
	__u64 consumer; /* (u) and, overwriting, (k) by compare-and-swap: first position that nobody took */
	__u64 pad0[7];
	__u64 released; /* (u) end of what the reader took and gave back */
	__u64 pad1[7];
	__u64 tx_producer; /* (u) entries of tx[] that were written, ever */
	__u64 pad2[7];
};

struct ykvm_tx {
	__u32 buffer; /* one that is held, or from n_buffers on: one of the tx_buffers */
	__u32 len; /* bytes from its start, without FCS: 14 to MTU + 14, of a tagged frame + 18; may run on through a chain */
};

/* ykvm_state.status */
#define YKVM_STATUS_BOUND (1U << 0) /* an interface is bound */
#define YKVM_STATUS_DOWN (1U << 1) /* it is down; poll() says POLLERR until it is up */
#define YKVM_STATUS_GONE (1U << 2) /* it was removed or moved to another namespace; poll() says POLLHUP */
#define YKVM_STATUS_ZEROCOPY (1U << 3) /* the NIC writes into the buffers */

struct ykvm_state {
	__u64 producer; /* position of the next buffer = buffers filled */
	__u64 pad0[7];
	__u32 kick; /* 1: the NIC is short of descriptors; call YKVM_KICK after the next release. poll() does so itself */
	__u32 status; /* YKVM_STATUS_* */
	__u64 tx_consumer; /* entries of tx[] that the kernel has read: theirs may be written again */
	__u64 tx_done; /* entries whose frames have left, or failed */
	__u64 pad1[5];
	__u64 overwritten; /* counters, as in struct ykvm_stats */
	__u64 full;
	__u64 no_spare;
	__u64 bad_index;
	__u64 truncated;
	__u64 unreadable;
	__u64 filtered;
	__u64 pad2;
};

/* ykvm_frame.flags */
#define YKVM_FRAME_TRUNCATED (1U << 0) /* caplen < len */
#define YKVM_FRAME_VLAN (1U << 1) /* a tag was taken out of the frame: vlan_tci, vlan_proto */
#define YKVM_FRAME_STAMP_COARSE (1U << 2) /* stamp_ns is that of the last timer tick */
#define YKVM_FRAME_STAMP_BATCH (1U << 3) /* stamp_ns is that of the batch in which the driver found it */
#define YKVM_FRAME_HASH (1U << 4) /* hash is the NIC's or the stack's flow hash */
#define YKVM_FRAME_CSUM_NOT_READY (1U << 6) /* its sender left the L4 checksum to a NIC: what is there is no checksum */
#define YKVM_FRAME_GSO (1U << 7) /* several segments in one, longer than the MTU: sent so, or put together by GRO */
#define YKVM_FRAME_SKIP (1U << 5) /* nothing to read here: the filter refused it, or the NIC found it broken */

/* What is known of the frame in a buffer; frames[b] belongs to buffer b. */
struct ykvm_frame {
	__u64 stamp_ns; /* CLOCK_REALTIME */
	__u32 len; /* bytes of the frame */
	__u32 caplen; /* bytes of it that are here, of a chain all together */
	__u32 hash;
	__u16 vlan_tci;
	__u16 vlan_proto; /* host byte order, 0x8100 or 0x88a8 */
	__u32 seq; /* its position modulo 2^32 */
	__u16 flags; /* YKVM_FRAME_* */
	__u16 buffers; /* positions that it takes; > 1: a chain */
};

/* ykvm_bind.flags */
#define YKVM_BIND_TAP (1U << 0) /* the stack gets the frames too */
#define YKVM_BIND_ZEROCOPY (1U << 1) /* by ykvm-zc, or EOPNOTSUPP; needs YKVM_SETUP_DROP_NEWEST */
#define YKVM_BIND_FLAGS (YKVM_BIND_TAP | YKVM_BIND_ZEROCOPY)

/*
 * Rings of one interface: each flow goes to one of `members` rings, by its hash
 * (with YKVM_BIND_ZEROCOPY: `member` is the NIC's queue, and its RSS decides).
 * All must agree on members and flags. Frames of a member that is not bound
 * stay with the stack.
 */
struct ykvm_bind {
	__u32 ifindex; /* in the caller's network namespace; Ethernet, up */
	__u32 flags; /* YKVM_BIND_* */
	__u32 member; /* 0 to members - 1 */
	__u32 members; /* 0 = 1 */
	__u64 reserved[2]; /* must be zero */
};

/* ykvm_filter.kind */
#define YKVM_FILTER_NONE 0
#define YKVM_FILTER_CLASSIC 1 /* struct sock_filter[len] at insns */
#define YKVM_FILTER_EBPF 2 /* fd of a loaded program, BPF_PROG_TYPE_SOCKET_FILTER */

/* A frame for which it returns 0 is not captured: it stays with the stack (ykvm-zc: it is gone). Else: its snaplen. */
struct ykvm_filter {
	__u32 kind;
	__u32 len; /* CLASSIC: instructions; else 0 */
	__u64 insns; /* CLASSIC: address; else 0 */
	__s32 fd; /* EBPF; else 0 */
	__u32 pad; /* must be zero, as the next */
	__u64 reserved[2];
};

struct ykvm_wait {
	__u64 timeout_ns; /* 0: do not sleep; after EINTR: what was left of it */
	__u32 status; /* out: YKVM_STATUS_*, whatever woke */
	__u32 pad; /* must be zero */
};

/*
 * All since YKVM_SETUP, read together. The interface handed the ring
 * received + full + no_spare + bad_index + unreadable + filtered frames (ykvm-zc:
 * frames that die for want of a descriptor, and those filtered, apart), and
 * received = overwritten + taken by the reader + left.
 */
struct ykvm_stats {
	__u64 received; /* frames put into the ring */
	__u64 left; /* positions of the ring that are busy now */
	__u64 overwritten; /* frames overwritten before the reader took them */
	__u64 full; /* dropped: no free slot */
	__u64 truncated; /* received, but longer than what was kept */
	__u64 no_spare; /* dropped: the reader holds more than batch_max frames */
	__u64 bad_index; /* dropped, or a batch of descriptors held back: an index of the reader was out of range */
	__u64 unreadable; /* dropped: the frame's memory is not the kernel's to read, or the NIC found it broken */
	__u64 filtered; /* not captured: the filter said so */
	__u64 chained; /* received, in more than one buffer */
	__u64 sent; /* entries of tx[] that left */
	__u64 send_failed; /* entries that did not: not held, bad length, no interface, or it went down before */
	__u64 woken; /* times that a sleeper was woken */
	__u64 reserved[3];
};

/*
 * YKVM_SETUP   makes the ring; again: makes another. EBUSY while mapped, bound or waited on. ENOBUFS: more than
 *              RLIMIT_MEMLOCK allows to pin; ENOMEM: none, or all rings of this user would have over a quarter of memory,
 *              this one and the one that it replaces counted; EFAULT: memory that cannot be written.
 * YKVM_BIND    takes the interface's frames from now on. EBUSY if they have a taker, or other members or flags. EPERM
 *              without CAP_NET_RAW in the initial user namespace and, unless flags are YKVM_BIND_TAP alone,
 *              CAP_NET_ADMIN in that of the caller's network namespace: whoever binds is asked, not who opened.
 * YKVM_UNBIND  gives them back to the stack. ENODEV if none is bound.
 * YKVM_STATS   ENXIO before YKVM_SETUP, as every other below.
 * YKVM_FILTER  sets, replaces or (NONE) removes the filter, bound or not.
 * YKVM_KICK    sends what tx[] holds, and has the NIC look for released buffers. ENODEV unbound; EINVAL if tx_producer
 *              cannot be.
 * YKVM_WAIT    sleeps until wake_frames are there, as poll() would, in fewer steps; at once if any are there now, or if the
 *              status says that none will come. ETIME, EINTR.
 */
#define YKVM_IOC_MAGIC 0xb9
#define YKVM_SETUP _IOWR(YKVM_IOC_MAGIC, 1, struct ykvm_setup)
#define YKVM_BIND _IOW(YKVM_IOC_MAGIC, 2, struct ykvm_bind)
#define YKVM_UNBIND _IO(YKVM_IOC_MAGIC, 3)
#define YKVM_STATS _IOR(YKVM_IOC_MAGIC, 4, struct ykvm_stats)
#define YKVM_FILTER _IOW(YKVM_IOC_MAGIC, 5, struct ykvm_filter)
#define YKVM_KICK _IO(YKVM_IOC_MAGIC, 6)
#define YKVM_WAIT _IOWR(YKVM_IOC_MAGIC, 7, struct ykvm_wait)

#ifndef __cplusplus
_Static_assert(sizeof(struct ykvm_setup) == 176, "ABI");
_Static_assert(__builtin_offsetof(struct ykvm_setup, memory_addr) == 40, "ABI");
_Static_assert(__builtin_offsetof(struct ykvm_setup, n_buffers) == 56, "ABI");
_Static_assert(__builtin_offsetof(struct ykvm_setup, user_offset) == 72, "ABI");
_Static_assert(__builtin_offsetof(struct ykvm_setup, reserved) == 144, "ABI");
_Static_assert(sizeof(struct ykvm_user) == 192, "ABI");
_Static_assert(__builtin_offsetof(struct ykvm_user, tx_producer) == 128, "ABI");
_Static_assert(sizeof(struct ykvm_tx) == 8, "ABI");
_Static_assert(sizeof(struct ykvm_state) == 192, "ABI");
_Static_assert(__builtin_offsetof(struct ykvm_state, kick) == 64, "ABI");
_Static_assert(__builtin_offsetof(struct ykvm_state, overwritten) == 128, "ABI");
_Static_assert(sizeof(struct ykvm_frame) == 32, "ABI");
_Static_assert(__builtin_offsetof(struct ykvm_frame, seq) == 24, "ABI");
_Static_assert(sizeof(struct ykvm_bind) == 32, "ABI");
_Static_assert(sizeof(struct ykvm_filter) == 40, "ABI");
_Static_assert(sizeof(struct ykvm_wait) == 16, "ABI");
_Static_assert(sizeof(struct ykvm_stats) == 128, "ABI");
#endif

#endif
