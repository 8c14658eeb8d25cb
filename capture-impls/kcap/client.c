// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture-impls/kcap/client.h"

#define ANSWER_BYTES 32768 /* the most that the kernel puts into one part of a dump */

void kcap_request_init(struct kcap_request *r, const struct kcap_client *c, uint8_t cmd)
{
	memset(r, 0, sizeof(*r));
	r->n.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	r->n.nlmsg_type = c->family;
	r->n.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	r->g.cmd = cmd;
	r->g.version = KCAP_VERSION;
}

void kcap_request_put(struct kcap_request *r, uint16_t type, const void *data, size_t bytes)
{
	struct nlattr *a = (struct nlattr *)((uint8_t *)r + NLMSG_ALIGN(r->n.nlmsg_len));

	a->nla_type = type;
	a->nla_len = (uint16_t)(NLA_HDRLEN + bytes);
	memcpy((uint8_t *)a + NLA_HDRLEN, data, bytes);
	r->n.nlmsg_len = NLMSG_ALIGN(r->n.nlmsg_len) + NLA_ALIGN(a->nla_len);
}

void kcap_request_u32(struct kcap_request *r, uint16_t type, uint32_t v)
{
	kcap_request_put(r, type, &v, sizeof(v));
}

typedef void message_fn(const struct nlmsghdr *n, void *arg);

/* 1: more messages follow; 0 or -errno: the answer has ended. */
static int take_message(const struct nlmsghdr *n, message_fn *on_message, void *arg)
{
	if (n->nlmsg_type == NLMSG_ERROR)
		return ((const struct nlmsgerr *)NLMSG_DATA(n))->error;
	if (n->nlmsg_type == NLMSG_DONE)
		return *(const int *)NLMSG_DATA(n);
	if (on_message)
		on_message(n, arg);
	return 1;
}

int kcap_client_ask(struct kcap_client *c, struct kcap_request *r, message_fn *on_message, void *arg)
{
	static _Thread_local uint8_t answer[ANSWER_BYTES] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *n;
	ssize_t got;
	int ret = 1;

	r->n.nlmsg_seq = ++c->seq;
	if (send(c->fd, r, r->n.nlmsg_len, 0) < 0)
		return -errno;
	while (ret > 0) {
		got = recv(c->fd, answer, sizeof(answer), 0);
		if (got < 0)
			return -errno;
		for (n = (void *)answer; ret > 0 && NLMSG_OK(n, (size_t)got); n = NLMSG_NEXT(n, got))
			if (n->nlmsg_seq == c->seq)
				ret = take_message(n, on_message, arg);
	}
	return ret;
}

static const struct nlattr *attr_first(const struct nlmsghdr *n)
{
	return (const void *)((const uint8_t *)NLMSG_DATA(n) + GENL_HDRLEN);
}

static const void *attr_data(const struct nlattr *a)
{
	return (const uint8_t *)a + NLA_HDRLEN;
}

static size_t attr_bytes(const struct nlattr *a)
{
	return a->nla_len - NLA_HDRLEN;
}

static const struct nlattr *attr_next(const struct nlattr *a)
{
	return (const void *)((const uint8_t *)a + NLA_ALIGN(a->nla_len));
}

static bool attr_is_before(const struct nlattr *a, const void *end)
{
	return (const uint8_t *)a + NLA_HDRLEN <= (const uint8_t *)end && a->nla_len >= NLA_HDRLEN &&
	       (const uint8_t *)a + a->nla_len <= (const uint8_t *)end;
}

static int attr_type(const struct nlattr *a)
{
	return a->nla_type & NLA_TYPE_MASK;
}

static uint64_t attr_number(const struct nlattr *a)
{
	uint64_t v = 0; /* little-endian, like every machine that this project runs on */

	memcpy(&v, attr_data(a), attr_bytes(a) < sizeof(v) ? attr_bytes(a) : sizeof(v));
	return v;
}

static void on_family(const struct nlmsghdr *n, void *arg)
{
	const void *end = (const uint8_t *)n + n->nlmsg_len;
	const struct nlattr *a;

	for (a = attr_first(n); attr_is_before(a, end); a = attr_next(a))
		if (attr_type(a) == CTRL_ATTR_FAMILY_ID)
			*(uint16_t *)arg = (uint16_t)attr_number(a);
}

static int find_family(struct kcap_client *c)
{
	struct kcap_request r;

	kcap_request_init(&r, c, CTRL_CMD_GETFAMILY);
	r.n.nlmsg_type = GENL_ID_CTRL;
	kcap_request_put(&r, CTRL_ATTR_FAMILY_NAME, KCAP_FAMILY, sizeof(KCAP_FAMILY));
	return kcap_client_ask(c, &r, on_family, &c->family);
}

int kcap_client_open(struct kcap_client *c)
{
	int ret;

	*c = (struct kcap_client) { .fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC) };
	if (c->fd < 0)
		return -errno;
	ret = find_family(c);
	if (ret)
		kcap_client_close(c);
	return ret;
}

void kcap_client_close(struct kcap_client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

int kcap_client_do(struct kcap_client *c, uint8_t cmd, uint32_t ifindex)
{
	struct kcap_request r;

	kcap_request_init(&r, c, cmd);
	kcap_request_u32(&r, KCAP_A_IFINDEX, ifindex);
	return kcap_client_ask(c, &r, NULL, NULL);
}

static void read_counters(const struct nlattr *nest, uint64_t *counters, int n)
{
	const void *end = (const uint8_t *)nest + nest->nla_len;
	const struct nlattr *a;

	for (a = attr_data(nest); attr_is_before(a, end); a = attr_next(a))
		if (attr_type(a) >= 1 && attr_type(a) <= n)
			counters[attr_type(a) - 1] = attr_number(a);
}

static void on_stats(const struct nlmsghdr *n, void *arg)
{
	const void *end = (const uint8_t *)n + n->nlmsg_len;
	struct kcap_stats *s = arg;
	const struct nlattr *a;

	for (a = attr_first(n); attr_is_before(a, end); a = attr_next(a)) {
		if (attr_type(a) == KCAP_A_PROTOCOLS)
			read_counters(a, s->protocols, KCAP_PROTOCOLS);
		else if (attr_type(a) == KCAP_A_SIZES)
			read_counters(a, s->sizes, KCAP_SIZES);
		else if (attr_type(a) <= KCAP_A_MAX)
			s->values[attr_type(a)] = attr_number(a);
	}
}

int kcap_client_get(struct kcap_client *c, uint32_t ifindex, struct kcap_stats *s)
{
	struct kcap_request r;

	memset(s, 0, sizeof(*s));
	kcap_request_init(&r, c, KCAP_CMD_GET);
	kcap_request_u32(&r, KCAP_A_IFINDEX, ifindex);
	return kcap_client_ask(c, &r, on_stats, s);
}

struct flows {
	struct kcap_flow_stats *flows;
	uint32_t max, n;
};

static void read_flow_attr(struct kcap_flow_stats *f, const struct nlattr *a)
{
	switch (attr_type(a)) {
	case KCAP_FLOW_A_SRC:
		f->address_bytes = attr_bytes(a) < sizeof(f->src) ? (uint32_t)attr_bytes(a) : sizeof(f->src);
		memcpy(f->src, attr_data(a), f->address_bytes);
		break;
	case KCAP_FLOW_A_DST:
		memcpy(f->dst, attr_data(a), attr_bytes(a) < sizeof(f->dst) ? attr_bytes(a) : sizeof(f->dst));
		break;
	case KCAP_FLOW_A_PROTO:
		f->proto = (uint8_t)attr_number(a);
		break;
	case KCAP_FLOW_A_SPORT:
		f->sport = ntohs((uint16_t)attr_number(a));
		break;
	case KCAP_FLOW_A_DPORT:
		f->dport = ntohs((uint16_t)attr_number(a));
		break;
	case KCAP_FLOW_A_FRAMES:
		f->frames = attr_number(a);
		break;
	case KCAP_FLOW_A_BYTES:
		f->bytes = attr_number(a);
		break;
	}
}

static void on_flow(const struct nlmsghdr *n, void *arg)
{
	const struct nlattr *nest = attr_first(n), *a;
	const void *end = (const uint8_t *)nest + nest->nla_len;
	struct flows *f = arg;

	if (f->n++ >= f->max)
		return;
	memset(&f->flows[f->n - 1], 0, sizeof(*f->flows));
	for (a = attr_data(nest); attr_is_before(a, end); a = attr_next(a))
		read_flow_attr(&f->flows[f->n - 1], a);
}

int kcap_client_flows(struct kcap_client *c, uint32_t ifindex, struct kcap_flow_stats *flows, uint32_t max, uint32_t *n)
{
	struct flows f = { .flows = flows, .max = max };
	struct kcap_request r;
	int ret;

	kcap_request_init(&r, c, KCAP_CMD_GET_FLOWS);
	r.n.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	kcap_request_u32(&r, KCAP_A_IFINDEX, ifindex);
	ret = kcap_client_ask(c, &r, on_flow, &f);
	*n = f.n;
	return ret;
}
