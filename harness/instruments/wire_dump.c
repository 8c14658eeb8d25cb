// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/sink/sink.h"
#include "harness/instruments/wire_dump.h"

#define PCAP_MAGIC_US 0xa1b2c3d4u

struct pcap_head {
	uint32_t magic, version, zone, accuracy, snaplen, linktype;
};

struct pcap_record {
	uint32_t sec, usec, caplen, len;
};

int wire_open(struct wire *w, const char *path, struct err *e)
{
	struct pcap_head h;

	w->in = fopen(path, "re");
	if (!w->in)
		return err_sys(e, "%s", path);
	if (fread(&h, sizeof(h), 1, w->in) != 1 || h.magic != PCAP_MAGIC_US)
		return err_set(e, -EPROTO, "%s: not what QEMU's filter-dump writes", path);
	return 0;
}

bool wire_next(struct wire *w, struct wire_frame *f)
{
	struct pcap_record r;
	uint8_t bytes[128];
	uint32_t magic, seq;
	uint16_t port;

	if (fread(&r, sizeof(r), 1, w->in) != 1 || r.caplen > sizeof(bytes) ||
	    fread(bytes, 1, r.caplen, w->in) != r.caplen)
		return false;
	*f = (struct wire_frame) { .ns = r.sec * 1000000000ULL + r.usec * 1000ULL, .bytes = r.len };
	if (r.caplen < SINK_OFF_STAMP)
		return true;
	memcpy(&magic, bytes + SINK_OFF_MAGIC, sizeof(magic));
	memcpy(&seq, bytes + SINK_OFF_SEQ, sizeof(seq));
	memcpy(&port, bytes + SINK_OFF_PORT, sizeof(port));
	f->magic = magic == htonl(SINK_MAGIC);
	f->sender = ntohs(port) - SINK_PORT;
	f->seq = ntohl(seq);
	return true;
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* A percentile: the smallest value that the given percentage of all values does not exceed. */
static uint64_t percentile(const uint64_t *sorted, uint64_t n, uint64_t percent)
{
	return sorted[(n * percent + 99) / 100 - 1];
}

int gaps_push(struct gaps *g, uint64_t ns)
{
	uint64_t *more;

	if (g->n == g->room) {
		g->room = g->room ? g->room * 2 : 4096;
		more = realloc(g->all, g->room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		g->all = more;
	}
	g->all[g->n++] = ns;
	return 0;
}

int gaps_add(struct gaps *g, struct wire *w, struct err *e)
{
	struct wire_frame f;
	uint64_t last = 0;

	while (wire_next(w, &f)) {
		if (!f.magic)
			continue;
		if (last && gaps_push(g, f.ns - last))
			return err_set(e, -ENOMEM, "gaps: no memory");
		last = f.ns;
	}
	return 0;
}

static double squared_variation(const struct gaps *g)
{
	double sum = 0, squares = 0;
	uint64_t i;

	for (i = 0; i < g->n; i++) {
		sum += (double)g->all[i];
		squares += (double)g->all[i] * (double)g->all[i];
	}
	return sum > 0 ? (double)g->n * squares / (sum * sum) - 1 : 0;
}

void gaps_close(struct gaps *g)
{
	if (g->n) {
		qsort(g->all, g->n, sizeof(*g->all), ascending);
		g->p50 = percentile(g->all, g->n, 50);
		g->p99 = percentile(g->all, g->n, 99);
		g->max = g->all[g->n - 1];
		g->scv = squared_variation(g);
	}
	free(g->all);
	g->all = NULL;
}

void wire_close(struct wire *w)
{
	if (w->in)
		fclose(w->in);
	w->in = NULL;
}
