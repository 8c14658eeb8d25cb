// SPDX-License-Identifier: GPL-2.0-or-later
/* What a capture delivers: every byte, cut, filtered, in order. */
#include <errno.h>
#include <stdlib.h>

#include "capture-impls/tests/conformance/conformance.h"

#define LEAST 60 /* without FCS */
#define MOST 1514
#define TAG_BYTES 4
#define FLOWS 8
#define LOT 128 /* frames; a socket that is as the kernel makes it holds less than 200 */
#define CUT_AT 96
#define CUT_TEXT "96"
#define FILTERED 40

/* Lengths that may matter: around powers of two, and both ends; in the thorough form all. */
static bool worth_it(const struct stand *s, uint32_t len)
{
	uint32_t power;

	if (s->thorough || len < LEAST + 12 || len > MOST - 8 || len % 97 == 0)
		return true;
	for (power = 128; power < len + 2; power *= 2)
		if (len + 1 >= power && len <= power + 1)
			return true;
	return false;
}

static void add_lengths(struct stand *s, uint16_t from, uint16_t to, bool vlan)
{
	uint32_t n = 0;
	uint16_t len;

	for (len = from; len <= to; len++)
		if (worth_it(s, len))
			s->sent[n++] = (struct sent) { .len = len, .vlan = vlan };
}

static uint32_t added(const struct stand *s)
{
	uint32_t n = 0;

	while (n < FRAMES_MAX && s->sent[n].len)
		n++;
	return n;
}

/* All is received on one CPU, as in a trial: what has a buffer for each CPU keeps the order within a buffer. */
static int open_on_one_cpu(struct stand *s)
{
	stand_one_cpu();
	return stand_open(s);
}

/* Opens, sends what was added, in batches that fit the smallest buffer, and reads exactly that. */
static int exchange(struct stand *s)
{
	uint32_t left = added(s), lot;
	int r = open_on_one_cpu(s);

	for (; left && !r; left -= lot) {
		lot = left < LOT ? left : LOT;
		r = stand_send(s, lot);
		r = r ? r : stand_read(s, s->n_sent);
	}
	return r ? r : stand_quiet(s);
}

/* One frame as it was sent, cut at `most`. */
static int is_whole(struct stand *s, const struct seen *f, uint32_t most)
{
	const struct sent *as = &s->sent[f->number];
	uint32_t len = as->len - (as->vlan && !f->tagged ? TAG_BYTES : 0);
	uint32_t kept = len < most ? len : most;

	if (as->vlan && !f->tagged && !(s->caps & CAPTURE_LOSES_VLAN))
		return row_failed(s, "a tagged frame of %u bytes came without its tag", as->len);
	if (f->len != len)
		return row_failed(s, "a frame of %u bytes came as one of %u", len, f->len);
	if (f->caplen != kept)
		return row_failed(s, "%u bytes of a frame of %u were handed out, not %u", f->caplen, len, kept);
	if (f->differs >= 0)
		return row_failed(s, "a frame of %u bytes differs from byte %d on", len, f->differs);
	return 0;
}

/* All frames of one flow, each once, in order. */
static int all_whole(struct stand *s, uint32_t most)
{
	uint32_t i;
	int r = 0;

	for (i = 0; i < s->n_seen && !r; i++) {
		if (s->seen[i].number != i)
			return row_failed(s, "frame %u came where frame %u should", s->seen[i].number, i);
		r = is_whole(s, &s->seen[i], most);
	}
	return r;
}

int check_frames(struct stand *s)
{
	int r;

	add_lengths(s, LEAST, MOST, false);
	r = exchange(s);
	return r ? r : all_whole(s, UINT32_MAX);
}

int check_vlan(struct stand *s)
{
	uint32_t i, tagged = 0;
	int r;

	add_lengths(s, LEAST + TAG_BYTES, MOST + TAG_BYTES, true);
	r = exchange(s);
	r = r ? r : all_whole(s, UINT32_MAX);
	for (i = 0; i < s->n_seen; i++)
		tagged += s->seen[i].tagged;
	if (!r && tagged && tagged != s->n_seen)
		return row_failed(s, "%u of %u frames came with their tags", tagged, s->n_seen);
	return r;
}

int check_snaplen(struct stand *s)
{
	static const uint16_t lengths[] = { LEAST, CUT_AT - 1, CUT_AT, CUT_AT + 1, 500, MOST };
	size_t i;
	int r;

	if (!stand_has(s, "snaplen"))
		return row_skipped(s, "has no setting snaplen");
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		s->sent[i].len = lengths[i];
	r = stand_set(s, "snaplen", CUT_TEXT);
	r = r ? r : exchange(s);
	return r ? r : all_whole(s, CUT_AT);
}

/* UDP frames and a filter; returns how many must come. */
static int filtered(struct stand *s, const char *filter, uint32_t wanted)
{
	int r = stand_set(s, "filter", filter);

	stand_one_cpu();
	r = r ? r : stand_reopen(s);
	stand_add(s, FILTERED, (struct sent) { .len = 200 });
	r = r ? r : stand_send(s, FILTERED);
	r = r ? r : stand_read(s, wanted);
	r = r ? r : stand_quiet(s);
	/* One poll may deliver more than was waited for. */
	if (!r && s->n_seen != wanted)
		return row_failed(s, "filter=%s: %u frames came, %u fit it", filter, s->n_seen, wanted);
	return r ? r : all_whole(s, UINT32_MAX);
}

int check_filter(struct stand *s)
{
	int r;

	if (!(s->caps & CAPTURE_FILTERS) && !stand_has(s, "filter"))
		return row_skipped(s, "cannot filter");
	r = filtered(s, "udp", FILTERED);
	return r ? r : filtered(s, "arp", 0);
}

static int flows_in_order(struct stand *s)
{
	int64_t last[FLOWS];
	uint8_t *came = calloc(s->n_sent, 1), flow;
	uint32_t i, number;
	int r = came ? 0 : -ENOMEM;

	memset(last, 0xff, sizeof(last));
	for (i = 0; i < s->n_seen && !r; i++) {
		number = s->seen[i].number;
		flow = s->sent[number].flow;
		if (came[number]++)
			r = row_failed(s, "frame %u came twice", number);
		else if (number < last[flow])
			r = row_failed(s, "flow %u: frame %u came behind %lld", flow, number, (long long)last[flow]);
		last[flow] = number;
	}
	free(came);
	return r;
}

int check_order(struct stand *s)
{
	uint32_t i, n = s->thorough ? 8000 : 800;
	int r;

	for (i = 0; i < n; i++)
		s->sent[i] =
			(struct sent) { .len = (uint16_t)(LEAST + i * 37 % 400), .flow = (uint8_t)(i / 2 * 5 % FLOWS) };
	r = open_on_one_cpu(s);
	/* Read as they arrive, so that no ring must hold them all. */
	for (i = 0; i < n && !r; i += 100) {
		r = stand_send(s, 100);
		r = r ? r : stand_read(s, i + 100);
	}
	r = r ? r : stand_quiet(s);
	return r ? r : flows_in_order(s);
}
