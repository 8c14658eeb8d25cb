// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/testbeds/lab/plugin/options.h"

int option_fail(const char *option, const char *why)
{
	fprintf(stderr, "rxlab-tcg: %s: %s\n", option, why);
	return 1;
}

/* START-END[:START-END...], hexadecimal, END exclusive */
static int ranges_parse(struct range *ranges, int *count, const char *option, const char *s)
{
	char *end;

	for (;;) {
		struct range *r = &ranges[*count];

		if (*count == OPTIONS_RANGES)
			return option_fail(option, "too many ranges");
		r->start = strtoull(s, &end, 16);
		if (end == s || *end != '-')
			return option_fail(option, "want START-END[:START-END...]");
		s = end + 1;
		r->end = strtoull(s, &end, 16);
		if (end == s || r->end <= r->start)
			return option_fail(option, "want START-END[:START-END...]");
		(*count)++;
		if (!*end)
			return 0;
		if (*end != ':')
			return option_fail(option, "want START-END[:START-END...]");
		s = end + 1;
	}
}

/* NAME@ADDRESS[:NAME@ADDRESS...], hexadecimal */
static int calls_parse(struct options *o, const char *option, const char *s)
{
	char *end;

	for (;;) {
		struct call *c = &o->calls[o->call_count];
		size_t n = strcspn(s, "@");

		if (o->call_count == OPTIONS_CALLS)
			return option_fail(option, "too many functions");
		if (!n || n >= sizeof(c->name) || !s[n])
			return option_fail(option, "want NAME@ADDRESS[:NAME@ADDRESS...]");
		memcpy(c->name, s, n);
		c->address = strtoull(s + n + 1, &end, 16);
		if (end == s + n + 1 || (*end && *end != ':'))
			return option_fail(option, "want NAME@ADDRESS[:NAME@ADDRESS...]");
		o->call_count++;
		if (!*end)
			return 0;
		s = end + 1;
	}
}

/* NAME@ADDRESS@SKB@REASON[:...], the address hexadecimal, the others names of registers, or "-" for no reason */
static int probes_parse(struct options *o, const char *option, const char *s)
{
	struct events *e = &o->events;
	int n;

	for (;;) {
		struct probe *p = &e->probes[e->count];

		if (e->count == EVENTS_PROBES)
			return option_fail(option, "too many functions");
		if (sscanf(s, "%31[^@:]@%" SCNx64 "@%3[a-z0-9]@%3[a-z0-9-]%n", p->name, &p->address, p->skb, p->reason,
			   &n) != 4 ||
		    (s[n] && s[n] != ':'))
			return option_fail(option, "want NAME@ADDRESS@REGISTER@REGISTER[:...]");
		e->count++;
		if (!s[n])
			return 0;
		s += n + 1;
	}
}

/* INSTRUCTIONS[:INSTRUCTIONS...], one a vCPU; the last holds for the vCPUs that are not named */
static int quantum_parse(struct counts *now, const char *option, const char *s)
{
	char *end;
	long n = 0;

	for (int i = 0; i < now->vcpus; i++) {
		if (*s || !i) {
			n = strtol(s, &end, 10);
			if (end == s || n < 1 || n > INT32_MAX || (*end && *end != ':'))
				return option_fail(option, "want INSTRUCTIONS[:INSTRUCTIONS...]");
			s = *end ? end + 1 : end;
		}
		now->vcpu[i].quantum = n;
	}
	return *s ? option_fail(option, "more quanta than vCPUs") : 0;
}

/* CPU[:CPU...] as a mask, or -1 */
static int64_t cpus_parse(const struct counts *now, const char *option, const char *s)
{
	int64_t mask = 0;
	char *end;
	long n;

	for (;;) {
		n = strtol(s, &end, 10);
		if (end == s || n < 0 || n >= now->vcpus || (*end && *end != ':')) {
			option_fail(option, "want CPU[:CPU...]");
			return -1;
		}
		mask |= 1ll << n;
		if (!*end)
			return mask;
		s = end + 1;
	}
}

static int nic_parse(struct options *o, const char *option, const char *s)
{
	static const char *const modes[] = { [IGB_AS_IS] = "as-is", [IGB_PROBE] = "probe", [IGB_CHIP] = "chip" };

	for (o->nic = IGB_AS_IS; o->nic <= IGB_CHIP; o->nic++)
		if (!strcmp(modes[o->nic], s))
			return 0;
	return option_fail(option, "want as-is, probe or chip");
}

static int profiled_parse(struct counts *now, const char *option, const char *s)
{
	int64_t mask = cpus_parse(now, option, s);

	for (int i = 0; i < now->vcpus; i++)
		now->vcpu[i].profiled = mask >> i & 1;
	return mask < 0;
}

static int senders_parse(struct counts *now, const char *option, const char *s)
{
	int64_t mask = cpus_parse(now, option, s);

	for (int i = 0; i < now->vcpus; i++)
		now->vcpu[i].sender = mask >> i & 1;
	now->senders = __builtin_popcountll(mask);
	return mask < 0;
}

/* A number from min on, alone. */
static int number_parse(int64_t *n, const char *option, const char *s, int64_t min, const char *want)
{
	char *end;

	*n = strtol(s, &end, 10);
	return end == s || *end || *n < min || *n > INT32_MAX ? option_fail(option, want) : 0;
}

static int dut_parse(struct counts *now, const char *option, const char *s)
{
	int64_t n;
	int r = number_parse(&n, option, s, 0, "want the number of a vCPU");

	now->dut = (int)n;
	return r;
}

/* What concerns vCPUs; -1: it does not. */
static int vcpu_option_parse(struct counts *now, const char *option)
{
	if (!strncmp(option, "profiled=", 9))
		return profiled_parse(now, option, option + 9);
	if (!strncmp(option, "quantum=", 8))
		return quantum_parse(now, option, option + 8);
	if (!strncmp(option, "senders=", 8))
		return senders_parse(now, option, option + 8);
	if (!strncmp(option, "round=", 6))
		return number_parse(&now->round, option, option + 6, 1, "want INSTRUCTIONS");
	if (!strncmp(option, "dut=", 4))
		return dut_parse(now, option, option + 4);
	return -1;
}

int option_parse(struct options *o, struct counts *now, const char *option)
{
	char *end;
	int r = vcpu_option_parse(now, option);

	if (r >= 0)
		return r;
	if (!strncmp(option, "out=", 4)) {
		o->out = option + 4;
		return 0;
	}
	if (!strncmp(option, "idle=", 5))
		return ranges_parse(o->idle, &o->idle_count, option, option + 5);
	if (!strncmp(option, "waits=", 6))
		return ranges_parse(o->waits, &o->wait_count, option, option + 6);
	if (!strcmp(option, "waiting=skipped") || !strcmp(option, "waiting=executed")) {
		o->waits_executed = !strcmp(option, "waiting=executed");
		return 0;
	}
	if (!strncmp(option, "stop=", 5)) {
		o->stop = option + 5;
		return 0;
	}
	if (!strncmp(option, "profile=", 8)) {
		o->profile = option + 8;
		return 0;
	}
	if (!strcmp(option, "memory=on") || !strcmp(option, "memory=off")) {
		o->memory = !strcmp(option, "memory=on");
		return 0;
	}
	if (!strncmp(option, "calls=", 6))
		return calls_parse(o, option, option + 6);
	if (!strncmp(option, "events=", 7)) {
		o->events.path = option + 7;
		return 0;
	}
	if (!strncmp(option, "probes=", 7))
		return probes_parse(o, option, option + 7);
	if (!strncmp(option, "skb_data=", 9)) {
		o->events.data_offset = strtoull(option + 9, &end, 10);
		return end == option + 9 || *end ? option_fail(option, "want an offset") : 0;
	}
	if (!strncmp(option, "nic=", 4))
		return nic_parse(o, option, option + 4);
	return option_fail(option, "unknown option (README.md)");
}
