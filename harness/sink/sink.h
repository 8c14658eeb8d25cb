/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The per-packet work, the same for every capture implementation: inline, no
 * indirect call. It knows a trial's frame by pktgen's magic, checks its
 * sequence number and notes its delay: 22 instructions for a new frame behind
 * the last, with or without frames missing between them. What is rare is out
 * of line; delays become a histogram when the trial is over.
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

#include "harness/util/clock.h"
#include "harness/util/histogram.h"
#include "harness/record/outcome.h"
#include "harness/util/err.h"
#include "harness/sink/verify.h"
#include "harness/sink/work.h"

#define SINK_MAGIC 0xbe9be955u
#define SINK_PORT 9000
#define SINK_HEAD_BYTES 58 /* what a capture must deliver of a frame for the sink to know it */
#define SINK_OFF_PORT 34
#define SINK_OFF_MAGIC 42
#define SINK_OFF_SEQ 46
#define SINK_OFF_STAMP 50
#define SINK_STREAMS 2
#define SINK_SECOND_NS 1000000000u

/* Marks of a sequence number. */
enum {
	SINK_SEEN = 1, /* has a delay; in no byte of marks */
	SINK_REPEATED = 2,
	SINK_LATE = 4, /* behind a higher one of its flow */
	SINK_CORRUPTED = 8, /* a frame of that number was not as it was sent */
};

/* Special values in place of a delay: no frame came, or the delay is in late_by. */
#define SINK_NO_DELAY UINT32_MAX
#define SINK_FAR_DELAY (UINT32_MAX - 1)

/*
 * One sender's sequence numbers. A key is a frame's magic and sequence number read as one 64-bit number: the keys of the
 * trial's next frames are above last's and not above end; anything else found there falls outside.
 */
struct sink_stream {
	uint64_t last; /* highest key seen; above it, all are new */
	uint64_t end; /* key of the last sequence number */
	uint32_t *delay; /* ns, by sequence number; SINK_NO_DELAY, SINK_FAR_DELAY */
	uint8_t *marks; /* one byte a sequence number: SINK_REPEATED, ... */
	uint64_t behind; /* frames with a number below the highest seen, of whatever flow */
	uint64_t reordered; /* of those, behind a higher number of their own flow */
	uint32_t count; /* sequence numbers go from 1 to this */
	uint32_t from, upto; /* of the numbers above from, up to upto, flow_highest[] knows */
	uint32_t *flow_highest; /* number seen, by flow; NULL: there is one flow */
};

/* Which flow a sequence number is of: the senders' frames are of the flows in turn, or of those of a file's frames. */
struct sink_flows {
	const uint32_t *of; /* by frame of the file, below n; NULL: flow = number modulo n */
	uint32_t period; /* of of[] */
	uint32_t n;
};

struct sink {
	uint32_t plain_bytes; /* frames of fewer captured bytes go another way: cut ones, or all where there is work */
	uint32_t wire_bytes; /* length of a trial's frame without FCS */
	uint64_t now; /* of the batch, in the stamps' scale: sink_batch() */
	struct sink_stream stream[SINK_STREAMS];
	uint64_t duplicates;
	uint64_t corrupted;
	uint64_t foreign;
	uint64_t truncated;
	const uint16_t
		*lengths; /* without FCS, in turn from number 1 on, where they differ; NULL: all are wire_bytes */
	uint32_t n_lengths;
	const struct frame_mix *mix; /* sizes whose frames are counted; NULL: all frames have one */
	uint8_t *size_of; /* by length without FCS: which size of the mix, from 1; 0: none */
	uint64_t by_size[MIX_SIZES_MAX];
	uint32_t n_streams;
	struct sink_flows flows;
	uint64_t second; /* in which now is in the stamps' scale: start of it, ns */
	uint64_t to_scale; /* from clock_elapsed() to that scale */
	struct clock_map clock; /* time stamp counter to the clock of pktgen's stamps */
	struct work work;
	struct verify verify;
	struct histogram late_by; /* delays that have no place among the others, ns */
};

int sink_init(struct sink *s, uint32_t frame_bytes, uint64_t count, uint32_t senders, struct err *e);
/* What the consumer does with every frame, beside the sink's own checks. -ENOMEM. */
int sink_work(struct sink *s, const struct work_setting *work, struct err *e);
void sink_verify(struct sink *s, const struct verify *v); /* from now on every byte counts */
/* The frames' lengths in turn (n of them), where they differ. The caller's, until the sink is freed. */
void sink_lengths(struct sink *s, const uint16_t *lengths, uint32_t n);
/* Frames of a mix, the caller's until the sink is freed: counted by size. Without lengths in turn, in any order. -ENOMEM. */
int sink_mix(struct sink *s, const struct frame_mix *mix, struct err *e);
/* Frames of several flows: only a lower number of the same flow is reordered. f->of is the caller's until the end. -ENOMEM. */
int sink_flows(struct sink *s, const struct sink_flows *f, struct err *e);
void sink_clock(struct sink *s, const struct clock_map *clock); /* from the next batch on */
/* As if s had seen what another sink of the same trial saw; that one then tells nothing of use. */
void sink_merge(struct sink *s, const struct sink *more);
void sink_free(struct sink *s); /* safe on a zeroed struct */
uint64_t sink_share(uint64_t count, uint32_t senders, uint32_t k); /* frames that sender k sends */
uint64_t sink_progress(const struct sink *s); /* another number when a frame of the trial has come; from any thread */
uint8_t sink_seen(const struct sink_stream *st, uint32_t seq); /* SINK_SEEN, ...; seq: 1 to count */
void sink_latency(const struct sink *s, struct histogram *h); /* delays of all unique frames, ns */
void sink_fill(const struct sink *s, struct outcome *o); /* capture, work and latency parts */

/* The rare cases of sink_packet(), out of line. */
void sink_special(struct sink *s, const uint8_t *data, uint32_t caplen, uint32_t len);
void sink_second_sender(struct sink *s, const uint8_t *data);
void sink_unexpected(struct sink *s, const uint8_t *data) __attribute__((cold));
void sink_far(struct sink *s, struct sink_stream *st, uint32_t seq, uint64_t stamp) __attribute__((cold));

/*
 * A stamp is seconds << 32 | microseconds. Times 1000, differences within one
 * second are ns; that is the stamps' scale, and costs no look at the seconds.
 */
static inline uint64_t sink_scale(uint64_t stamp)
{
	return stamp * 1000;
}

static inline uint64_t sink_be64(const uint8_t *data)
{
	uint64_t v;

	memcpy(&v, data, sizeof(v));
	return __builtin_bswap64(v);
}

/* Marks the time at which the following frames were handed over. */
static inline void sink_batch(struct sink *s)
{
	s->now = clock_elapsed(&s->clock) + s->to_scale;
}

/* The first frame with its number. A stamp of another second, or of the future, gives a value far out of range. */
static inline void sink_note(struct sink *s, struct sink_stream *st, uint32_t seq, uint64_t stamp)
{
	uint64_t delay = s->now - sink_scale(stamp);

	if (__builtin_expect(delay >= SINK_SECOND_NS, 0))
		sink_far(s, st, seq, stamp);
	else
		st->delay[seq] = (uint32_t)delay;
}

/* Is it a complete frame of this sender, judged by length and port? */
static inline void sink_sequence(struct sink *s, struct sink_stream *st, const uint8_t *data)
{
	uint64_t key = sink_be64(data + SINK_OFF_MAGIC);

	if (__builtin_expect(key <= st->last || key > st->end, 0)) {
		sink_unexpected(s, data);
		return;
	}
	st->last = key;
	sink_note(s, st, (uint32_t)key, sink_be64(data + SINK_OFF_STAMP));
}

/* data: caplen bytes from the Ethernet header on, of a frame that was len bytes long (no FCS). */
static inline void sink_packet(struct sink *s, const uint8_t *data, uint32_t caplen, uint32_t len)
{
	uint16_t port;

	if (__builtin_expect(caplen < s->plain_bytes || len != s->wire_bytes, 0)) {
		sink_special(s, data, caplen, len);
		return;
	}
	memcpy(&port, data + SINK_OFF_PORT, sizeof(port));
	if (__builtin_expect(port != htons(SINK_PORT), 0))
		sink_second_sender(s, data);
	else
		sink_sequence(s, &s->stream[0], data);
}

#endif
