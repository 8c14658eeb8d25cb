// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client's whole life, of which one step may fail, in the guest: rings of both policies and of the reader's own
 * memory are set up, mapped, filtered, bound, fed, sent from and left as they are.
 *
 *   guest_fail CAPTURED SENT_ON     both ends of a veth pair
 *
 * exit 0: all went well; 3: a step failed with ENOMEM; 1: with anything else, or not at all but wrongly.
 */
#include <errno.h>
#include <linux/filter.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kmod/tests/guest.h"

#define SLOTS 64
#define BYTES 256

static int set_filter(const struct guest_ring *g)
{
	struct sock_filter all[] = { BPF_STMT(BPF_RET | BPF_K, 0xffff) };
	struct ykvm_filter f = { .kind = YKVM_FILTER_CLASSIC, .len = 1, .insns = (uintptr_t)all };

	return guest_ioctl(g->fd, YKVM_FILTER, &f);
}

static bool frames_come(struct guest_ring *g, int sender)
{
	uint8_t f[60] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, 0x88, 0xb5 };
	struct pollfd p = { .fd = g->fd, .events = POLLIN };
	struct ykvm_wait w = { .timeout_ns = 1000000000 };
	int i;

	for (i = 0; i < 3; i++)
		if (send(sender, f, sizeof(f), 0) != sizeof(f))
			return false;
	return poll(&p, 1, 1000) == 1 && guest_ioctl(g->fd, YKVM_WAIT, &w) == 0;
}

/* One frame back out; that it could not be sent is no failure, but must be said. */
static bool send_one(struct guest_ring *g)
{
	struct ykvm_tx *tx = (void *)(g->user + g->setup.tx_off);
	struct ykvm_batch b = ykvm_reader_take(&g->reader, 1);
	const uint8_t *data;
	const struct ykvm_frame *f = ykvm_batch_next(&b, &data);
	struct ykvm_stats s;

	tx[0] = (struct ykvm_tx) { .buffer = (uint32_t)(f - g->reader.frames), .len = f->len };
	ykvm_reader_keep(&g->reader, &b);
	__atomic_store_n(&g->reader.user->tx_producer, 1, __ATOMIC_RELEASE);
	if (guest_ioctl(g->fd, YKVM_KICK, NULL) != 0)
		return false;
	s = guest_stats(g);
	return s.sent + s.send_failed == 1 && g->reader.state->tx_done == 1;
}

static int failure(const char *step, int error)
{
	printf("# %s: %s\n", step, strerror(error));
	return error == ENOMEM ? 3 : 1;
}

static int live(const char *captured, int sender, const struct ykvm_setup *want)
{
	struct guest_ring g;
	int ret;

	if (!guest_open(&g, want))
		return failure("open, setup or mmap", errno);
	ret = set_filter(&g);
	if (ret)
		return failure("filter", -ret);
	ret = guest_bind(g.fd, if_nametoindex(captured));
	if (ret)
		return failure("bind", -ret);
	if (!frames_come(&g, sender))
		return failure("frames", EIO);
	if (!send_one(&g))
		return failure("sending", EIO);
	ret = guest_ioctl(g.fd, YKVM_UNBIND, NULL);
	if (ret)
		return failure("unbind", -ret);
	guest_close(&g);
	return 0;
}

int main(int argc, char **argv)
{
	struct ykvm_setup want[] = {
		{ .slots = SLOTS, .buffer_bytes = BYTES },
		{ .slots = SLOTS, .buffer_bytes = BYTES, .flags = YKVM_SETUP_DROP_NEWEST },
		{ .slots = SLOTS, .buffer_bytes = BYTES, .flags = YKVM_SETUP_DROP_NEWEST | YKVM_SETUP_USER_MEMORY },
	};
	int sender = argc == 3 ? guest_sender(argv[2]) : -1;
	int ret = 0;
	size_t i;

	if (sender < 0) {
		fprintf(stderr, "guest_fail CAPTURED SENT_ON\n");
		return 2;
	}
	want[2].memory_bytes = SLOTS * BYTES;
	want[2].memory_addr = (uintptr_t)mmap(NULL, SLOTS * BYTES, PROT_READ | PROT_WRITE,
					      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	for (i = 0; i < sizeof(want) / sizeof(*want) && !ret; i++)
		ret = live(argv[1], sender, &want[i]);
	return ret;
}
