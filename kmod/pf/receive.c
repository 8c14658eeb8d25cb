// SPDX-License-Identifier: GPL-2.0-only
/*
 * recvmsg(): the kernel as the ring's reader, for programs that do not map it.
 * It keeps to the reader's half of the barrier table in uapi/ykvm.h, whose
 * letters these are. Once the areas were mapped this is over; but they may be
 * mapped while a frame is taken, so the indices are believed no more than
 * elsewhere. slots[] and frames[] are the kernel's. The ring's memory stays, as
 * only setup replaces it, under lock_sock().
 */
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/uio.h>

#include "pf/zerocopy.h"

/* Held from take to release. */
struct taken {
	u64 from; /* its first position */
	u64 n; /* positions */
	struct ykvm_frame frame;
	u32 buffer; /* the first */
};

static void taken_look(struct ykvm_ring *r, struct taken *t, u64 busy)
{
	t->buffer = r->newest ? t->from & r->mask : READ_ONCE(r->slots[t->from & r->mask]);
	t->n = r->newest ? clamp_t(u64, READ_ONCE(r->frames[t->buffer].buffers), 1, busy) : 1;
}

static bool receive_gives_up(void)
{
	cond_resched();
	return signal_pending(current);
}

/* The oldest frame, if there is one. Indices that somebody set wrong are put right; the frames are lost. */
static bool receive_take(struct ykvm_ring *r, struct taken *t)
{
	u64 busy, producer;

	do {
		t->from = smp_load_acquire(&r->user->consumer); /* E, before F */
		producer = smp_load_acquire(&r->state->producer); /* F, matches D */
		busy = producer - t->from;
		if (!busy)
			return false;
		if (unlikely(busy > r->n_slots)) {
			/* overwriting, it may just have been moved; then this fails */
			if (cmpxchg(&r->user->consumer, t->from, producer) == t->from)
				smp_store_release(&r->user->released, producer);
			continue;
		}
		taken_look(r, t, busy);
		if (cmpxchg(&r->user->consumer, t->from, t->from + t->n) == t->from) { /* G, matches A, against B */
			t->frame = r->frames[t->buffer];
			return true;
		}
	} while (!receive_gives_up()); /* somebody else may set them wrong without end */
	return false;
}

static void receive_release(struct ykvm_client *c, const struct taken *t)
{
	struct ykvm_ring *r = &c->ring;

	smp_store_release(&r->user->released, t->from + t->n); /* H, matches C */
	if (READ_ONCE(r->state->kick))
		ykvm_client_kick(c);
}

/* Out of the buffers, of which only the positions are in a row. */
static int receive_copy(const struct ykvm_ring *r, const struct taken *t, struct msghdr *msg, size_t bytes)
{
	size_t room = 1UL << r->buffer_shift;
	u32 buffer = t->buffer;

	bytes = min_t(size_t, bytes, t->n << r->buffer_shift);
	while (bytes) {
		size_t part = min(bytes, room);

		if (copy_to_iter(ykvm_ring_buffer(r, buffer), part, &msg->msg_iter) != part)
			return -EFAULT;
		bytes -= part;
		buffer = (buffer + 1) & r->mask; /* a chain: the newest is dropped, position p in buffer p & mask */
	}
	return 0;
}

static void receive_name(const struct zerocopy_sock *zs, struct msghdr *msg)
{
	if (!msg->msg_name)
		return;
	memcpy(msg->msg_name, &zs->name, sizeof(zs->name));
	msg->msg_namelen = sizeof(zs->name);
}

static int receive_deliver(struct zerocopy_sock *zs, struct taken *t, struct msghdr *msg, size_t len, int flags)
{
	size_t bytes = min_t(size_t, len, t->frame.caplen);
	int ret = receive_copy(&zs->client->ring, t, msg, bytes);

	if (ret)
		return ret;
	if (bytes < t->frame.len)
		msg->msg_flags |= MSG_TRUNC;
	receive_name(zs, msg);
	if (msg->msg_controllen)
		put_cmsg(msg, SOL_ZEROCOPY, ZEROCOPY_FRAME, sizeof(t->frame), &t->frame);
	return flags & MSG_TRUNC ? t->frame.len : bytes;
}

/* The ring is empty. 0: it is worth waiting; 1: nothing will come; -errno: why not. */
static int receive_state(struct zerocopy_sock *zs)
{
	u32 status = READ_ONCE(zs->client->ring.state->status);
	int ret = sock_error(&zs->sk);

	if (ret)
		return ret;
	if (READ_ONCE(zs->sk.sk_shutdown) & RCV_SHUTDOWN)
		return 1;
	if (status & (YKVM_STATUS_GONE | YKVM_STATUS_DOWN))
		return -ENETDOWN;
	return status & YKVM_STATUS_BOUND ? 0 : -ENOTCONN;
}

/* Takes the oldest frame that can be read; *state says what to do if there is none: false. */
static bool receive_begin(struct zerocopy_sock *zs, struct taken *t, int *state)
{
	while (receive_take(&zs->client->ring, t)) {
		if (!(t->frame.flags & YKVM_FRAME_SKIP))
			return true;
		receive_release(zs->client, t);
	}
	*state = receive_state(zs);
	return false;
}

/* One frame, or -EAGAIN: it is worth waiting. */
static int receive_one(struct zerocopy_sock *zs, struct msghdr *msg, size_t len, int flags)
{
	struct taken t;
	int ret;

	lock_sock(&zs->sk);
	if (!zs->setup.abi) {
		ret = -ENOTCONN;
	} else if (READ_ONCE(zs->mapped)) {
		ret = -EBUSY;
	} else if (receive_begin(zs, &t, &ret)) {
		ret = receive_deliver(zs, &t, msg, len, flags);
		receive_release(zs->client, &t);
	} else if (ret >= 0) {
		ret = ret ? 0 : -EAGAIN;
	}
	release_sock(&zs->sk);
	return ret;
}

static int receive_wait(struct zerocopy_sock *zs, long timeo, ktime_t end)
{
	struct ykvm_wait w = { .timeout_ns = KTIME_MAX };
	int ret;

	if (!timeo)
		return -EAGAIN;
	if (timeo != MAX_SCHEDULE_TIMEOUT)
		w.timeout_ns = max_t(s64, ktime_to_ns(ktime_sub(end, ktime_get())), 0);
	ret = ykvm_client_wait(zs->client, &w);
	if (ret == -ETIME)
		return -EAGAIN;
	return ret == -ERESTARTNOHAND ? sock_intr_errno(timeo) : ret;
}

int zerocopy_recvmsg(struct socket *sock, struct msghdr *msg, size_t len, int flags)
{
	struct zerocopy_sock *zs = zerocopy_sk(sock->sk);
	long timeo = sock_rcvtimeo(sock->sk, flags & MSG_DONTWAIT);
	ktime_t end = 0;
	int ret;

	if (flags & ~(MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_COMPAT))
		return -EINVAL;
	if (timeo && timeo != MAX_SCHEDULE_TIMEOUT)
		end = ktime_add_ns(ktime_get(), jiffies_to_nsecs(timeo));
	for (;;) {
		ret = receive_one(zs, msg, len, flags);
		if (ret != -EAGAIN)
			return ret;
		ret = signal_pending(current) && timeo ? sock_intr_errno(timeo) : receive_wait(zs, timeo, end);
		if (ret)
			return ret;
	}
}
