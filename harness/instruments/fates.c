// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/instruments/fates.h"

const char *const fate_names[FATES] = {
	[FATE_DELIVERED] = "delivered", [FATE_LOST] = "lost",	    [FATE_CORRUPTED] = "corrupted",
	[FATE_UNSENT] = "unsent",	[FATE_UNKNOWN] = "unknown",
};

int fates_init(struct fates *f, uint64_t count, uint32_t senders, struct err *e)
{
	uint32_t k;

	memset(f, 0, sizeof(*f));
	f->senders = senders;
	for (k = 0; k < senders; k++) {
		f->stream[k].count = sink_share(count, senders, k);
		f->stream[k].frame = calloc(f->stream[k].count + 1, sizeof(struct fate_frame));
		if (!f->stream[k].frame)
			return err_set(e, -ENOMEM, "fates: no memory");
	}
	return 0;
}

void fates_free(struct fates *f)
{
	size_t i;

	for (i = 0; i < SINK_STREAMS; i++)
		free(f->stream[i].frame);
	for (i = 0; i < sizeof(f->reasons) / sizeof(f->reasons[0]); i++)
		free(f->reasons[i]);
	memset(f, 0, sizeof(*f));
}

struct fate_frame *fates_at(struct fates *f, uint32_t sender, uint32_t seq)
{
	if (sender >= f->senders || !seq || seq > f->stream[sender].count)
		return NULL;
	return &f->stream[sender].frame[seq - 1];
}

static struct fate lost(enum drop_place place, const char *source)
{
	return (struct fate) { .kind = FATE_LOST, .place = place, .source = source };
}

static struct fate unknown(enum drop_place after, enum drop_place place, const char *source)
{
	return (struct fate) { .kind = FATE_UNKNOWN, .place = place, .after = after, .source = source };
}

/* The kernel freed the frame and gave a drop reason. */
static struct fate freed(const struct fates *f, const struct fate_frame *fr, enum drop_place place, const char *where,
			 char text[160])
{
	const char *name = fr->reason < 256 ? f->reasons[fr->reason] : NULL;

	if (name)
		snprintf(text, 160, "the kernel freed it in %s, reason %s", where, name);
	else
		snprintf(text, 160, "the kernel freed it in %s, reason %u", where, fr->reason);
	return lost(place, text);
}

static struct fate never_on_wire(const struct fates *f, const struct outcome *o, uint32_t seq)
{
	uint64_t all = 0;
	uint32_t k;

	for (k = 0; k < f->senders; k++)
		all += f->stream[k].count;
	if (o->generator.sent >= all || (f->senders == 1 && seq <= o->generator.sent))
		return lost(DROP_SENDER_TX, "pktgen counted it as sent; it was not on the wire to the DUT");
	if (f->senders == 1)
		return (struct fate) { .kind = FATE_UNSENT, .source = "pktgen's result: it stopped before this one" };
	return unknown(DROP_SENDER_TX, DROP_SENDER_TX, "not on the wire, and the senders' counts are one sum");
}

/* The one place of a range at which the ledger counts a loss; DROP_PLACES when there is none, or more than one. */
static enum drop_place only_place(const struct outcome *o, enum drop_place from, enum drop_place to)
{
	enum drop_place p, found = DROP_PLACES;

	for (p = from; p <= to; p++) {
		if (o->drops[p].known && !o->drops[p].value)
			continue;
		if (!o->drops[p].known || found != DROP_PLACES)
			return DROP_PLACES;
		found = p;
	}
	return found;
}

static struct fate by_counts(const struct outcome *o, enum drop_place from, enum drop_place to)
{
	enum drop_place p = only_place(o, from, to);

	if (p == DROP_PLACES)
		return unknown(from, to, "more than one place may have lost it, and nothing was seen of it there");
	return lost(p, "by count: of all places that it can have come to, this alone lost any");
}

/* The frame reached the kernel's stack, and no drop was seen there. */
static struct fate in_stack(const struct fates *f, const struct outcome *o, const struct fate_frame *fr, char text[160])
{
	if (fr->sights & SIGHT_BACKLOG)
		return freed(f, fr, DROP_SOFTNET, "enqueue_to_backlog", text);
	if (fr->sights & SIGHT_XDP)
		return freed(f, fr, DROP_XDP, "the generic XDP hook", text);
	if (fr->sights & SIGHT_REFUSED)
		return freed(f, fr, DROP_CAPTURE, "the packet socket", text);
	if (fr->sights & SIGHT_EMULATION)
		return lost(DROP_CAPTURE, "netmap's emulation freed it instead of queueing it");
	if (fr->sights & SIGHT_STORED)
		return lost(DROP_CONSUMER, "the packet socket stored it; the sink never saw it");
	if (fr->sights & SIGHT_QUEUE)
		return lost(DROP_FILTER, "the packet socket got it, and neither stored nor freed it for want of room");
	/* A full ring, like a filter, often reports a drop only through its counter. */
	if (fr->sights & SIGHT_TAP)
		return by_counts(o, DROP_FILTER, DROP_CAPTURE);
	return by_counts(o, DROP_SOFTNET, DROP_CONSUMER);
}

struct fate fate_of(const struct fates *f, const struct outcome *o, uint32_t sender, uint32_t seq, char text[160])
{
	const struct fate_frame *fr = &f->stream[sender].frame[seq - 1];

	if (fr->marks & SINK_SEEN)
		return (struct fate) { .kind = FATE_DELIVERED, .source = "the sink saw its number" };
	if (fr->marks & SINK_CORRUPTED)
		return (struct fate) { .kind = FATE_CORRUPTED, .source = "the sink saw it, not as it was sent" };
	if (!(fr->sights & SIGHT_WIRE))
		return never_on_wire(f, o, seq);
	if (!(fr->sights & SIGHT_ACCEPTED))
		return lost(DROP_NIC_NO_DESCRIPTOR, "QEMU's trace: e1000e_rx_not_written_to_guest");
	if (o->capture.unchecked && !o->drops[DROP_NIC_OTHER].value && !o->drops[DROP_XDP].value)
		return (struct fate) { .kind = FATE_DELIVERED, .source = "the kernel consumes; the driver lost none" };
	if (!f->events || !(fr->sights & SIGHT_STACK))
		return by_counts(o, DROP_NIC_OTHER, f->events ? DROP_XDP : DROP_CONSUMER);
	return in_stack(f, o, fr, text);
}

int fates_check(const struct fates *f, const struct outcome *o, struct err *e)
{
	uint64_t n[DROP_PLACES] = { 0 }, unknowns = 0;
	char text[160];
	uint32_t k, s;
	int p;

	for (k = 0; k < f->senders; k++) {
		for (s = 1; s <= f->stream[k].count; s++) {
			struct fate fate = fate_of(f, o, k, s, text);

			n[fate.place] += fate.kind == FATE_LOST;
			unknowns += fate.kind == FATE_UNKNOWN;
		}
	}
	for (p = 0; p < DROP_PLACES; p++)
		if (o->drops[p].known && (n[p] > o->drops[p].value || n[p] + unknowns < o->drops[p].value))
			return err_set(e, -EPROTO, "fates: %" PRIu64 " frames of %s, the ledger has %" PRIu64, n[p],
				       drop_names[p], o->drops[p].value);
	return 0;
}

static void marks_text(uint8_t marks, char text[32])
{
	snprintf(text, 32, "%s%s%s", marks & SINK_REPEATED ? "+repeated" : "", marks & SINK_LATE ? "+late" : "",
		 (marks & SINK_CORRUPTED) && (marks & SINK_SEEN) ? "+corrupted" : "");
	if (!text[0])
		strcpy(text, "-");
}

/* The rest of a line, after its numbers. */
static void fate_text(const struct fates *f, const struct outcome *o, uint32_t k, uint32_t seq, char *text, size_t size)
{
	char source[160], marks[32], place[48] = "-";
	struct fate fate = fate_of(f, o, k, seq, source);

	if (fate.kind == FATE_LOST)
		snprintf(place, sizeof(place), "%s", drop_names[fate.place]);
	else if (fate.kind == FATE_UNKNOWN)
		snprintf(place, sizeof(place), "%s..%s", drop_names[fate.after], drop_names[fate.place]);
	marks_text(f->stream[k].frame[seq - 1].marks, marks);
	snprintf(text, size, "%s\t%s\t%s\t%s", fate_names[fate.kind], place, marks[0] == '+' ? marks + 1 : marks,
		 fate.source);
}

static void stream_print(const struct fates *f, const struct outcome *o, uint32_t k, FILE *out)
{
	char now[320], next[320];
	uint32_t first = 1, seq;

	if (f->stream[k].count)
		fate_text(f, o, k, 1, now, sizeof(now));
	for (seq = 1; seq <= f->stream[k].count; seq++) {
		if (seq < f->stream[k].count)
			fate_text(f, o, k, seq + 1, next, sizeof(next));
		if (seq < f->stream[k].count && !strcmp(now, next))
			continue;
		fprintf(out, "%u\t%u\t%u\t%s\n", k, first, seq, now);
		first = seq + 1;
		strcpy(now, next);
	}
}

void fates_print(const struct fates *f, const struct outcome *o, const char *id, FILE *out)
{
	uint32_t k;

	fprintf(out, "# rxlab fates 1, trial %s: sender, first, last, fate, place, marks, source\n", id);
	for (k = 0; k < f->senders; k++)
		stream_print(f, o, k, out);
}

int fates_line_parse(struct fate_line *l, const char *text)
{
	return sscanf(text, "%u\t%u\t%u\t%15[^\t]\t%47[^\t]\t%31[^\t]\t%191[^\n]", &l->sender, &l->first, &l->last,
		      l->fate, l->place, l->marks, l->source) == 7 &&
			       l->first && l->first <= l->last
		       ? 0
		       : -EINVAL;
}

void fates_say(const struct fate_line *l, uint32_t seq, char *text, size_t size)
{
	const char *verb = "was delivered", *place = "", *more = "";

	if (!strcmp(l->fate, fate_names[FATE_LOST])) {
		verb = "died at ";
		place = l->place;
	} else if (!strcmp(l->fate, fate_names[FATE_UNKNOWN])) {
		verb = "died at an unknown place of ";
		place = l->place;
	} else if (!strcmp(l->fate, fate_names[FATE_CORRUPTED])) {
		verb = "came corrupted";
	} else if (!strcmp(l->fate, fate_names[FATE_UNSENT])) {
		verb = "was never sent";
	}
	more = strcmp(l->marks, "-") ? l->marks : "";
	snprintf(text, size, "packet %u of sender %u %s%s%s%s%s (%s)", seq, l->sender, verb, place, more[0] ? " (" : "",
		 more, more[0] ? ")" : "", l->source);
}
