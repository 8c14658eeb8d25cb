// SPDX-License-Identifier: GPL-2.0-only
/*
 * What may be changed of an interface while somebody captures on it, in the guest.
 *
 *   guest_offload IFNAME xdp driver | xdp generic | xdp off     a program that passes every frame
 *   guest_offload IFNAME gro|tso|rxcsum|sg 0|1
 *   guest_offload IFNAME restart                                the link negotiates again
 *
 * exit 0, or 1 with the kernel's reason.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

struct request {
	struct nlmsghdr n;
	struct ifinfomsg i;
	struct nlattr xdp;
	struct nlattr fd_head;
	int32_t fd;
	struct nlattr flags_head;
	uint32_t flags;
};

static int load_pass(void)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr a = { .prog_type = BPF_PROG_TYPE_XDP,
			     .insns = (uintptr_t)insns,
			     .insn_cnt = sizeof(insns) / sizeof(*insns),
			     .license = (uintptr_t) "GPL" };

	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &a, sizeof(a));
}

static int xdp(const char *name, const char *how)
{
	struct request r = {
		.n = { .nlmsg_len = sizeof(r), .nlmsg_type = RTM_SETLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.i = { .ifi_index = (int)if_nametoindex(name) },
		.xdp = { sizeof(r) - offsetof(struct request, xdp), IFLA_XDP | NLA_F_NESTED },
		.fd_head = { sizeof(struct nlattr) + sizeof(r.fd), IFLA_XDP_FD },
		.fd = strcmp(how, "off") == 0 ? -1 : load_pass(),
		.flags_head = { sizeof(struct nlattr) + sizeof(r.flags), IFLA_XDP_FLAGS },
		.flags = strcmp(how, "driver") == 0    ? XDP_FLAGS_DRV_MODE
			 : strcmp(how, "generic") == 0 ? XDP_FLAGS_SKB_MODE
						       : 0
	};
	struct {
		struct nlmsghdr n;
		struct nlmsgerr e;
		char rest[512];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	if (r.fd < 0 && strcmp(how, "off") != 0)
		return -errno;
	if (fd < 0 || send(fd, &r, sizeof(r), 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		return -errno;
	return answer.e.error;
}

static int ethtool(const char *name, uint32_t cmd, uint32_t value)
{
	struct ethtool_value v = { .cmd = cmd, .data = value };
	struct ifreq ifr = { .ifr_data = (void *)&v };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	strncpy(ifr.ifr_name, name, IFNAMSIZ - 1);
	return fd < 0 || ioctl(fd, SIOCETHTOOL, &ifr) < 0 ? -errno : 0;
}

static int change(const char *name, const char *what, const char *value)
{
	static const struct {
		const char *name;
		uint32_t cmd;
	} features[] = {
		{ "gro", ETHTOOL_SGRO }, { "tso", ETHTOOL_STSO }, { "rxcsum", ETHTOOL_SRXCSUM }, { "sg", ETHTOOL_SSG }
	};
	size_t i;

	if (strcmp(what, "restart") == 0)
		return ethtool(name, ETHTOOL_NWAY_RST, 0);
	for (i = 0; value && i < sizeof(features) / sizeof(*features); i++)
		if (strcmp(what, features[i].name) == 0)
			return ethtool(name, features[i].cmd, (uint32_t)atoi(value));
	return value && strcmp(what, "xdp") == 0 ? xdp(name, value) : -EINVAL;
}

int main(int argc, char **argv)
{
	int r = argc < 3 ? -EINVAL : change(argv[1], argv[2], argc > 3 ? argv[3] : NULL);

	if (r)
		fprintf(stderr, "guest_offload: %s\n", strerror(-r));
	return r != 0;
}
