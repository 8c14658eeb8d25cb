// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kcap: frames analysed inside the kernel by this project's module (kmod/kcap):
 * no frame reaches user space or the network stack. The module also does the
 * trial's work. Closing the socket ends the analysis, however the process
 * ends.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "capture-impls/capture.h"
#include "capture-impls/common/module.h"
#include "capture-impls/kcap/client.h"
#include "harness/sink/work.h"

#define KCAP_MODULE "kcap"

struct kcap {
	uint32_t flows, interval_ms, tap; /* parameters */
	char algorithm[CAPTURE_NAME_MAX];
	bool opened; /* needed since priv starts zeroed, and 0 is a valid file descriptor */
	struct kcap_client client;
	uint32_t ifindex;
	struct work_setting work;
};

static const struct capture_param params[] = {
	{ "algorithm", PARAM_NAME, offsetof(struct kcap, algorithm), "horspool", 0, 0,
	  "name: of work=match: horspool, or the kernel's bm (Boyer-Moore) or kmp (Knuth-Morris-Pratt)" },
	{ "flows", PARAM_U32, offsetof(struct kcap, flows), "3072", 1, KCAP_FLOWS_MAX,
	  "flows: room of the table of work=flow" },
	{ "interval_ms", PARAM_U32, offsetof(struct kcap, interval_ms), "10", KCAP_INTERVAL_MIN_MS,
	  KCAP_INTERVAL_MAX_MS, "ms: interval over which the link's use is measured" },
	{ "tap", PARAM_BOOL, offsetof(struct kcap, tap), "0", 0, 1, "0 or 1: the stack keeps the frames" },
	{ 0 },
};

static int probe(struct err *why)
{
	return module_probe(KCAP_MODULE, why);
}

static int find_algorithm(const char *name)
{
	static const char *const names[] = { [KCAP_HORSPOOL] = "horspool", [KCAP_BM] = "bm", [KCAP_KMP] = "kmp" };
	int i;

	for (i = 0; i <= KCAP_KMP; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -EINVAL;
}

static int check(const void *priv, struct err *e)
{
	const struct kcap *k = priv;

	if (find_algorithm(k->algorithm) < 0)
		return err_set(e, -EINVAL, "kcap: algorithm=%s: must be horspool, bm or kmp", k->algorithm);
	return 0;
}

static int attach(struct capture *c, struct kcap *k)
{
	int ret, algorithm = find_algorithm(k->algorithm);
	struct kcap_request r;

	kcap_request_init(&r, &k->client, KCAP_CMD_ATTACH);
	kcap_request_u32(&r, KCAP_A_IFINDEX, k->ifindex);
	kcap_request_u32(&r, KCAP_A_FLAGS, k->tap ? KCAP_FLAG_TAP : 0);
	kcap_request_u32(&r, KCAP_A_INTERVAL_MS, k->interval_ms);
	if (k->work.kind == WORK_FLOW)
		kcap_request_u32(&r, KCAP_A_FLOWS, k->flows);
	if (k->work.kind == WORK_MATCH) {
		kcap_request_put(&r, KCAP_A_PATTERN, k->work.pattern, k->work.pattern_bytes);
		kcap_request_u32(&r, KCAP_A_ALGORITHM, (uint32_t)algorithm);
	}
	ret = kcap_client_ask(&k->client, &r, NULL, NULL);
	return ret ? err_set(&c->err, ret, "kcap: attach to %s: %s", c->ifname, strerror(-ret)) : 0;
}

static void kcap_close(struct capture *c)
{
	struct kcap *k = c->priv;

	if (k->opened)
		kcap_client_close(&k->client);
	k->opened = false;
}

static int connect_module(struct capture *c, struct kcap *k)
{
	int ret = module_load(KCAP_MODULE, "", c->undo, &c->err);

	if (ret)
		return ret;
	ret = kcap_client_open(&k->client);
	if (ret)
		return err_set(&c->err, ret, "kcap: the module does not answer: %s", strerror(-ret));
	k->opened = true;
	return 0;
}

static int kcap_open(struct capture *c)
{
	struct kcap *k = c->priv;
	int ret = work_of_trial(&k->work, c->trial, &c->err);

	if (!ret && k->work.kind == WORK_TOUCH)
		ret = err_set(&c->err, -EINVAL, "kcap: work=touch: the kernel does not read every byte for nothing");
	k->ifindex = if_nametoindex(c->ifname);
	if (!ret && !k->ifindex)
		ret = err_sys(&c->err, "%s", c->ifname);
	if (!ret)
		ret = connect_module(c, k);
	if (!ret)
		ret = attach(c, k);
	if (ret)
		kcap_close(c);
	return ret;
}

static void count_work(const struct kcap *k, const struct kcap_stats *s, struct capture_counts *counts)
{
	if (k->work.kind == WORK_MATCH)
		counts->work.matches = counter_of(s->values[KCAP_A_MATCHED]);
	if (k->work.kind == WORK_FLOW) {
		counts->work.flows = counter_of(s->values[KCAP_A_FLOWS_USED]);
		counts->work.unclassified = counter_of(s->values[KCAP_A_FLOWS_FULL] + s->protocols[KCAP_ARP] +
						       s->protocols[KCAP_OTHER] + s->protocols[KCAP_MALFORMED]);
	}
}

static const char *const protocol_names[KCAP_PROTOCOLS] = { "arp",	  "ipv4_tcp", "ipv4_udp", "ipv4_icmp",
							    "ipv4_other", "ipv6_tcp", "ipv6_udp", "ipv6_icmp",
							    "ipv6_other", "other",    "malformed" };
static const char *const size_names[KCAP_SIZES] = { "0-63",    "64",	   "65-127",	"128-255",
						    "256-511", "512-1023", "1024-1518", "1519-" };

/* Writes the counters that are not 0 into a knob, "ipv4_udp:20000 arp:1", as far as they fit. */
static int tell_counters(struct capture *c, const char *knob, const char *const *names, const uint64_t *counters, int n)
{
	char text[sizeof(((struct setting *)0)->value)] = "";
	size_t used = 0;
	int i;

	for (i = 0; i < n; i++) {
		if (counters[i] && used < sizeof(text))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s:%llu", used ? " " : "",
						 names[i], (unsigned long long)counters[i]);
	}
	return outcome_knob(c->outcome, knob, used ? text : "none");
}

static int tell_findings(struct capture *c, const struct kcap_stats *s)
{
	char text[32];
	int ret = tell_counters(c, "kcap.protocols", protocol_names, s->protocols, KCAP_PROTOCOLS);

	if (!ret)
		ret = tell_counters(c, "kcap.sizes", size_names, s->sizes, KCAP_SIZES);
	if (!ret && s->values[KCAP_A_INTERVALS]) {
		snprintf(text, sizeof(text), "%llu", (unsigned long long)s->values[KCAP_A_PEAK_BITS]);
		ret = outcome_knob(c->outcome, "kcap.peak_bits", text);
	}
	return ret ? err_set(&c->err, ret, "kcap: no room for what it found") : 0;
}

static int kcap_counts(struct capture *c, struct capture_counts *counts)
{
	struct kcap *k = c->priv;
	struct kcap_stats s;
	int ret = kcap_client_get(&k->client, k->ifindex, &s);

	if (ret)
		return err_set(&c->err, ret, "kcap: counters of %s: %s", c->ifname, strerror(-ret));
	counts->received = counter_of(s.values[KCAP_A_FRAMES]);
	counts->dropped = counter_of(0);
	count_work(k, &s, counts);
	return tell_findings(c, &s);
}

const struct capture_ops capture_kcap = {
	.name = "kcap",
	.summary = "kernel module: frames counted, sorted and searched inside the kernel, none handed out",
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_NEEDS_MODULE | CAPTURE_COUNTS_DROPS | CAPTURE_TAKES_FRAMES |
		CAPTURE_WORKS_ITSELF,
	.priv_size = sizeof(struct kcap),
	.params = params,
	.check = check,
	.probe = probe,
	.open = kcap_open,
	.counts = kcap_counts,
	.close = kcap_close,
};
