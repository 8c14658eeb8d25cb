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
	s->plain_bytes = SINK_HEAD_BYTES;
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

int sink_work(struct sink *s, const struct work_setting *work, struct err *e)
{
	int r = work_init(&s->work, work, e);

	/* With work to do, no frame is plain: the test for short ones finds them all, and without work nothing is paid. */
	if (!r && s->work.frame)
		s->plain_bytes = UINT32_MAX;
	return r;
}

void sink_free(struct sink *s)
{
	uint32_t k;

	for (k = 0; k < SINK_STREAMS; k++) {
		free(s->stream[k].seen);
		s->stream[k].seen = NULL;
	}
	work_free(&s->work);
}

/* A frame that says of itself that it is the trial's, but is not as it was sent, goes no further. */
static void sink_check_whole(struct sink *s, const uint8_t *data, uint32_t caplen, uint32_t len)
{
	uint32_t magic, seq, k;
	uint16_t port;

	memcpy(&magic, data + SINK_OFF_MAGIC, sizeof(magic));
	memcpy(&port, data + SINK_OFF_PORT, sizeof(port));
	memcpy(&seq, data + SINK_OFF_SEQ, sizeof(seq));
	k = ntohs(port) - SINK_PORT;
	if (magic == htonl(SINK_MAGIC) && k < s->n_streams && !verify_frame(&s->verify, data, caplen, len))
		sink_corrupted(s, &s->stream[k], ntohl(seq));
	else
		sink_check(s, data, len);
}

void sink_verify(struct sink *s, const struct verify *v)
{
	s->verify = *v;
	s->verify.on = true;
	s->plain_bytes = UINT32_MAX;
}

void sink_packet_special(struct sink *s, const uint8_t *data, uint32_t caplen, uint32_t len)
{
	if (s->work.frame)
		s->work.frame(&s->work, data, caplen, len);
	if (caplen < SINK_HEAD_BYTES)
		s->foreign++;
	else if (s->verify.on)
		sink_check_whole(s, data, caplen, len);
	else
		sink_check(s, data, len);
}

void sink_corrupted(struct sink *s, struct sink_stream *st, uint32_t seq)
{
	s->corrupted++;
	if (seq <= st->count)
		st->seen[seq] |= SINK_CORRUPTED;
}

/* A sequence number not above the highest seen: repeated, out of order, or none (they go from 1). */
void sink_late(struct sink *s, struct sink_stream *st, uint32_t seq, uint64_t stamp)
{
	if (seq == 0) {
		s->corrupted++;
	} else if (st->seen[seq] & SINK_SEEN) {
		st->seen[seq] |= SINK_REPEATED;
		s->duplicates++;
	} else {
		st->seen[seq] |= SINK_SEEN | SINK_LATE;
		st->unique++;
		st->reordered++;
		sink_time(s, stamp);
	}
}

void sink_new_second(struct sink *s, uint64_t now)
{
	uint64_t sec = now / SINK_SECOND_NS;

	s->second = sec * SINK_SECOND_NS;
	s->second_scaled = sink_scale(sec << 32);
}

/* By the book: ns since the stamp; 0 for one of the future (pktgen's are cut to microseconds, a batch began before). */
void sink_time_far(struct sink *s, uint64_t stamp)
{
	uint64_t now = s->second + (s->now - s->second_scaled);
	uint64_t at = (stamp >> 32) * SINK_SECOND_NS + (uint32_t)stamp * 1000ULL;

	histogram_add(&s->latency, now > at ? now - at : 0);
}

static uint64_t sink_load(const uint64_t *count)
{
	return __atomic_load_n(count, __ATOMIC_RELAXED);
}

uint64_t sink_received(const struct sink *s)
{
	uint64_t n = sink_load(&s->duplicates) + sink_load(&s->corrupted);
	uint32_t k;

	for (k = 0; k < s->n_streams; k++)
		n += sink_load(&s->stream[k].unique);
	return n;
}

void sink_fill(const struct sink *s, struct outcome *o)
{
	uint32_t k;

	o->capture.received = sink_received(s);
	o->capture.duplicates = s->duplicates;
	o->capture.corrupted = s->corrupted;
	o->capture.foreign = s->foreign;
	for (k = 0; k < s->n_streams; k++) {
		o->capture.unique += s->stream[k].unique;
		o->capture.reordered += s->stream[k].reordered;
	}
	work_fill(&s->work, &o->work);
	o->latency.n = histogram_count(&s->latency);
	if (!o->latency.n)
		return;
	o->latency.mean = s->latency.sum / o->latency.n;
	o->latency.p50 = histogram_quantile(&s->latency, 0.50);
	o->latency.p90 = histogram_quantile(&s->latency, 0.90);
	o->latency.p99 = histogram_quantile(&s->latency, 0.99);
	o->latency.p99_9 = histogram_quantile(&s->latency, 0.999);
	o->latency.max = s->latency.max;
	memcpy(o->latency.bucket, s->latency.bucket, sizeof(o->latency.bucket));
}
