/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The per-packet work, the same for every capture implementation: inline, no
 * indirect call. It knows a trial's frame by pktgen's magic, checks its
 * sequence number and times it. About 40 instructions a frame in order; what
 * is rare is out of line.
 *
 * Frame: Ethernet 14, IPv4 20, UDP 8, then pktgen's header in network order:
 * magic 4, sequence 4, seconds 4, microseconds 4. Sender k of n numbers its
 * frames 1, 2, 3, ... by itself; its UDP source port is SINK_PORT + k.
 *
 * The delay of a frame ends where its batch is handed over: the clock is read
 * once for all of them, by sink_batch(), and what the reader does with the
 * frames before it in the batch is not in it. The reader calls sink_batch()
 * before each poll; a capture that gets several batches in one poll calls it
 * again for each, when it has the batch in hand.
 */
#ifndef RXLAB_SINK_H
#define RXLAB_SINK_H

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "harness/clock.h"
#include "harness/histogram.h"
#include "harness/outcome.h"
#include "harness/util/err.h"
#include "harness/verify.h"
#include "harness/work.h"

#define SINK_MAGIC 0xbe9be955u
#define SINK_PORT 9000
#define SINK_HEAD_BYTES 58 /* what a capture must deliver of a frame for the sink to know it */
#define SINK_OFF_PORT 34
#define SINK_OFF_MAGIC 42
#define SINK_OFF_SEQ 46
#define SINK_OFF_STAMP 50
#define SINK_STREAMS 2
#define SINK_SECOND_NS 1000000000u

/* What was seen of a sequence number. */
enum {
	SINK_SEEN = 1,
	SINK_REPEATED = 2,
	SINK_LATE = 4, /* behind a higher one */
	SINK_CORRUPTED = 8, /* a frame of that number was not as it was sent */
};

/* One sender's sequence numbers. */
struct sink_stream {
	uint32_t last; /* highest sequence number seen; above it, all are new */
	uint32_t count; /* sequence numbers go from 1 to this */
	uint64_t unique;
	uint64_t reordered;
	uint8_t *seen; /* one byte a sequence number: SINK_SEEN, ... */
};

struct sink {
	uint32_t
		plain_bytes; /* frames of fewer captured bytes go another way: short ones, or all where there is work */
	uint32_t wire_bytes; /* length of a trial's frame without FCS */
	uint64_t now; /* of the batch, in the stamps' scale: sink_batch() */
	struct sink_stream stream[SINK_STREAMS];
	uint64_t duplicates;
	uint64_t corrupted;
	uint64_t foreign;
	uint32_t n_streams;
	uint64_t second; /* start of the second in which the last batch came, ns */
	uint64_t second_scaled; /* the same in the stamps' scale */
	struct clock_map clock; /* time stamp counter to the clock of pktgen's stamps */
	struct work work;
	struct verify verify;
	struct histogram latency; /* ns */
};

int sink_init(struct sink *s, uint32_t frame_bytes, uint64_t count, uint32_t senders, struct err *e);
/* What the consumer does with every frame, beside the sink's own checks. -ENOMEM. */
int sink_work(struct sink *s, const struct work_setting *work, struct err *e);
void sink_verify(struct sink *s, const struct verify *v); /* from now on every byte counts */
void sink_free(struct sink *s); /* safe on a zeroed struct */
uint64_t sink_share(uint64_t count, uint32_t senders, uint32_t k); /* frames that sender k sends */
uint64_t sink_received(const struct sink *s); /* trial frames, repeated and corrupted ones too; from any thread */
void sink_fill(const struct sink *s, struct outcome *o); /* capture, work and latency parts */

/* What sink_packet() leaves to be done out of line. */
void sink_packet_special(struct sink *s, const uint8_t *data, uint32_t caplen, uint32_t len);
void sink_corrupted(struct sink *s, struct sink_stream *st, uint32_t seq);
void sink_late(struct sink *s, struct sink_stream *st, uint32_t seq, uint64_t stamp);
void sink_time_far(struct sink *s, uint64_t stamp);
void sink_new_second(struct sink *s, uint64_t now);

/*
 * A stamp is seconds << 32 | microseconds. Times 1000, differences within one
 * second are ns; that is the stamps' scale, and costs no look at the seconds.
 */
static inline uint64_t sink_scale(uint64_t stamp)
{
	return stamp * 1000;
}

/* Frames from now on were handed over now. */
static inline void sink_batch(struct sink *s)
{
	uint64_t now = clock_realtime(&s->clock);

	if (__builtin_expect(now - s->second >= SINK_SECOND_NS, 0))
		sink_new_second(s, now);
	s->now = s->second_scaled + (now - s->second);
}

static inline void sink_time(struct sink *s, uint64_t stamp)
{
	uint64_t delay = s->now - sink_scale(stamp);

	/* Another second's stamp, or one of the future, is far off in this scale; below 32 ns the histogram differs. */
	if (__builtin_expect(delay - HISTOGRAM_SUB >= SINK_SECOND_NS - HISTOGRAM_SUB, 0))
		sink_time_far(s, stamp);
	else
		histogram_add(&s->latency, delay);
}

/* A frame of which at least SINK_HEAD_BYTES are there. */
static inline void sink_check(struct sink *s, const uint8_t *data, uint32_t len)
{
	struct sink_stream *st = &s->stream[0];
	uint32_t magic, seq;
	uint64_t stamp;
	uint16_t port;

	memcpy(&magic, data + SINK_OFF_MAGIC, sizeof(magic));
	memcpy(&port, data + SINK_OFF_PORT, sizeof(port));
	memcpy(&seq, data + SINK_OFF_SEQ, sizeof(seq));
	memcpy(&stamp, data + SINK_OFF_STAMP, sizeof(stamp));
	if (__builtin_expect(magic != htonl(SINK_MAGIC), 0)) {
		s->foreign++;
		return;
	}
	if (port != htons(SINK_PORT)) {
		if (port != htons(SINK_PORT + 1) || s->n_streams < 2) {
			s->foreign++;
			return;
		}
		st = &s->stream[1];
	}
	seq = ntohl(seq);
	stamp = __builtin_bswap64(stamp);
	if (__builtin_expect(seq > st->count || len != s->wire_bytes, 0)) {
		sink_corrupted(s, st, seq);
		return;
	}
	if (__builtin_expect(seq <= st->last, 0)) {
		sink_late(s, st, seq, stamp);
		return;
	}
	st->last = seq;
	st->seen[seq] |= SINK_SEEN;
	st->unique++;
	sink_time(s, stamp);
}

/* data: caplen bytes from the Ethernet header on, of a frame that was len bytes long (no FCS). */
static inline void sink_packet(struct sink *s, const uint8_t *data, uint32_t caplen, uint32_t len)
{
	if (__builtin_expect(caplen < s->plain_bytes, 0))
		sink_packet_special(s, data, caplen, len);
	else
		sink_check(s, data, len);
}

#endif
