// SPDX-License-Identifier: GPL-2.0-only
/* Of guest_stress.c: interfaces and namespaces that change, or end, under rings, sockets and attachments. */
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture-impls/kcap/client.h"
#include "kmod/tests/guest_stress.h"
#include "kmod/uapi/pf_zerocopy.h"

static int ask(const char *name, unsigned long command, struct ifreq *r)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;

	snprintf(r->ifr_name, IFNAMSIZ, "%s", name);
	ret = guest_ioctl(fd, command, r);
	close(fd);
	return ret;
}

/* Down first, on kernels that want it so. */
static int rename_to(const char *name, const char *other)
{
	struct ifreq r = { 0 };

	snprintf(r.ifr_newname, IFNAMSIZ, "%s", other);
	return ask(name, SIOCSIFNAME, &r);
}

static void promiscuous(const char *name, bool on)
{
	struct ifreq r = { 0 };

	if (ask(name, SIOCGIFFLAGS, &r) != 0)
		return;
	r.ifr_flags = (short)(on ? r.ifr_flags | IFF_PROMISC : r.ifr_flags & ~IFF_PROMISC);
	ask(name, SIOCSIFFLAGS, &r);
}

static void renamed(const char *name)
{
	char other[IFNAMSIZ];

	snprintf(other, sizeof(other), "x%.10s", name);
	guest_link_up(name, false);
	if (rename_to(name, other) == 0) {
		guest_link_up(other, true);
		guest_link_up(other, false);
		rename_to(other, name);
	}
	guest_link_up(name, true);
}

/* A socket of PF_ZEROCOPY, bound, with one frame sent and received, or none. */
static int socket_on(const char *name, unsigned int flags)
{
	struct sockaddr_zerocopy a = { .sz_family = PF_ZEROCOPY,
				       .sz_ifindex = if_nametoindex(name),
				       .sz_flags = (uint16_t)flags };
	int fd = socket(PF_ZEROCOPY, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	uint8_t frame[200] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, 0x88, 0xb5 };

	if (fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0) {
		send(fd, frame, sizeof(frame), 0);
		recv(fd, frame, sizeof(frame), 0);
	}
	return fd;
}

/* As a tap, beside others. */
static bool tap_on(struct stress *s, struct guest_ring *g, const char *name)
{
	struct ykvm_bind b = { .ifindex = if_nametoindex(name), .flags = YKVM_BIND_TAP };

	if (!stress_ring(s, g, 0))
		return false;
	if (guest_ioctl(g->fd, YKVM_BIND, &b) == 0)
		return true;
	guest_close(g);
	return false;
}

static int attach(struct stress *s, struct kcap_client *c, const char *name)
{
	struct kcap_request r;

	if (kcap_client_open(c) != 0)
		return -1;
	kcap_request_init(&r, c, KCAP_CMD_ATTACH);
	kcap_request_u32(&r, KCAP_A_IFINDEX, if_nametoindex(name));
	kcap_request_u32(&r, KCAP_A_FLAGS, stress_draw(s, 2));
	kcap_request_u32(&r, KCAP_A_INTERVAL_MS, KCAP_INTERVAL_MIN_MS);
	if (stress_draw(s, 2))
		kcap_request_u32(&r, KCAP_A_FLOWS, 1U << stress_draw(s, 12));
	if (stress_draw(s, 2))
		kcap_request_put(&r, KCAP_A_PATTERN, "abc", 3);
	return kcap_client_ask(c, &r, NULL, NULL);
}

void stress_kcap(struct stress *s)
{
	uint32_t in = if_nametoindex(s->in);
	struct kcap_client c = { .fd = -1 };
	struct kcap_stats stats;
	int n;

	if (attach(s, &c, s->in) == 0)
		s->hits++;
	for (n = 0; n < 4 && c.fd >= 0; n++) {
		kcap_client_do(&c, (uint8_t)stress_draw(s, KCAP_CMD_MAX + 2), in);
		kcap_client_get(&c, in, &stats);
		stress_pause(s, 3000);
	}
	if (stress_draw(s, 8) == 0) {
		guest_link_delete(s->in);
		guest_veth_add(s->in, s->out);
	}
	kcap_client_close(&c);
}

void stress_links(struct stress *s)
{
	struct guest_ring g;
	bool bound = tap_on(s, &g, s->in);
	int fd = stress_draw(s, 2) ? socket_on(s->in, YKVM_BIND_TAP) : -1;

	s->hits += bound;
	switch (stress_draw(s, 6)) {
	case 0:
		guest_link_delete(stress_draw(s, 2) ? s->in : s->out);
		guest_veth_add(s->in, s->out);
		break;
	case 1:
		renamed(s->in);
		break;
	case 2:
		guest_link_mtu(s->in, 68 + (int)stress_draw(s, 9000));
		break;
	case 3:
		promiscuous(s->in, stress_draw(s, 2));
		break;
	case 4:
		stress_pause(s, 3000);
		break;
	default:
		guest_link_up(stress_draw(s, 2) ? s->in : s->out, false);
		stress_pause(s, 2000);
		guest_link_up(s->in, true);
		guest_link_up(s->out, true);
	}
	if (fd >= 0)
		close(fd);
	if (bound)
		guest_close(&g);
}

static void nic_tool(const char *dut, const char *what, const char *a, const char *b)
{
	pid_t child = fork();

	if (child == 0) {
		close(2);
		execlp("guest_nic", "guest_nic", dut, what, a, b, (char *)NULL);
		_exit(1);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
}

void stress_nic(struct stress *s)
{
	static const char *const sizes[] = { "64", "128", "256", "512" };
	static const char *const channels[] = { "1", "2", "4" };
	static const int mtus[] = { 1500, 9000, 68, 2000 };

	switch (stress_draw(s, 7)) {
	case 0:
		nic_tool(s->dut, "set-rings", sizes[stress_draw(s, 4)], sizes[stress_draw(s, 4)]);
		break;
	case 1:
		nic_tool(s->dut, "set-channels", channels[stress_draw(s, 3)], NULL);
		break;
	case 2:
		s->hits += guest_link_mtu(s->dut, mtus[stress_draw(s, 4)]) == 0;
		break;
	case 3:
		renamed(s->dut);
		break;
	case 4:
		promiscuous(s->dut, stress_draw(s, 4));
		break;
	default:
		guest_link_up(s->dut, false);
		stress_pause(s, 2000);
	}
	s->hits += guest_link_up(s->dut, true) == 0;
	stress_pause(s, 300000); /* the carrier takes its time */
}

/* In a namespace of its own: everything is bound, and nothing taken back. */
static void end_in_it(struct stress *s)
{
	struct kcap_client c = { .fd = -1 };
	struct guest_ring g;

	if (unshare(CLONE_NEWNET) != 0 || guest_veth_add("n0", "n1") != 0)
		return;
	switch (stress_draw(s, 4)) {
	case 0:
		attach(s, &c, "n0");
		break;
	case 1:
		socket_on("n0", 0);
		break;
	default:
		tap_on(s, &g, "n0");
		socket_on("n0", YKVM_BIND_TAP);
	}
	stress_send("n1", 20);
	if (stress_draw(s, 3) == 0)
		guest_link_delete("n1");
}

void stress_names(struct stress *s)
{
	unsigned int kill_after = stress_draw(s, 3) ? 0 : 200000;

	s->seed++;
	stress_child(s, end_in_it, kill_after);
	s->hits += !kill_after;
}
