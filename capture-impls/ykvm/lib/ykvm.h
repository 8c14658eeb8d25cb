/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libykvm: capture with ykvm.ko. ykvm(3) is its manual.
 *
 * A struct ykvm is one ring with one reader. Frames are read in place by the
 * inline functions of reader.h; what is here opens, sleeps, sends and counts.
 * Functions return 0 or a count, or -errno; err takes YKVM_ERR_BYTES, or is NULL.
 */
#ifndef YKVM_LIB_H
#define YKVM_LIB_H

#include <errno.h>

#include "capture-impls/ykvm/lib/reader.h"

#define YKVM_ERR_BYTES 256

struct sock_filter;

/* Zeros stand for the defaults: the module's ring size, the oldest overwritten, taken from the stack, all frames. */
struct ykvm_config {
	const char *interface; /* NULL: not bound; see ykvm_bind() */
	uint32_t slots; /* a power of two */
	uint32_t buffer_bytes; /* a power of two */
	uint32_t snaplen; /* most bytes kept of a frame */
	uint32_t wake_frames; /* wake a sleeper when so many are there */
	uint32_t wake_usecs; /* or when the oldest has waited so long */
	uint32_t busy_usecs; /* look so long before sleeping */
	uint32_t tx_buffers; /* buffers to send from; user memory only */
	uint32_t member; /* which of the interface's rings this is */
	uint32_t members; /* of how many; 0 = 1 */
	bool by_queue; /* a frame goes to the member of the NIC's queue; else by its flow's hash */
	bool drop_newest; /* a full ring drops what comes; else it overwrites its oldest */
	bool stamp; /* read the clock for each frame */
	bool tap; /* the stack gets the frames too */
	bool zerocopy; /* the NIC writes into the buffers, or EOPNOTSUPP; implies drop_newest */
	bool user_memory; /* the buffers are this process' memory, not the kernel's */
	bool huge_pages; /* of the default huge page size; user memory only */
	const struct sock_filter *filter; /* classic BPF, filter_len instructions; in force before the first frame */
	uint32_t filter_len;
};

/* Memory that is mapped twice in a row, for buffers of the user's own. */
struct ykvm_memory {
	uint8_t *all; /* as pinned: the ring's buffers, then tx_buffers */
	size_t bytes;
	uint8_t *ring; /* what the reader reads: all, or the ring's part twice in a row */
	size_t ring_bytes; /* of one of the two */
};

struct ykvm {
	struct ykvm_reader reader;
	struct ykvm_setup setup; /* as the kernel answered */
	struct ykvm_tx *tx;
	uint64_t tx_next; /* entries written, ever */
	int fd; /* for poll() */
	void *user, *shared, *buffers; /* mapped areas; NULL: not there */
	struct ykvm_memory memory;
};

/* cfg NULL: all defaults, and no interface. NULL: errno and err say why. */
struct ykvm *ykvm_open(const struct ykvm_config *cfg, char *err);
/* A ring on a descriptor that is set up already, as that of another front end's socket. Takes fd and memory over. */
struct ykvm *ykvm_adopt(int fd, const struct ykvm_setup *setup, const struct ykvm_memory *memory, char *err);
void ykvm_close(struct ykvm *y); /* frames go to the stack again; NULL is fine */

/* What ykvm_open() does, in parts. */
void ykvm_config_setup(const struct ykvm_config *cfg, struct ykvm_setup *s);
int ykvm_bind(struct ykvm *y, const struct ykvm_config *cfg, char *err);
int ykvm_unbind(struct ykvm *y);
int ykvm_set_filter(struct ykvm *y, const struct sock_filter *insns, uint32_t len, char *err); /* NULL, 0: all frames */
int ykvm_set_filter_ebpf(struct ykvm *y, int prog_fd, char *err);

/* Memory for a ring of that setup, and its address and size into it. */
int ykvm_memory_new(struct ykvm_memory *m, struct ykvm_setup *s, bool huge_pages, char *err);
void ykvm_memory_free(struct ykvm_memory *m); /* safe on a zeroed struct */

/* Sleeps until frames are there: 1; the time is over: 0; -EINTR; -ENETDOWN, -ENODEV: nothing will come. */
int ykvm_wait(struct ykvm *y, uint64_t timeout_ns);
/* 0, or why nothing comes: -ENETDOWN, -ENODEV. */
int ykvm_status(const struct ykvm *y);
int ykvm_stats(struct ykvm *y, struct ykvm_stats *s);
/* Sends what ykvm_send() queued, and lets the NIC see what was released. */
int ykvm_kick(struct ykvm *y);

/* Queues a frame that is held, or one of the tx_buffers; -EAGAIN: all entries are in use. */
static inline int ykvm_send(struct ykvm *y, uint32_t buffer, uint32_t len)
{
	uint64_t consumer = __atomic_load_n(&y->reader.state->tx_consumer, __ATOMIC_ACQUIRE);

	if (y->tx_next - consumer >= y->setup.tx_slots)
		return -EAGAIN;
	y->tx[y->tx_next++ & (y->setup.tx_slots - 1)] = (struct ykvm_tx) { .buffer = buffer, .len = len };
	__atomic_store_n(&y->reader.user->tx_producer, (__u64)y->tx_next, __ATOMIC_RELEASE);
	return 0;
}

/* tx_buffers[i] to write a frame into; its number for ykvm_send() is setup.n_buffers + i. */
static inline uint8_t *ykvm_tx_buffer(const struct ykvm *y, uint32_t i)
{
	return y->memory.all + (size_t)(y->setup.n_buffers + i) * y->setup.buffer_bytes;
}

/* One frame after the other, by callback: the interface of the thesis that ykvm comes from. */
struct user_buff {
	struct ykvm *ykvm; /* from ykvm_open() */
	void *user; /* the callback's own */
	const struct ykvm_frame *frame; /* in the callback: what is known of the frame */
	const uint8_t *data; /* and its bytes, frame->caplen of them */
};

typedef void (*yk_handle)(struct user_buff *yk_data);

/*
 * Calls back for each frame until `length` bytes were taken, sleeping for
 * them; -1: until the ring is empty. Bytes taken, or -errno; a signal ends it.
 */
int get_packet(struct user_buff *yk_data, int length, yk_handle callback, char *err);

#endif
