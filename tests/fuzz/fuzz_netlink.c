// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answers of the kernel to ethtool and rtnetlink: an input is what recv() gives, message by message, each behind its length
 * in two bytes; the ioctl's answers are taken from the same bytes. No socket is opened.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <net/if.h>
#include <stdbool.h>
#include <string.h>

#include "harness/testbeds/netns/netns_link.h"
#include "harness/util/ethtool.h"
#include "harness/util/ethtool_rss.h"
#include "tests/fuzz/fuzz.h"

#define ANSWERS 16 /* of one request: the kernel's end some time */

static struct fuzz_part rest;
static int left;

struct mnl_socket *__wrap_mnl_socket_open2(int bus, int flags);
int __wrap_mnl_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid);
ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *nl, const void *req, size_t size);
ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t size);
unsigned int __wrap_mnl_socket_get_portid(const struct mnl_socket *nl);
int __wrap_mnl_socket_close(struct mnl_socket *nl);
int __wrap_ioctl(int fd, unsigned long request, void *argument);

struct mnl_socket *__wrap_mnl_socket_open2(int bus, int flags)
{
	(void)bus, (void)flags;
	left = ANSWERS;
	return (struct mnl_socket *)&left;
}

int __wrap_mnl_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid)
{
	(void)nl, (void)groups, (void)pid;
	return 0;
}

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *nl, const void *req, size_t size)
{
	(void)nl, (void)req;
	return (ssize_t)size;
}

/* libmnl 1.0.4 takes a message of 2 GB or more for one that fits, and reads on there; the kernel sends none. */
static bool libmnl_bears(const uint8_t *buf, size_t n)
{
	struct nlmsghdr head;
	size_t at = 0;

	while (n - at >= sizeof(head)) {
		memcpy(&head, buf + at, sizeof(head));
		if (head.nlmsg_len > INT32_MAX)
			return false;
		if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > n - at)
			break;
		at += MNL_ALIGN(head.nlmsg_len);
		if (at > n)
			break;
	}
	return true;
}

ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t size)
{
	uint16_t n;

	(void)nl;
	if (rest.size < sizeof(n) || !left--) {
		errno = ENOBUFS;
		return -1;
	}
	memcpy(&n, rest.data, sizeof(n));
	rest = (struct fuzz_part) { rest.data + sizeof(n), rest.size - sizeof(n) };
	n = n < rest.size ? n : (uint16_t)rest.size;
	n = n < size ? n : (uint16_t)size;
	memcpy(buf, rest.data, n);
	rest = (struct fuzz_part) { rest.data + n, rest.size - n };
	return libmnl_bears(buf, n) ? n : 0;
}

unsigned int __wrap_mnl_socket_get_portid(const struct mnl_socket *nl)
{
	(void)nl;
	return 0;
}

int __wrap_mnl_socket_close(struct mnl_socket *nl)
{
	(void)nl;
	return 0;
}

/* The indirection table, whose room the request itself names; the size stands behind the command. */
int __wrap_ioctl(int fd, unsigned long request, void *argument)
{
	uint32_t *word = (void *)((struct ifreq *)argument)->ifr_data,
		 room = word[0] == ETHTOOL_GRXFHINDIR ? word[1] : 0, i;

	(void)fd, (void)request;
	for (i = 1; i < room + 2 && rest.size >= sizeof(*word); i++) {
		memcpy(&word[i], rest.data, sizeof(*word));
		rest = (struct fuzz_part) { rest.data + sizeof(*word), rest.size - sizeof(*word) };
	}
	return 0;
}

static void asked(struct fuzz_part all, enum ethtool_item item)
{
	struct err e = { "" };
	uint32_t value;

	rest = all;
	fuzz_answer(ethtool_get("dut", item, &value, &e), &e);
	rest = all;
	fuzz_answer(ethtool_set("dut", item, 1, &e), &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fuzz_part all = { data, size };
	uint32_t entries[4], weights[] = { 1, 2 };
	struct veth_counts counts;
	struct err e = { "" };
	int item;

	for (item = ETHTOOL_RX_USECS; item <= ETHTOOL_TSO; item++)
		asked(all, item);
	rest = all;
	fuzz_answer(ethtool_rss_get("dut", entries, 4, &e), &e);
	rest = all;
	fuzz_answer(ethtool_rss_set("dut", weights, 2, &e), &e);
	rest = all;
	veth_count("dut", &counts);
	return 0;
}
