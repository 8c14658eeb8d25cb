// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "harness/sink.h"
#include "harness/spec.h"

/* Frames of each sender: the first ones send what does not divide evenly. */
uint64_t sink_share(uint64_t count, uint32_t senders, uint32_t k)
{
	return count / senders + (k < count % senders);
}

int sink_init(struct sink *s, uint32_t frame_bytes, uint64_t count, uint32_t senders, struct err *e)
{
	uint32_t k;

	memset(s, 0, sizeof(*s));
	s->wire_bytes = frame_bytes - FCS_BYTES;
	s->n_streams = senders;
	for (k = 0; k < senders; k++) {
		s->stream[k].count = sink_share(count, senders, k);
		s->stream[k].seen = malloc(s->stream[k].count + 1);
		if (!s->stream[k].seen) {
			sink_free(s);
			return err_set(e, -ENOMEM, "sink: no memory for %lu sequence numbers", (unsigned long)count);
		}
		/* Touched here, so that no page fault falls into the trial. */
		memset(s->stream[k].seen, 0, s->stream[k].count + 1);
	}
	clock_map_begin(&s->clock);
	return 0;
}

void sink_free(struct sink *s)
{
	uint32_t k;

	for (k = 0; k < SINK_STREAMS; k++) {
		free(s->stream[k].seen);
		s->stream[k].seen = NULL;
	}
}

void sink_fill(const struct sink *s, struct outcome *o)
{
	uint32_t k;

	o->capture.received = s->received;
	o->capture.duplicates = s->duplicates;
	o->capture.corrupted = s->corrupted;
	o->capture.foreign = s->foreign;
	for (k = 0; k < s->n_streams; k++) {
		o->capture.unique += s->stream[k].unique;
		o->capture.reordered += s->stream[k].reordered;
	}
	o->latency.n = s->latency.n;
	if (!s->latency.n)
		return;
	o->latency.mean = s->latency.sum / s->latency.n;
	o->latency.p50 = histogram_quantile(&s->latency, 0.50);
	o->latency.p90 = histogram_quantile(&s->latency, 0.90);
	o->latency.p99 = histogram_quantile(&s->latency, 0.99);
	o->latency.p99_9 = histogram_quantile(&s->latency, 0.999);
	o->latency.max = s->latency.max;
}
