// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pktgen: the kernel's own packet generator, one thread and one device a
 * sender. Each frame is built anew (clone_skb 0), since only then does it carry
 * a sequence number and a time stamp of its own.
 *
 * The write of "start" blocks until every sender has sent its count, so it has
 * a thread of its own; nothing of ours runs on a sender's CPU meanwhile.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "generators/generator.h"
#include "generators/pktgen/pg.h"
#include "generators/pktgen/phase.h"
#include "harness/sink/sink.h"

#define START_NS 500000000ULL /* pktgen's threads look for work ten times a second */

struct pktgen {
	pthread_t starter;
	struct phase phase;
	int started;
	int result;
	struct err err;
};

static const struct generator_setting pktgen_settings[] = {
	{ "burst", 1, 1, 256, "frames: handed to the driver at once; the rate paces bursts", NULL, EFFECT_BUNCHES },
	{ "clone_skb", 0, 0, 1000000,
	  "frames: copies of one frame; above 0 sequence numbers repeat and are not checked", NULL, EFFECT_REPEATS },
	{ "flows", 1, 1, 60000, "count: UDP destination ports, in turn", NULL, EFFECT_NONE },
	{ "queue", 0, 0, 1, "0 or 1: frames go through the sender's queueing discipline and its egress hook", NULL,
	  EFFECT_NONE },
	{ 0 },
};

static int pktgen_probe(struct err *why)
{
	if (!access(PG_DIR "/pgctrl", W_OK))
		return 0;
	if (errno == ENOENT)
		return err_set(why, -ENOENT, PG_DIR ": the kernel has no pktgen, or its module is not loaded");
	return err_sys(why, PG_DIR "/pgctrl");
}

/* pktgen draws each size from a table of 100 places, in which a size has its weight's share without fractions. */
static int mix_check(const struct frame_mix *m, struct err *e)
{
	uint32_t i;

	for (i = 0; i < m->n; i++)
		if (m->weight[i] * 100 < mix_period(m))
			return err_set(e, -EINVAL,
				       "pktgen: frame: size %u is of less than 1 %% of the frames, which "
				       "pktgen would never send",
				       m->bytes[i]);
	return 0;
}

static int pktgen_check(const struct trial *t, struct err *e)
{
	static const char *const repeats[] = { "burst", "clone_skb" };
	size_t i;

	for (i = 0; i < sizeof(repeats) / sizeof(repeats[0]) && t->mix.n; i++)
		if (setting_number(pktgen_settings, t, repeats[i]) !=
		    setting_find(pktgen_settings, repeats[i])->initial)
			return err_set(e, -EINVAL,
				       GENERATOR_PREFIX "%s: repeats frames of one size, and cannot be set with "
							"a mix of sizes",
				       repeats[i]);
	return mix_check(&t->mix, e);
}

static uint64_t sender_rate(const struct trial *t, uint32_t k)
{
	return t->rate_pps / t->senders + (k < t->rate_pps % t->senders);
}

static int set_addresses(struct generator *g, const char *dev, uint32_t k)
{
	const uint8_t *m = g->place->dst_mac;
	uint64_t flows = setting_number(pktgen_settings, g->trial, "flows");
	struct err *e = &g->err;
	int r;

	r = pg_set(dev, e, "dst_mac %02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
	r = r ? r : pg_set(dev, e, "src_min 198.18.0.%u", k + 1);
	r = r ? r : pg_set(dev, e, "src_max 198.18.0.%u", k + 1);
	r = r ? r : pg_set(dev, e, "dst_min 198.19.0.1"); /* benchmarking addresses, RFC 2544 */
	r = r ? r : pg_set(dev, e, "dst_max 198.19.0.1");
	r = r ? r : pg_set(dev, e, "udp_src_min %u", SINK_PORT + k);
	r = r ? r : pg_set(dev, e, "udp_src_max %u", SINK_PORT + k);
	r = r ? r : pg_set(dev, e, "udp_dst_min 9");
	/* If there are several ports, udp_dst_max is the one after the last. */
	r = r ? r : pg_set(dev, e, "udp_dst_max %llu", 9 + (flows > 1 ? (unsigned long long)flows : 0));
	return r;
}

static int set_traffic(struct generator *g, const char *dev, uint32_t k)
{
	const struct trial *t = g->trial;
	uint64_t rate = sender_rate(t, k);
	struct err *e = &g->err;
	int r;

	r = pg_set(dev, e, "count %llu", (unsigned long long)sink_share(g->sends, t->senders, k));
	r = r ? r : pg_set(dev, e, "pkt_size %u", t->frame_bytes - FCS_BYTES);
	r = r ? r
	      : pg_set(dev, e, "clone_skb %llu", (unsigned long long)setting_number(pktgen_settings, t, "clone_skb"));
	r = r ? r : pg_set(dev, e, "burst %llu", (unsigned long long)setting_number(pktgen_settings, t, "burst"));
	if (setting_number(pktgen_settings, t, "queue"))
		r = r ? r : pg_set(dev, e, "xmit_mode queue_xmit");
	if (t->mix.n)
		r = r ? r : pg_set_mix(dev, &t->mix, e);
	if (rate != RATE_MAX)
		return r ? r : pg_set(dev, e, "ratep %llu", (unsigned long long)rate);
	return r ? r : pg_set(dev, e, "delay 0");
}

static int arm_sender(struct generator *g, uint32_t k)
{
	const char *dev = g->place->ifname[k];
	char thread[32];
	int r;

	snprintf(thread, sizeof(thread), "kpktgend_%u", g->place->cpu[k]);
	r = pg_set(thread, &g->err, "rem_device_all");
	r = r ? r : pg_set(thread, &g->err, "add_device %s", dev);
	r = r ? r : set_addresses(g, dev, k);
	return r ? r : set_traffic(g, dev, k);
}

static int pktgen_arm(struct generator *g)
{
	uint32_t k;
	int r = 0;

	g->priv = calloc(1, sizeof(struct pktgen));
	if (!g->priv)
		return err_set(&g->err, -ENOMEM, "pktgen: no memory");
	for (k = 0; k < g->place->senders && !r; k++)
		if (sink_share(g->trial->count, g->place->senders, k))
			r = arm_sender(g, k);
	return r;
}

static void *run_start(void *arg)
{
	struct pktgen *p = arg;

	p->result = pg_set("pgctrl", &p->err, "start");
	return NULL;
}

static int pktgen_fire(struct generator *g)
{
	struct pktgen *p = g->priv;
	int r = phase_start(&p->phase, g->place->cpu[0], &g->err);

	if (r)
		return r;
	r = pthread_create(&p->starter, NULL, run_start, p);
	if (r)
		return err_set(&g->err, -r, "pktgen: cannot start a thread: %s", strerror(r));
	p->started = 1;
	phase_hold(&p->phase, g->place->ifname[0], phase_of_seed(g->trial->seed), START_NS, g->starting,
		   g->starting_arg);
	phase_end(&p->phase);
	return 0;
}

static int pktgen_join(struct pktgen *p, const struct timespec *until)
{
	int r = until ? pthread_timedjoin_np(p->starter, NULL, until) : pthread_join(p->starter, NULL);

	if (!r)
		p->started = 0;
	return -r;
}

static int pktgen_wait(struct generator *g, uint64_t timeout_ns)
{
	struct pktgen *p = g->priv;
	struct timespec until;
	int r;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += timeout_ns / 1000000000 + 1;
	r = pktgen_join(p, &until);
	if (r)
		return err_set(&g->err, r, "pktgen: not done after %llu ms", (unsigned long long)timeout_ns / 1000000);
	return p->result ? err_set(&g->err, p->result, "%s", p->err.text) : 0;
}

static int pktgen_stop(struct generator *g)
{
	struct pktgen *p = g->priv;

	if (!p || !p->started)
		return 0;
	pg_set("pgctrl", &g->err, "stop");
	return pktgen_join(p, NULL);
}

static int pktgen_report(struct generator *g, struct outcome *o)
{
	struct pg_result res;
	uint32_t k;
	int r;

	for (k = 0; k < g->place->senders; k++) {
		if (!sink_share(g->trial->count, g->place->senders, k))
			continue;
		r = pg_read(g->place->ifname[k], &res, &g->err);
		if (r)
			return r;
		r = g->trial->mix.n ? pg_read_mix(g->place->ifname[k], &g->trial->mix, o->sizes.sent, &g->err) : 0;
		if (r)
			return r;
		o->generator.sent += res.sent;
		o->generator.errors += res.errors;
		o->generator.achieved_pps += res.pps;
		if (res.usec * 1000 > o->generator.duration_ns)
			o->generator.duration_ns = res.usec * 1000;
	}
	return 0;
}

static void pktgen_disarm(struct generator *g)
{
	struct pktgen *p = g->priv;

	pktgen_stop(g);
	if (p)
		phase_end(&p->phase);
	if (p)
		pg_set("pgctrl", NULL, "reset");
	free(g->priv);
	g->priv = NULL;
}

const struct generator_ops generator_pktgen = {
	.name = "pktgen",
	.summary = "the kernel's packet generator, a thread and a device for each sender",
	.settings = pktgen_settings,
	.probe = pktgen_probe,
	.check = pktgen_check,
	.arm = pktgen_arm,
	.fire = pktgen_fire,
	.wait = pktgen_wait,
	.stop = pktgen_stop,
	.report = pktgen_report,
	.disarm = pktgen_disarm,
};
