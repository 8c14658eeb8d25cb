// SPDX-License-Identifier: GPL-2.0-only
/* See guest.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kmod/tests/guest.h"

int guest_ioctl(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) == 0 ? 0 : -errno;
}

int guest_setup(int fd, struct ykvm_setup *s, uint32_t slots)
{
	*s = (struct ykvm_setup) { .abi = YKVM_ABI, .slots = slots };
	return guest_ioctl(fd, YKVM_SETUP, s);
}

int guest_bind(int fd, unsigned int ifindex)
{
	struct ykvm_bind b = { .ifindex = ifindex };

	return guest_ioctl(fd, YKVM_BIND, &b);
}

static uint8_t *map_area(int fd, int prot, uint64_t offset, uint64_t bytes)
{
	return mmap(NULL, bytes, prot, MAP_SHARED, fd, (off_t)offset);
}

bool guest_open(struct guest_ring *g, const struct ykvm_setup *want)
{
	struct ykvm_setup *s = &g->setup;

	*g = (struct guest_ring) { .fd = open(YKVM_DEVICE, O_RDWR | O_CLOEXEC), .setup = *want };
	s->abi = YKVM_ABI;
	if (g->fd < 0 || guest_ioctl(g->fd, YKVM_SETUP, s) != 0)
		return false;
	g->user = map_area(g->fd, PROT_READ | PROT_WRITE, s->user_offset, s->user_bytes);
	g->shared = map_area(g->fd, PROT_READ, s->shared_offset, s->shared_bytes);
	g->buffers = s->buffers_bytes ? map_area(g->fd, PROT_READ, s->buffers_offset, s->buffers_bytes)
				      : (uint8_t *)(uintptr_t)s->memory_addr;
	if (g->user == MAP_FAILED || g->shared == MAP_FAILED || g->buffers == MAP_FAILED)
		return false;
	ykvm_reader_init(&g->reader, s, g->user, g->shared, g->buffers);
	return true;
}

void guest_close(struct guest_ring *g)
{
	munmap(g->user, g->setup.user_bytes);
	munmap(g->shared, g->setup.shared_bytes);
	if (g->setup.buffers_bytes)
		munmap(g->buffers, g->setup.buffers_bytes);
	close(g->fd);
}

uint32_t guest_drop_all(struct guest_ring *g)
{
	struct ykvm_batch b;
	const uint8_t *data;
	uint32_t n = 0;

	do {
		b = ykvm_reader_take(&g->reader, g->setup.slots);
		while (ykvm_batch_next(&b, &data))
			n++;
		ykvm_reader_release(&g->reader, &b);
	} while (ykvm_reader_left(&g->reader) != 0);
	return n;
}

static int tests, failures;

void guest_check(bool ok, const char *what, long long got, long long want)
{
	tests++;
	failures += !ok;
	printf("%sok %d - %s", ok ? "" : "not ", tests, what);
	if (!ok)
		printf(" # got %lld, wanted %lld", got, want);
	printf("\n");
	fflush(stdout);
}

int guest_checked(void)
{
	printf("1..%d\n# %d failed\n", tests, failures);
	return failures != 0;
}

struct ykvm_stats guest_stats(const struct guest_ring *g)
{
	struct ykvm_stats s = { 0 };

	ioctl(g->fd, YKVM_STATS, &s);
	return s;
}

struct request {
	struct nlmsghdr n;
	struct ifinfomsg i;
	char attrs[256];
};

static struct rtattr *attr(struct request *r, int type, const void *data, size_t len)
{
	struct rtattr *a = (void *)((char *)r + NLMSG_ALIGN(r->n.nlmsg_len));

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(a), data, len);
	r->n.nlmsg_len = NLMSG_ALIGN(r->n.nlmsg_len) + RTA_ALIGN(a->rta_len);
	return a;
}

static void attr_end(struct request *r, struct rtattr *a)
{
	a->rta_len = (char *)r + r->n.nlmsg_len - (char *)a;
}

static int transact(struct request *r)
{
	struct {
		struct nlmsghdr n;
		struct nlmsgerr e;
		char rest[512];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int ret = -EIO;

	if (fd < 0)
		return -errno;
	r->n.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (send(fd, r, r->n.nlmsg_len, 0) > 0 && recv(fd, &answer, sizeof(answer), 0) > 0)
		ret = answer.e.error;
	close(fd);
	return ret;
}

/* The kernel's own frames would be counted among the test's. Nothing to do where there is no IPv6. */
static void no_ipv6(void)
{
	int fd = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "1", 1) != 1)
		perror("disable_ipv6");
	close(fd);
}

int guest_veth_add(const char *a, const char *b)
{
	struct request r = { .n = { .nlmsg_len = NLMSG_LENGTH(sizeof(r.i)),
				    .nlmsg_type = RTM_NEWLINK,
				    .nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL } };
	struct ifinfomsg none = { 0 };
	struct rtattr *info, *data, *peer;
	int ret;

	no_ipv6();
	attr(&r, IFLA_IFNAME, a, strlen(a) + 1);
	info = attr(&r, IFLA_LINKINFO, NULL, 0);
	attr(&r, IFLA_INFO_KIND, "veth", 5);
	data = attr(&r, IFLA_INFO_DATA, NULL, 0);
	peer = attr(&r, VETH_INFO_PEER, &none, sizeof(none));
	attr(&r, IFLA_IFNAME, b, strlen(b) + 1);
	attr_end(&r, peer);
	attr_end(&r, data);
	attr_end(&r, info);
	ret = transact(&r);
	if (ret == 0)
		ret = guest_link_up(a, true);
	return ret == 0 ? guest_link_up(b, true) : ret;
}

int guest_link_delete(const char *name)
{
	struct request r = { .n = { .nlmsg_len = NLMSG_LENGTH(sizeof(r.i)), .nlmsg_type = RTM_DELLINK },
			     .i = { .ifi_index = (int)if_nametoindex(name) } };

	return r.i.ifi_index ? transact(&r) : -ENODEV;
}

int guest_link_up(const char *name, bool up)
{
	struct request r = {
		.n = { .nlmsg_len = NLMSG_LENGTH(sizeof(r.i)), .nlmsg_type = RTM_NEWLINK },
		.i = { .ifi_index = (int)if_nametoindex(name), .ifi_flags = up ? IFF_UP : 0, .ifi_change = IFF_UP }
	};

	return r.i.ifi_index ? transact(&r) : -ENODEV;
}

int guest_link_mtu(const char *name, int mtu)
{
	struct request r = { .n = { .nlmsg_len = NLMSG_LENGTH(sizeof(r.i)), .nlmsg_type = RTM_NEWLINK },
			     .i = { .ifi_index = (int)if_nametoindex(name) } };

	attr(&r, IFLA_MTU, &mtu, sizeof(mtu));
	return r.i.ifi_index ? transact(&r) : -ENODEV;
}

static int packet_socket(const char *name, uint16_t type)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(type),
				  .sll_ifindex = (int)if_nametoindex(name) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -ENODEV;
}

int guest_sender(const char *name)
{
	return packet_socket(name, 0);
}

int guest_stack(const char *name, uint16_t type)
{
	return packet_socket(name, type);
}
