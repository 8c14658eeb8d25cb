// SPDX-License-Identifier: GPL-2.0-or-later
/* pf-ring: PF_RING's ring, which holds copies of the stack's frames, through its library. */
#include <errno.h>
#include <string.h>

#include "capture-impls/capture.h"

#define SUMMARY "pf_ring module: a copy of each frame of the stack into a ring that the reader maps"

#ifdef RXLAB_PFRING

#include <pfring.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "capture-impls/common/module.h"
#include "harness/util/file.h"

#define MODULE "pf_ring"

struct pf_ring {
	uint32_t snaplen, slots; /* parameters */
	pfring *ring;
};

static const struct capture_param params[] = {
	{ "snaplen", PARAM_U32, offsetof(struct pf_ring, snaplen), "1536", 58, 65535, "bytes: captured of each frame" },
	{ "slots", PARAM_U32, offsetof(struct pf_ring, slots), "4096", 64, 131072,
	  "frames: at least, that the ring holds; only if the module is not loaded yet" },
	{ 0 },
};

static int probe(struct err *why)
{
	return module_probe(MODULE, why);
}

static int open_pf_ring(struct capture *c)
{
	struct pf_ring *p = c->priv;
	char text[32];
	int r;

	snprintf(text, sizeof(text), "min_num_slots=%u", p->slots);
	r = module_load(MODULE, text, c->undo, &c->err);
	if (r)
		return r;
	/* Asks for the short header. The library has no way to tell this module not to parse or stamp frames. */
	p->ring = pfring_open(c->ifname, p->snaplen, 0);
	if (!p->ring)
		return err_sys(&c->err, "pf-ring: %s: cannot be opened", c->ifname);
	r = pfring_set_socket_mode(p->ring, recv_only_mode);
	r = r ? r : pfring_set_direction(p->ring, rx_only_direction);
	r = r ? r : pfring_set_poll_watermark(p->ring, 1);
	r = r ? r : pfring_enable_ring(p->ring);
	if (r)
		return err_set(&c->err, -EIO, "pf-ring: %s: the library refuses (%d)", c->ifname, r);
	file_get_line("/sys/module/pf_ring/parameters/min_num_slots", text, sizeof(text));
	return outcome_knob(c->outcome, "min_num_slots", text);
}

static int poll_pf_ring(struct capture *c, int budget)
{
	struct pf_ring *p = c->priv;
	struct pfring_pkthdr header;
	u_char *data = NULL;
	int n;

	for (n = 0; n < budget && pfring_recv(p->ring, &data, 0, &header, 0) > 0; n++)
		sink_packet(c->sink, data, header.caplen, header.len);
	return n;
}

static int wait_pf_ring(struct capture *c, uint64_t timeout_ns)
{
	struct pf_ring *p = c->priv;

	pfring_poll(p->ring, (u_int)(timeout_ns / 1000000));
	return 0;
}

/* The library's count of received frames is the number of frames that were read. */
static int counts(struct capture *c, struct capture_counts *counts)
{
	struct pf_ring *p = c->priv;
	uint32_t left = pfring_get_num_queued_pkts(p->ring);
	pfring_stat stats;

	if (pfring_stats(p->ring, &stats))
		return 0;
	counts->received = counter_of(stats.recv + left);
	counts->dropped = counter_of(stats.drop);
	counts->left = counter_of(left);
	return 0;
}

/*
 * Without Redis, the library releases ring and socket only if PF_RING_RUNTIME_MANAGER is in the environment: an
 * #ifdef in pfring_close() removed the statement that its if guarded. So the ring's own close is called here, once.
 */
static void close_pf_ring(struct capture *c)
{
	struct pf_ring *p = c->priv;
	void (*release)(pfring *);

	if (!p->ring)
		return;
	pfring_shutdown(p->ring);
	release = p->ring->close;
	p->ring->close = NULL;
	p->ring->shutdown = NULL;
	release(p->ring);
	pfring_close(p->ring);
}

const struct capture_ops capture_pf_ring = {
	.name = "pf-ring",
	.summary = SUMMARY,
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_NEEDS_MODULE | CAPTURE_COUNTS_DROPS,
	.priv_size = sizeof(struct pf_ring),
	.params = params,
	.probe = probe,
	.open = open_pf_ring,
	.poll = poll_pf_ring,
	.wait = wait_pf_ring,
	.counts = counts,
	.close = close_pf_ring,
};

#else

static int probe(struct err *why)
{
	return err_set(
		why, -ENOENT,
		"built without PF_RING: no pfring.h with libpfring.a; 'make PFRING_DIR=FOLDER', its source tree");
}

const struct capture_ops capture_pf_ring = {
	.name = "pf-ring",
	.summary = SUMMARY,
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_NEEDS_MODULE | CAPTURE_NOT_BUILT,
	.probe = probe,
};

#endif
