// SPDX-License-Identifier: GPL-2.0-or-later
/* The fates of a trial's frames, from where they were seen: wire, trace, events of the plugin, the guest's sink. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/record/lab_protocol.h"
#include "harness/instruments/codemap.h"
#include "harness/instruments/fates.h"
#include "harness/testbeds/lab/lab.h"
#include "harness/testbeds/lab/host_counters.h"
#include "harness/util/file.h"
#include "harness/instruments/wire_dump.h"

#define TEXT_MAX (256 << 20)
#define NETMAP_RECEIVE "generic_rx_handler [netmap]" /* netmap's emulation: queues a frame, or frees it */

/*
 * The kernel's functions at which frames are observed, with the registers that hold their arguments; several names for
 * one purpose belong to different kernels.
 */
static const struct {
	const char *name;
	const char *skb, *reason;
} probes[] = {
	{ LAB_STACK_SYMBOL, "rsi", "-" },
	{ LAB_RING_SYMBOL, "rdi", "-" },
	{ LAB_QUEUE_SYMBOL, "rdi", "-" },
	{ "skb_copy_bits", "rdi", "-" },
	{ "skb_clone", "rdi", "-" },
	{ "kfree_skb_reason", "rdi", "rsi" },
	{ "sk_skb_reason_drop", "rsi", "rdx" },
	{ "__dev_kfree_skb_any", "rdi", "-" },
	{ "dev_kfree_skb_any_reason", "rdi", "-" },
};
#define N_PROBES (sizeof(probes) / sizeof(probes[0]))

/* Address of a kernel function, 0 if there is none of that name. */
static uint64_t function_find(const char *layout, const char *name)
{
	const char *line;
	char found[256];
	uint64_t at;

	for (line = layout; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, LAB_LINE_FUNCTION "%" SCNx64 " %255s", &at, found) == 2 && !strcmp(found, name))
			return at;
	}
	return 0;
}

int lab_fates_arguments(const struct lab *l, const struct lab_topology *top, const struct lab_files *f, char *text,
			size_t size, struct err *e)
{
	char *layout = NULL, *at;
	size_t i, n;
	int r = lab_layout(l, top, NULL, &layout, e);

	if (r)
		return r;
	at = strstr(layout, "\n" LAB_LINE_SKB_DATA);
	n = snprintf(text, size, ",events=%s,skb_data=%u", f->events,
		     at ? atoi(at + strlen("\n" LAB_LINE_SKB_DATA)) : 0);
	for (i = 0; at && i < N_PROBES && n < size; i++) {
		uint64_t address = function_find(layout, probes[i].name);

		if (address)
			n += snprintf(text + n, size - n, "%s%s@%" PRIx64 "@%s@%s",
				      strstr(text, "probes=") ? ":" : ",probes=", probes[i].name, address,
				      probes[i].skb, probes[i].reason);
	}
	free(layout);
	if (!at || n >= size)
		return err_set(e, -EPROTO, "the guest's kernel does not tell what an sk_buff looks like");
	return 0;
}

/* The trace's verdict on the next frame; it also includes frames that no sender sent. */
static int verdict_next(FILE *trace)
{
	char line[256];

	while (fgets(line, sizeof(line), trace)) {
		if (strstr(line, LAB_TRACE_NOT_WRITTEN))
			return 0;
		if (strstr(line, LAB_TRACE_WRITTEN))
			return 1;
	}
	return -1;
}

static int frame_next(struct fates *f, const struct wire_frame *w, int written)
{
	struct fate_frame *fr = w->magic ? fates_at(f, w->sender, w->seq) : NULL;

	if (fr)
		fr->sights |= SIGHT_WIRE | (written ? SIGHT_ACCEPTED : 0);
	return 0;
}

/* The dump and the trace describe the same frames in the same order. */
static int read_wire(struct fates *f, const struct lab_files *files, struct err *e)
{
	FILE *trace = fopen(files->trace, "re");
	struct wire wire;
	struct wire_frame w;
	int r, written = 0;

	if (!trace)
		return err_sys(e, "%s", files->trace);
	r = wire_open(&wire, files->wire, e);
	while (!r && wire_next(&wire, &w)) {
		written = verdict_next(trace);
		r = written < 0 ? err_set(e, -EPROTO, "more frames on the wire than the NIC saw")
				: frame_next(f, &w, written);
	}
	if (!r && verdict_next(trace) >= 0)
		r = err_set(e, -EPROTO, "the NIC saw more frames than the wire");
	wire_close(&wire);
	fclose(trace);
	return r;
}

static uint16_t sight_of_free(const char *function)
{
	if (!strcmp(function, "enqueue_to_backlog"))
		return SIGHT_BACKLOG;
	if (!strcmp(function, LAB_RING_SYMBOL) || !strcmp(function, LAB_QUEUE_SYMBOL))
		return SIGHT_REFUSED;
	if (!strcmp(function, "do_xdp_generic") || !strcmp(function, "netif_receive_generic_xdp"))
		return SIGHT_XDP;
	return 0;
}

static uint16_t sight_of_event(const char *probe, const char *caller)
{
	if (!strcmp(probe, LAB_STACK_SYMBOL))
		return SIGHT_STACK;
	if (!strcmp(probe, LAB_RING_SYMBOL))
		return SIGHT_TAP;
	if (!strcmp(probe, LAB_QUEUE_SYMBOL))
		return SIGHT_TAP | SIGHT_QUEUE;
	/* skb_copy_bits copies a frame into the ring; skb_clone makes the copy that waits in the socket's queue. */
	if (!strcmp(probe, "skb_copy_bits"))
		return strcmp(caller, LAB_RING_SYMBOL) ? 0 : SIGHT_STORED;
	if (!strcmp(probe, "skb_clone"))
		return strcmp(caller, LAB_QUEUE_SYMBOL) ? 0 : SIGHT_STORED;
	/* netmap frees delivered frames in another function. */
	if (!strcmp(caller, NETMAP_RECEIVE))
		return SIGHT_EMULATION;
	return sight_of_free(caller);
}

static void event_line(struct fates *f, const struct codemap *map, const char *line)
{
	struct fate_frame *fr;
	uint32_t sender, seq, reason;
	uint64_t caller;
	char probe[32];
	uint16_t sight;

	if (sscanf(line, "%31s %u %u %" SCNx64 " %u", probe, &sender, &seq, &caller, &reason) != 5)
		return;
	fr = fates_at(f, sender, seq);
	/* Later kernels also free consumed frames through this function. */
	if (!fr || (reason < 256 && f->reasons[reason] && !strcmp(f->reasons[reason], "CONSUMED")))
		return;
	sight = sight_of_event(probe, codemap_owner(map, caller));
	fr->sights |= sight;
	if (sight & (SIGHT_BACKLOG | SIGHT_REFUSED | SIGHT_XDP))
		fr->reason = reason;
}

static int read_events(struct fates *f, const struct lab_files *files, const struct codemap *map, struct err *e)
{
	FILE *in = fopen(files->events, "re");
	char line[256];

	if (!in)
		return err_sys(e, "%s", files->events);
	while (fgets(line, sizeof(line), in)) {
		event_line(f, map, line);
		f->events = true;
	}
	fclose(in);
	return 0;
}

static void read_reasons(struct fates *f, const char *layout)
{
	const char *line;
	char name[128];
	unsigned int n;

	for (line = layout; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, LAB_LINE_REASON "%u %127s", &n, name) == 2 && n < 256 && !f->reasons[n])
			f->reasons[n] = strdup(strncmp(name, "SKB_", 4) ? name : name + 4);
	}
}

/* "SENDER LENGTH:MARKS ..."; of numbers that the trial does not have nothing is noted, however long a run of them is. */
static void seen_line(struct fates *f, const char *text)
{
	struct fate_frame *fr;
	uint32_t k, length, marks, seq = 1;
	int n;

	if (sscanf(text, "%u%n", &k, &n) != 1)
		return;
	for (text += n; sscanf(text, " %u:%x%n", &length, &marks, &n) == 2; text += n, seq += length)
		for (; length && (fr = fates_at(f, k, seq)); length--, seq++)
			fr->marks = marks;
}

static int read_seen(struct fates *f, const struct lab_files *files, struct err *e)
{
	char *text = NULL, *line, *save = NULL;
	uint32_t told = 0;
	int r = file_read(files->console, TEXT_MAX, &text, NULL, e);

	for (line = r ? NULL : strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, LAB_LINE_SEEN, strlen(LAB_LINE_SEEN)))
			continue;
		seen_line(f, line + strlen(LAB_LINE_SEEN));
		told++;
	}
	free(text);
	if (!r && told != f->senders)
		r = err_set(e, -EPROTO, "the guest did not tell what its sink saw");
	return r;
}

static int kernel_read(struct fates *f, const struct lab *l, const struct trial *t, const struct lab_files *files,
		       struct err *e)
{
	const struct lab_topology top = lab_topology_of(t);
	struct codemap map = { 0 };
	char libraries[PATH_MAX], *layout = NULL;
	int r = lab_layout(l, &top, files, &layout, e);

	if (r)
		return r;
	read_reasons(f, layout);
	snprintf(libraries, sizeof(libraries), "%s/guest", l->packages);
	r = codemap_parse(&map, layout, libraries, e);
	r = r ? r : read_events(f, files, &map, e);
	codemap_free(&map);
	free(layout);
	return r;
}

static int fates_write(const struct fates *f, const struct trial *t, const char *side, const struct outcome *o,
		       struct err *e)
{
	char path[PATH_MAX], id[17], *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int r;

	if (!out)
		return err_set(e, -ENOMEM, "fates: no memory");
	trial_id(t, id);
	fates_print(f, o, id, out);
	fclose(out);
	snprintf(path, sizeof(path), "%s/" LAB_FATES, side);
	r = file_replace(path, text, size, e);
	free(text);
	return r;
}

int lab_fates(const struct lab *l, const struct trial *t, const struct lab_files *f, const char *side,
	      const struct outcome *o, struct err *e)
{
	struct fates fates;
	int r = fates_init(&fates, t->count, t->senders, e);

	r = r ? r : read_wire(&fates, f, e);
	r = r ? r : kernel_read(&fates, l, t, f, e);
	if (!r && !o->capture.unchecked)
		r = read_seen(&fates, f, e);
	/* If the sender did not do as asked, a sequence number may be on several frames, or on none. */
	if (!r && o->status == TRIAL_OK)
		r = fates_check(&fates, o, e);
	r = r ? r : fates_write(&fates, t, side, o, e);
	fates_free(&fates);
	return r;
}
