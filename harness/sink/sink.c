// SPDX-License-Identifier: GPL-2.0-or-later
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "harness/sink/sink.h"
#include "harness/record/trial_spec.h"

#define SINK_LENGTH_MAX (FRAME_BYTES_MAX - FCS_BYTES)

enum { OFF_IP = 14, OFF_IP_LENGTH = 16 };

/* Frames of each sender: the first senders send the remainder of the division. */
uint64_t sink_share(uint64_t count, uint32_t senders, uint32_t k)
{
	return count / senders + (k < count % senders);
}

static int stream_init(struct sink_stream *st, uint64_t count)
{
	st->count = (uint32_t)count;
	st->last = (uint64_t)SINK_MAGIC << 32;
	st->end = st->last + count;
	st->marks = malloc(count + 1);
	st->delay = malloc((count + 1) * sizeof(*st->delay));
	if (!st->marks || !st->delay)
		return -ENOMEM;
	/* Touched here, so that no page fault falls into the trial. */
	memset(st->marks, 0, count + 1);
	memset(st->delay, 0xff, (count + 1) * sizeof(*st->delay));
	return 0;
}

int sink_init(struct sink *s, uint32_t frame_bytes, uint64_t count, uint32_t senders, struct err *e)
{
	uint32_t k;

	memset(s, 0, sizeof(*s));
	s->wire_bytes = frame_bytes - FCS_BYTES;
	s->plain_bytes = s->wire_bytes; /* not below SINK_HEAD_BYTES */
	s->flows.n = 1;
	s->n_streams = senders;
	for (k = 0; k < senders; k++) {
		if (stream_init(&s->stream[k], sink_share(count, senders, k))) {
			sink_free(s);
			return err_set(e, -ENOMEM, "sink: no memory for %lu sequence numbers", (unsigned long)count);
		}
	}
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
		free(s->stream[k].marks);
		free(s->stream[k].delay);
		free(s->stream[k].flow_highest);
		s->stream[k].marks = NULL;
		s->stream[k].delay = NULL;
		s->stream[k].flow_highest = NULL;
	}
	free(s->size_of);
	s->size_of = NULL;
	work_free(&s->work);
}

void sink_verify(struct sink *s, const struct verify *v)
{
	s->verify = *v;
	s->verify.on = true;
	s->plain_bytes = UINT32_MAX;
}

void sink_lengths(struct sink *s, const uint16_t *lengths, uint32_t n)
{
	s->lengths = lengths;
	s->n_lengths = n;
	s->wire_bytes = UINT32_MAX; /* no frame is so long: each is looked up */
}

int sink_mix(struct sink *s, const struct frame_mix *mix, struct err *e)
{
	uint32_t i;

	s->size_of = calloc(SINK_LENGTH_MAX + 1, 1);
	if (!s->size_of)
		return err_set(e, -ENOMEM, "sink: no memory");
	for (i = 0; i < mix->n; i++)
		s->size_of[mix->bytes[i] - FCS_BYTES] = (uint8_t)(i + 1);
	s->mix = mix;
	s->wire_bytes = UINT32_MAX;
	return 0;
}

int sink_flows(struct sink *s, const struct sink_flows *f, struct err *e)
{
	uint32_t k;

	s->flows = *f;
	for (k = 0; k < s->n_streams && f->n > 1; k++) {
		s->stream[k].flow_highest = malloc(f->n * sizeof(uint32_t));
		if (!s->stream[k].flow_highest)
			return err_set(e, -ENOMEM, "sink: no memory for %u flows", f->n);
		memset(s->stream[k].flow_highest, 0, f->n * sizeof(uint32_t));
	}
	return 0;
}

/* Of a size of the mix, and as long as its IP header says: a frame that was cut to another size of the mix is corrupted. */
static bool of_mix(const struct sink *s, const uint8_t *data, uint32_t len)
{
	uint32_t says = (uint32_t)(data[OFF_IP_LENGTH] << 8 | data[OFF_IP_LENGTH + 1]);

	return len <= SINK_LENGTH_MAX && s->size_of[len] && says + OFF_IP == len;
}

static bool right_length(const struct sink *s, uint32_t seq, const uint8_t *data, uint32_t len)
{
	if (s->mix && !of_mix(s, data, len))
		return false;
	if (s->lengths)
		return seq && len == s->lengths[(seq - 1) % s->n_lengths];
	return s->mix || len == s->wire_bytes;
}

static void new_second(struct sink *s, uint64_t elapsed)
{
	uint64_t sec = (s->clock.zero_ns + elapsed) / SINK_SECOND_NS;

	s->second = sec * SINK_SECOND_NS;
	s->to_scale = sink_scale(sec << 32) + s->clock.zero_ns - s->second;
	s->now = elapsed + s->to_scale;
}

void sink_clock(struct sink *s, const struct clock_map *clock)
{
	s->clock = *clock;
	new_second(s, clock->base_ns - clock->zero_ns);
}

/* The sender of a frame; NULL: not a frame of this trial. */
static struct sink_stream *sender_of(struct sink *s, const uint8_t *data)
{
	uint16_t port;
	uint32_t k;

	memcpy(&port, data + SINK_OFF_PORT, sizeof(port));
	k = ntohs(port) - SINK_PORT;
	return sink_be64(data + SINK_OFF_MAGIC) >> 32 == SINK_MAGIC && k < s->n_streams ? &s->stream[k] : NULL;
}

static void corrupted(struct sink *s, struct sink_stream *st, uint32_t seq)
{
	s->corrupted++;
	if (seq <= st->count)
		st->marks[seq] |= SINK_CORRUPTED;
}

static uint32_t *highest_of(const struct sink *s, const struct sink_stream *st, uint32_t seq)
{
	const struct sink_flows *f = &s->flows;

	return &st->flow_highest[f->of ? f->of[(seq - 1) % f->period] : seq % f->n];
}

static void note_flow(const struct sink *s, const struct sink_stream *st, uint32_t seq)
{
	uint32_t *highest = highest_of(s, st, seq);

	if (st->delay[seq] != SINK_NO_DELAY && seq > *highest)
		*highest = seq;
}

/*
 * Did a later frame of its flow come before it? What each flow has shown is worked out here, where a frame is behind, so
 * that one in order pays nothing: for the numbers above this one, as those below say nothing of it. Numbers that are known
 * are not looked at again while frames come behind, so a frame costs a look at one number on average.
 */
static bool overtaken(struct sink *s, struct sink_stream *st, uint32_t seq)
{
	uint32_t *highest;

	if (!st->flow_highest)
		return true;
	if (seq >= st->upto)
		st->from = st->upto = seq;
	for (; st->from > seq; st->from--)
		note_flow(s, st, st->from);
	while (st->upto < (uint32_t)st->last)
		note_flow(s, st, ++st->upto);
	highest = highest_of(s, st, seq);
	if (seq < *highest)
		return true;
	*highest = seq;
	return false;
}

/* A sequence number not above the highest seen: repeated, out of order, or none (they go from 1). */
static void late(struct sink *s, struct sink_stream *st, uint32_t seq, uint64_t stamp)
{
	if (seq == 0) {
		s->corrupted++;
	} else if (st->delay[seq] != SINK_NO_DELAY) {
		st->marks[seq] |= SINK_REPEATED;
		s->duplicates++;
	} else {
		st->behind++;
		if (overtaken(s, st, seq)) {
			st->marks[seq] |= SINK_LATE;
			st->reordered++;
		}
		sink_note(s, st, seq, stamp);
	}
}

/* A frame of the trial, of the right length. */
static void regular(struct sink *s, struct sink_stream *st, const uint8_t *data, uint32_t len)
{
	uint64_t key = sink_be64(data + SINK_OFF_MAGIC);

	if (s->mix && (uint32_t)key)
		s->by_size[s->size_of[len] - 1]++;
	if (key <= st->last)
		late(s, st, (uint32_t)key, sink_be64(data + SINK_OFF_STAMP));
	else
		sink_sequence(s, st, data);
}

/* The complete check of any frame that has at least SINK_HEAD_BYTES, ordinary ones included. */
static void irregular(struct sink *s, const uint8_t *data, uint32_t len)
{
	struct sink_stream *st = sender_of(s, data);
	uint64_t key = sink_be64(data + SINK_OFF_MAGIC);

	if (!st)
		s->foreign++;
	else if (key > st->end || !right_length(s, (uint32_t)key, data, len))
		corrupted(s, st, (uint32_t)key);
	else
		regular(s, st, data, len);
}

/* The length is right; only the key is unusual. */
void sink_unexpected(struct sink *s, const uint8_t *data)
{
	irregular(s, data, s->wire_bytes);
}

void sink_second_sender(struct sink *s, const uint8_t *data)
{
	uint16_t port;

	memcpy(&port, data + SINK_OFF_PORT, sizeof(port));
	if (port == htons(SINK_PORT + 1) && s->n_streams > 1)
		sink_sequence(s, &s->stream[1], data);
	else
		s->foreign++;
}

void sink_special(struct sink *s, const uint8_t *data, uint32_t caplen, uint32_t len)
{
	struct sink_stream *st;

	s->truncated += caplen < len;
	if (s->work.frame)
		s->work.frame(&s->work, data, caplen, len);
	if (caplen < SINK_HEAD_BYTES) {
		s->foreign++;
		return;
	}
	st = s->verify.on ? sender_of(s, data) : NULL;
	/* A frame that claims to be the trial's but was altered on the way stops here. */
	if (st && !verify_frame(&s->verify, data, caplen, len))
		corrupted(s, st, (uint32_t)sink_be64(data + SINK_OFF_MAGIC));
	else
		irregular(s, data, len);
}

/* The exact delay: ns since the stamp; 0 for a stamp in the future (pktgen truncates to microseconds, or the batch began earlier). */
void sink_far(struct sink *s, struct sink_stream *st, uint32_t seq, uint64_t stamp)
{
	uint64_t elapsed = s->now - s->to_scale;
	uint64_t now = elapsed + s->clock.zero_ns;
	uint64_t at = (stamp >> 32) * SINK_SECOND_NS + (uint32_t)stamp * 1000ULL;
	uint64_t delay = now > at ? now - at : 0;

	st->delay[seq] = delay < SINK_FAR_DELAY ? (uint32_t)delay : SINK_FAR_DELAY;
	if (st->delay[seq] == SINK_FAR_DELAY)
		histogram_add(&s->late_by, delay);
	/* Later frames are likely to have stamps of this second. */
	if (now - s->second >= SINK_SECOND_NS)
		new_second(s, elapsed);
}

uint8_t sink_seen(const struct sink_stream *st, uint32_t seq)
{
	return st->marks[seq] | (st->delay[seq] != SINK_NO_DELAY ? SINK_SEEN : 0);
}

void sink_latency(const struct sink *s, struct histogram *h)
{
	const struct sink_stream *st;
	uint32_t k, seq;

	*h = s->late_by;
	for (k = 0; k < s->n_streams; k++) {
		st = &s->stream[k];
		for (seq = 1; seq <= st->count; seq++)
			if (st->delay[seq] < SINK_FAR_DELAY)
				histogram_add(h, st->delay[seq]);
	}
}

/*
 * A number that both saw was received twice, and is late where the first had it so. True: the delay of such a one is among
 * those that have no place, where it cannot be told from the others.
 */
static bool stream_merge(struct sink *s, struct sink_stream *to, const struct sink_stream *more)
{
	bool twice = false;
	uint32_t seq;

	to->reordered += more->reordered;
	to->behind += more->behind;
	to->last = more->last > to->last ? more->last : to->last;
	for (seq = 1; seq <= to->count; seq++) {
		if (more->delay[seq] != SINK_NO_DELAY && to->delay[seq] != SINK_NO_DELAY) {
			to->marks[seq] |= (more->marks[seq] & ~SINK_LATE) | SINK_REPEATED;
			to->reordered -= !!(more->marks[seq] & SINK_LATE);
			twice |= more->delay[seq] == SINK_FAR_DELAY;
			s->duplicates++;
			continue;
		}
		to->marks[seq] |= more->marks[seq];
		if (more->delay[seq] != SINK_NO_DELAY)
			to->delay[seq] = more->delay[seq];
	}
	return twice;
}

void sink_merge(struct sink *s, const struct sink *more)
{
	bool twice = false;
	uint32_t k;

	for (k = 0; k < s->n_streams; k++)
		twice |= stream_merge(s, &s->stream[k], &more->stream[k]);
	s->duplicates += more->duplicates;
	s->corrupted += more->corrupted;
	s->foreign += more->foreign;
	for (k = 0; k < MIX_SIZES_MAX; k++)
		s->by_size[k] += more->by_size[k];
	s->truncated += more->truncated;
	if (!twice) /* else no frame is timed twice: rather some not at all */
		histogram_merge(&s->late_by, &more->late_by);
	work_merge(&s->work, &more->work);
}

static uint64_t sink_load(const uint64_t *count)
{
	return __atomic_load_n(count, __ATOMIC_RELAXED);
}

uint64_t sink_progress(const struct sink *s)
{
	uint64_t n = sink_load(&s->duplicates) + sink_load(&s->corrupted);
	uint32_t k;

	for (k = 0; k < s->n_streams; k++)
		n += sink_load(&s->stream[k].last) + sink_load(&s->stream[k].behind);
	return n;
}

static uint64_t unique(const struct sink_stream *st)
{
	uint64_t n = 0;
	uint32_t seq;

	for (seq = 1; seq <= st->count; seq++)
		n += st->delay[seq] != SINK_NO_DELAY;
	return n;
}

void sink_fill(const struct sink *s, struct outcome *o)
{
	struct histogram h;
	uint32_t k;

	o->capture.duplicates = s->duplicates;
	o->capture.corrupted = s->corrupted;
	o->capture.foreign = s->foreign;
	o->capture.truncated = s->truncated;
	for (k = 0; k < s->n_streams; k++) {
		o->capture.unique += unique(&s->stream[k]);
		o->capture.reordered += s->stream[k].reordered;
	}
	o->capture.received = counter_of(o->capture.unique + s->duplicates + s->corrupted);
	for (k = 0; s->mix && k < s->mix->n; k++)
		o->sizes.received[k] = counter_of(s->by_size[k]);
	work_fill(&s->work, &o->work);
	sink_latency(s, &h);
	o->latency.n = histogram_count(&h);
	/* A frame is late, or has a delay, once: when its number first comes. */
	assert(o->capture.reordered <= o->capture.unique && o->latency.n <= o->capture.unique);
	if (!o->latency.n)
		return;
	o->latency.mean = h.sum / o->latency.n;
	o->latency.p50 = histogram_quantile(&h, 0.50);
	o->latency.p90 = histogram_quantile(&h, 0.90);
	o->latency.p99 = histogram_quantile(&h, 0.99);
	o->latency.p99_9 = histogram_quantile(&h, 0.999);
	o->latency.max = h.max;
	memcpy(o->latency.bucket, h.bucket, sizeof(o->latency.bucket));
}
