// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/util/bpf.h"
#include "harness/util/netif.h"

#define CARRIER_NS 20000000000ULL
#define TCX_INGRESS 46 /* BPF_TCX_INGRESS, which the headers of Debian 12 lack */
#define LOG_BYTES (1 << 18) /* a smaller buffer would lose the end of the log, which matters most */

static int bpf(enum bpf_cmd command, union bpf_attr *attr, size_t bytes)
{
	return (int)syscall(SYS_bpf, command, attr, bytes);
}

static uint64_t address(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

int bpf_map_new(enum bpf_map_type type, const char *name, uint32_t value_bytes, uint32_t entries, uint32_t flags,
		struct err *e)
{
	union bpf_attr attr;
	int fd;

	/* Clears all of it: the kernel refuses unknown fields that are not 0. */
	memset(&attr, 0, sizeof(attr));
	attr.map_type = type;
	/* A ring buffer has neither key nor value. */
	attr.key_size = value_bytes ? sizeof(uint32_t) : 0;
	attr.value_size = value_bytes;
	attr.max_entries = entries;
	attr.map_flags = flags;
	snprintf(attr.map_name, sizeof(attr.map_name), "%s", name);
	fd = bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
	return fd < 0 ? err_sys(e, "BPF map %s of %u times %u bytes", name, entries, value_bytes) : fd;
}

static int map_element(enum bpf_cmd command, int map, uint32_t i, const void *value, struct err *e)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)map;
	attr.key = address(&i);
	attr.value = address(value);
	return bpf(command, &attr, sizeof(attr)) ? err_sys(e, "BPF map: element %u", i) : 0;
}

int bpf_map_get(int map, uint32_t i, void *value, struct err *e)
{
	return map_element(BPF_MAP_LOOKUP_ELEM, map, i, value, e);
}

int bpf_map_put(int map, uint32_t i, const void *value, struct err *e)
{
	return map_element(BPF_MAP_UPDATE_ELEM, map, i, value, e);
}

static int load(enum bpf_prog_type type, const struct bpf_insn *insn, uint32_t n, const char *name, char *log,
		uint32_t log_bytes)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = type;
	attr.expected_attach_type = type == BPF_PROG_TYPE_XDP ? BPF_XDP : 0;
	attr.insns = address(insn);
	attr.insn_cnt = n;
	attr.license = address("GPL");
	attr.log_buf = address(log);
	attr.log_size = log_bytes;
	attr.log_level = log ? 1 : 0;
	snprintf(attr.prog_name, sizeof(attr.prog_name), "%s", name);
	return bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

/* The verifier's complaint comes right before its last lines, which are statistics. */
static void trim_log(char *log)
{
	char *end = strstr(log, "\nprocessed ");

	if (end)
		*end = 0;
	end = strrchr(log, '\n');
	if (end)
		memmove(log, end + 1, strlen(end));
}

int bpf_load(enum bpf_prog_type type, const struct bpf_insn *insn, uint32_t n, const char *name, struct err *e)
{
	int fd = load(type, insn, n, name, NULL, 0), r = -errno;
	char *log;

	if (fd >= 0)
		return fd;
	log = calloc(1, LOG_BYTES);
	/* Loads again, with a log, to learn why. */
	fd = log ? load(type, insn, n, name, log, LOG_BYTES) : -1;
	if (fd < 0) {
		if (log)
			trim_log(log);
		fd = err_set(e, r, "BPF program %s: %s%s%.200s", name, strerror(-r), log && log[0] ? ": " : "",
			     log ? log : "");
	}
	free(log);
	return fd;
}

int bpf_xdp_load(const struct bpf_insn *insn, uint32_t n, const char *name, struct err *e)
{
	return bpf_load(BPF_PROG_TYPE_XDP, insn, n, name, e);
}

static int attach_error(const char *ifname, uint32_t flags, int r, struct err *e)
{
	if (r == -EBUSY || r == -EEXIST)
		return err_set(e, r, "%s: has an XDP program already", ifname);
	if (r == -EOPNOTSUPP && flags & XDP_FLAGS_DRV_MODE)
		return err_set(e, r, "%s: its driver has no native XDP", ifname);
	return err_set(e, r, "%s: cannot attach an XDP program: %s", ifname, strerror(-r));
}

int bpf_xdp_attach(int prog, const char *ifname, uint32_t flags, struct err *e)
{
	union bpf_attr attr;
	int fd, r;

	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = (uint32_t)prog;
	attr.link_create.target_ifindex = if_nametoindex(ifname);
	attr.link_create.attach_type = BPF_XDP;
	attr.link_create.flags = flags;
	if (!attr.link_create.target_ifindex)
		return err_sys(e, "%s", ifname);
	fd = bpf(BPF_LINK_CREATE, &attr, sizeof(attr));
	if (fd < 0)
		return attach_error(ifname, flags, -errno, e);
	r = netif_wait_carrier(ifname, CARRIER_NS, e);
	if (r)
		close(fd);
	return r ? r : fd;
}

int bpf_tcx_attach(int prog, const char *ifname, struct err *e)
{
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = (uint32_t)prog;
	attr.link_create.target_ifindex = if_nametoindex(ifname);
	attr.link_create.attach_type = TCX_INGRESS;
	if (!attr.link_create.target_ifindex)
		return err_sys(e, "%s", ifname);
	fd = bpf(BPF_LINK_CREATE, &attr, sizeof(attr));
	return fd < 0 ? err_sys(e, "%s: tcx", ifname) : fd;
}

int bpf_probe(struct err *why)
{
	static const struct bpf_insn pass[] = { BPF_SET(0, XDP_PASS), BPF_RETURN() };
	int fd = bpf_xdp_load(pass, sizeof(pass) / sizeof(pass[0]), "probe", why);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

uint32_t bpf_xdp_queues(const char *ifname)
{
	char path[128];
	uint32_t n = 0;

	do
		snprintf(path, sizeof(path), "/sys/class/net/%s/queues/rx-%u", ifname, n++);
	while (access(path, F_OK) == 0);
	return n - 1;
}
