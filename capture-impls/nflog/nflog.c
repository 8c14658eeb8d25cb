// SPDX-License-Identifier: GPL-2.0-or-later
/* nflog: an nftables rule at the interface's ingress logs each frame to a netlink group that the reader has. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "capture-impls/capture.h"
#include "capture-impls/common/module.h"
#include "capture-impls/nflog/rule.h"

#define MESSAGE_BYTES (1 << 18) /* nlbuf_bytes at most 128 KiB, and one frame beyond it */
#define ETHERNET 14
#define FLUSH_MS 10 /* unit of the kernel's timer */

struct nflog {
	uint32_t rcvbuf_bytes, group, batch, nlbuf_bytes, flush_ms; /* parameters */
	struct nflog_rule rule;
	struct mnl_socket *nl; /* NULL: not open */
	uint32_t bytes; /* of the message in hand */
	const struct nlmsghdr *next; /* in it; NULL: it has been read */
	uint64_t read;
	char message[MESSAGE_BYTES];
};

static const struct capture_param params[] = {
	{ "rcvbuf_bytes", PARAM_U32, offsetof(struct nflog, rcvbuf_bytes), "1048576", 4096, 1u << 29,
	  "bytes: receive buffer of the netlink socket as asked for; the kernel doubles it" },
	{ "group", PARAM_U32, offsetof(struct nflog, group), "5", 0, 65535, "number: the log group" },
	{ "batch", PARAM_U32, offsetof(struct nflog, batch), "1", 1, 4096,
	  "frames: put into one message before it is sent (nft's queue-threshold)" },
	{ "nlbuf_bytes", PARAM_U32, offsetof(struct nflog, nlbuf_bytes), "4096", 4096, 131072,
	  "bytes: allocated for each message; a frame that does not fit gets what it needs" },
	{ "flush_ms", PARAM_U32, offsetof(struct nflog, flush_ms), "10", FLUSH_MS, 1000,
	  "ms: a message that is not full is sent after so long; in steps of 10" },
	{ 0 },
};

static int nflog_check(const void *priv, struct err *e)
{
	const struct nflog *v = priv;

	if (v->flush_ms % FLUSH_MS)
		return err_set(e, -EINVAL, "nflog: flush_ms=%u: the kernel counts in steps of %d ms", v->flush_ms,
			       FLUSH_MS);
	return 0;
}

/* In the order of loading. Of these, what a kernel has built in is no file: then the first message finds it. */
static const char *const modules[] = { "crc32c_generic", "libcrc32c", "nfnetlink",
				       "nf_tables",	 "nft_log",   "nfnetlink_log" };

static int load_modules(struct capture *c)
{
	struct err why = { "" };
	size_t i;
	int r;

	for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		if (module_probe(modules[i], &why))
			continue;
		r = module_load(modules[i], "", c->undo, &c->err);
		if (r)
			return r;
	}
	return 0;
}

static void nflog_close(struct capture *c)
{
	struct nflog *v = c->priv;

	nflog_rule_remove(&v->rule);
	if (v->nl)
		mnl_socket_close(v->nl);
	v->nl = NULL;
}

/* Sends one setting of the group; the kernel answers each. */
static int configure(struct nflog *v, uint16_t type, const void *value, size_t bytes)
{
	char buffer[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *nfg;
	ssize_t n;

	nlh->nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = AF_UNSPEC;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons((uint16_t)v->group);
	mnl_attr_put(nlh, type, bytes, value);
	if (mnl_socket_sendto(v->nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	n = mnl_socket_recvfrom(v->nl, v->message, sizeof(v->message));
	return n < 0 || mnl_cb_run(v->message, (size_t)n, 0, 0, NULL, NULL) < 0 ? -errno : 0;
}

static int configure_u32(struct nflog *v, uint16_t type, uint32_t value)
{
	value = htonl(value);
	return configure(v, type, &value, sizeof(value));
}

static int configure_all(struct nflog *v)
{
	const struct nfulnl_msg_config_cmd bind = { .command = NFULNL_CFG_CMD_BIND };
	const struct nfulnl_msg_config_mode whole = { .copy_range = htonl(UINT16_MAX),
						      .copy_mode = NFULNL_COPY_PACKET };
	int r = configure(v, NFULA_CFG_CMD, &bind, sizeof(bind));

	r = r ? r : configure(v, NFULA_CFG_MODE, &whole, sizeof(whole));
	r = r ? r : configure_u32(v, NFULA_CFG_NLBUFSIZ, v->nlbuf_bytes);
	r = r ? r : configure_u32(v, NFULA_CFG_QTHRESH, v->batch);
	return r ? r : configure_u32(v, NFULA_CFG_TIMEOUT, v->flush_ms / FLUSH_MS);
}

/* The kernel's report of an overrun (ENOBUFS) is switched off: it tells no number. */
static int open_group(struct capture *c, struct nflog *v)
{
	int size = (int)v->rcvbuf_bytes, on = 1, got = 0, r;
	socklen_t bytes = sizeof(got);
	char text[16];

	v->nl = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!v->nl || mnl_socket_bind(v->nl, 0, MNL_SOCKET_AUTOPID))
		return err_sys(&c->err, "nflog: netfilter's netlink");
	if (setsockopt(mnl_socket_get_fd(v->nl), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    getsockopt(mnl_socket_get_fd(v->nl), SOL_SOCKET, SO_RCVBUF, &got, &bytes) ||
	    mnl_socket_setsockopt(v->nl, NETLINK_NO_ENOBUFS, &on, sizeof(on)))
		return err_sys(&c->err, "nflog: receive buffer of %u bytes", v->rcvbuf_bytes);
	r = configure_all(v);
	if (r)
		return err_set(&c->err, r, "nflog: log group %u: %s", v->group, strerror(-r));
	snprintf(text, sizeof(text), "%d", got);
	return outcome_knob(c->outcome, "rcvbuf_bytes", text);
}

static int nflog_open(struct capture *c)
{
	struct nflog *v = c->priv;
	int r = load_modules(c);

	r = r ? r : open_group(c, v);
	r = r ? r : nflog_rule_add(&v->rule, c->ifname, (uint16_t)v->group, &c->err);
	c->hold_ns = v->flush_ms * 1000000ULL;
	if (r)
		nflog_close(c);
	return r;
}

/* The next message of what the kernel sent; 1, 0 when there is none, or -errno. */
static int receive(struct capture *c, struct nflog *v)
{
	ssize_t n = recv(mnl_socket_get_fd(v->nl), v->message, sizeof(v->message), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : err_sys(&c->err, "nflog: %s", c->ifname);
	sink_batch(c->sink);
	v->bytes = (uint32_t)n;
	v->next = (const struct nlmsghdr *)v->message;
	return 1;
}

/* Frames without a header (none comes here) and what is no frame have no place in the sink. */
static int deliver(struct capture *c, struct nflog *v, const struct nlmsghdr *nlh)
{
	const struct nlattr *a, *found[NFULA_MAX + 1] = { NULL };
	uint32_t length;
	uint8_t *frame;

	mnl_attr_for_each (a, nlh, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(a) <= NFULA_MAX)
			found[mnl_attr_get_type(a)] = a;
	if (!found[NFULA_PAYLOAD] || !found[NFULA_HWHEADER])
		return 0;
	/* The Ethernet header came by itself: to the place before the payload, over attributes that have been read. */
	length = mnl_attr_get_payload_len(found[NFULA_PAYLOAD]) + ETHERNET;
	frame = (uint8_t *)mnl_attr_get_payload(found[NFULA_PAYLOAD]) - ETHERNET;
	memmove(frame, mnl_attr_get_payload(found[NFULA_HWHEADER]), ETHERNET);
	sink_packet(c->sink, frame, length, length);
	v->read++;
	return 1;
}

static int nflog_poll(struct capture *c, int budget)
{
	struct nflog *v = c->priv;
	const struct nlmsghdr *nlh;
	int done = 0, left, r;

	while (done < budget) {
		left = (int)(v->bytes - ((uintptr_t)v->next - (uintptr_t)v->message)); /* of no meaning without next */
		if (!v->next || !mnl_nlmsg_ok(v->next, left)) {
			v->next = NULL;
			r = receive(c, v);
			if (r <= 0)
				return r < 0 ? r : done;
			continue;
		}
		nlh = v->next;
		v->next = mnl_nlmsg_next(nlh, &left);
		if (nlh->nlmsg_type == (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET))
			done += deliver(c, v, nlh);
	}
	return done;
}

static int nflog_wait(struct capture *c, uint64_t timeout_ns)
{
	struct timespec timeout = { (time_t)(timeout_ns / 1000000000), (long)(timeout_ns % 1000000000) };
	struct nflog *v = c->priv;
	struct pollfd p = { .fd = mnl_socket_get_fd(v->nl), .events = POLLIN };

	if (ppoll(&p, 1, &timeout, NULL) < 0 && errno != EINTR)
		return err_sys(&c->err, "nflog: poll");
	return 0;
}

static bool nothing_to_read(const struct nflog *v)
{
	char byte;

	return !v->next && recv(mnl_socket_get_fd(v->nl), &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0;
}

/*
 * With one frame a message, the socket's own count of messages that it had no room for is that of the lost frames. With
 * more, how many frames a lost message had shows only when nothing is under way any more: the socket is empty, the kernel
 * has sent its last message, and no frame came to the rule meanwhile. Returns 1 and the lost frames; 0: unknown; or -errno.
 */
static int lost(struct capture *c, struct nflog *v, uint64_t frames, uint64_t *value)
{
	const struct timespec flushed = { 0, (long)(v->flush_ms + FLUSH_MS) * 1000000L };
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t bytes = sizeof(info);
	uint64_t again;
	int r;

	*value = frames - v->read;
	if (!*value)
		return 1;
	if (v->batch > 1) {
		if (!nothing_to_read(v))
			return 0;
		nanosleep(&flushed, NULL);
		r = nflog_rule_count(&v->rule, &again, &c->err);
		return r ? r : again == frames && nothing_to_read(v);
	}
	if (getsockopt(mnl_socket_get_fd(v->nl), SOL_SOCKET, SO_MEMINFO, info, &bytes))
		return err_sys(&c->err, "nflog: the socket's drops");
	*value = info[SK_MEMINFO_DROPS];
	return 1;
}

static int nflog_counts(struct capture *c, struct capture_counts *counts)
{
	struct nflog *v = c->priv;
	uint64_t frames, dropped = 0;
	int r = nflog_rule_count(&v->rule, &frames, &c->err);

	r = r ? r : lost(c, v, frames, &dropped);
	if (r <= 0)
		return r;
	counts->dropped = counter_of(dropped);
	counts->received = counter_of(frames - dropped);
	counts->left = counter_of(frames - dropped - v->read);
	return 0;
}

/* Is it built in, loaded, or a module that open() loads? */
static int nflog_probe(struct err *why)
{
	static const char logs[] = "/proc/net/netfilter/nfnetlink_log";
	FILE *there = fopen(logs, "re");

	if (there)
		return fclose(there);
	return module_probe("nfnetlink_log", why);
}

const struct capture_ops capture_nflog = {
	.name = "nflog",
	.summary = "netfilter: an nftables rule at ingress logs frames to a netlink group",
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_COUNTS_DROPS | CAPTURE_LOSES_VLAN,
	.priv_size = sizeof(struct nflog),
	.params = params,
	.check = nflog_check,
	.probe = nflog_probe,
	.open = nflog_open,
	.poll = nflog_poll,
	.wait = nflog_wait,
	.counts = nflog_counts,
	.close = nflog_close,
};
