// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * replay: the frames of a capture file, at their own times or stretched to a rate, repeated until the count is sent.
 * Each keeps its length and what frame_adopt() keeps; it gets our header, so that the sink checks numbers and
 * delays as usual. It sends in the same way as txring.
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>

#include "generators/flows.h"
#include "generators/frame.h"
#include "generators/packet.h"
#include "generators/pcapfile.h"
#include "generators/recorded.h"
#include "harness/record/settings.h"
#include "harness/sink/verify.h"

#define BYTES_MIN (FRAME_BYTES_MIN - FCS_BYTES)

struct replay {
	struct packet packet; /* first */
	uint8_t *bytes; /* all frames */
};

static const struct generator_setting settings[] = {
	{ "pcap", 0, 0, 0, "file: pcap or pcapng of Ethernet, at most 16 MiB", generator_file, EFFECT_TIMES },
	{ "long", PCAPFILE_REFUSE, 0, PCAPFILE_SKIP, "refuse, cut or skip: frames longer than --frame", recorded_long,
	  EFFECT_NONE },
	SCHEDULE_LAW_SETTINGS("arrivals", SCHEDULE_TRACE, schedule_laws_of_file),
	SCHEDULE_FILE_SETTINGS,
	PACKET_SETTINGS,
	{ 0 },
};

/* A frame's length on our wire: in the file it may be cut, and it is without the padding of the wire. */
static uint32_t bytes_of(const struct pcapfile_frame *f)
{
	uint32_t len = f->len - f->tags;

	return len < BYTES_MIN ? BYTES_MIN : len;
}

static int replay_check(const struct trial *t, struct err *e)
{
	struct pcapfile file;
	struct flows flows = { .n = 0 };
	int r = verify_wanted(t) ? err_set(e, -EINVAL, VERIFY_KEY "=1: knows what other generators send, not a file")
				 : 0;

	r = r ? r : recorded_frames(&file, t, e);
	if (r)
		return r;
	r = flows_of_file(&flows, &file, e);
	flows_free(&flows);
	pcapfile_free(&file);
	return r ? r : schedule_check(t, e);
}

static int replay_check_file(const char *path, struct err *e)
{
	struct pcapfile file;
	int r = pcapfile_load(&file, path, true, e);

	pcapfile_free(&file);
	return r;
}

static int replay_lengths(const struct trial *t, uint16_t **lengths, uint32_t *n, struct err *e)
{
	struct pcapfile file;
	int r = recorded_frames(&file, t, e);
	size_t i;

	if (r)
		return r;
	*n = (uint32_t)file.n;
	*lengths = calloc(file.n, sizeof(**lengths));
	for (i = 0; *lengths && i < file.n; i++)
		(*lengths)[i] = (uint16_t)bytes_of(&file.frames[i]);
	pcapfile_free(&file);
	return *lengths ? 0 : err_set(e, -ENOMEM, "replay: no memory");
}

static int replay_flows(const struct trial *t, struct sink_flows *to, struct err *e)
{
	struct pcapfile file;
	struct flows flows = { .n = 0 };
	int r = recorded_frames(&file, t, e);

	r = r ? r : flows_of_file(&flows, &file, e);
	if (!r)
		*to = (struct sink_flows) { flows.of, (uint32_t)file.n, flows.n };
	free(flows.kept);
	pcapfile_free(&file);
	return r;
}

/* Copies the addresses, then what follows the tags, as far as the file has it. */
static void copy_untagged(uint8_t *to, const struct pcapfile *file, const struct pcapfile_frame *f)
{
	const uint8_t *from = file->bytes + f->at;
	uint32_t n = f->caplen - f->tags < f->len - f->tags ? f->caplen - f->tags : f->len - f->tags;

	if (!f->tags) {
		memcpy(to, from, n);
		return;
	}
	memcpy(to, from, 2 * ETH_ALEN);
	memcpy(to + 2 * ETH_ALEN, from + 2 * ETH_ALEN + f->tags, n - 2 * ETH_ALEN);
}

static void adopt(struct sender *s, struct replay *x, const struct pcapfile *file, const struct flows *flows)
{
	const struct pcapfile_frame *f;
	uint8_t *at = x->bytes;
	size_t i;

	for (i = 0; i < file->n; i++) {
		f = &file->frames[i];
		copy_untagged(at, file, f);
		frame_adopt(at, bytes_of(f), s->k, s->mac, s->g->place->dst_mac, &flows->kept[i]);
		x->packet.slot[i] = (struct iovec) { at, bytes_of(f) };
		at += bytes_of(f);
	}
}

static int take_frames(struct sender *s, struct replay *x, const struct pcapfile *file)
{
	struct flows flows = { .n = 0 };
	size_t i, bytes = 0;
	int r;

	for (i = 0; i < file->n; i++)
		bytes += bytes_of(&file->frames[i]);
	x->bytes = calloc(bytes, 1);
	x->packet.slot = calloc(file->n, sizeof(*x->packet.slot));
	if (!x->bytes || !x->packet.slot)
		return err_set(&s->err, -ENOMEM, "replay: no memory for %zu bytes of frames", bytes);
	x->packet.n_slots = (uint32_t)file->n;
	r = flows_of_file(&flows, file, &s->err);
	if (r)
		return r;
	adopt(s, x, file, &flows);
	flows_free(&flows);
	return packet_open(s, &x->packet);
}

static int replay_ready(struct sender *s)
{
	struct replay *x = calloc(1, sizeof(*x));
	struct pcapfile file;
	int r;

	s->priv = x;
	if (!x)
		return err_set(&s->err, -ENOMEM, "replay: no memory");
	x->packet.fd = -1;
	r = recorded_frames(&file, s->g->trial, &s->err);
	r = r ? r : take_frames(s, x, &file);
	pcapfile_free(&file);
	return r;
}

static int replay_arm(struct generator *g)
{
	return sender_arm(g, replay_ready, packet_send);
}

static void replay_release(struct sender *s)
{
	struct replay *x = s->priv;

	if (!x)
		return;
	packet_close(&x->packet);
	free(x->packet.slot);
	free(x->bytes);
	free(x);
}

static void replay_disarm(struct generator *g)
{
	sender_disarm(g, replay_release);
}

const struct generator_ops generator_replay = {
	.name = "replay",
	.summary = "the frames of a capture file, at their own times or a given rate",
	.cannot_mix = "its frames have the sizes of the file's",
	.settings = settings,
	.probe = packet_probe,
	.check = replay_check,
	.check_file = replay_check_file,
	.lengths = replay_lengths,
	.flows = replay_flows,
	.arm = replay_arm,
	.fire = sender_fire,
	.wait = sender_wait,
	.stop = sender_stop,
	.report = sender_report,
	.disarm = replay_disarm,
};
