// SPDX-License-Identifier: GPL-2.0-only
/*
 * kcap at its edges, in the guest, with a veth pair of its own: what it
 * refuses and with which error, who may end an attachment and what does; and,
 * in guest_kcap_count.c, whether it counts what was sent.
 *
 *   guest_kcap [CYCLES]         all of it, with so many attachments under traffic (100); TAP on stdout; exit 0: all passed
 *   guest_kcap hold INTERFACE   attaches, and prints the frames that it counted at SIGTERM
 *   guest_kcap closes MILLISECONDS   closes sockets with which nothing is attached; exit 0: none took 100 ms
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kmod/tests/guest_kcap.h"

struct guest_kcap g;

struct kcap_request request(uint8_t cmd)
{
	struct kcap_request r;

	kcap_request_init(&r, &g.owner, cmd);
	kcap_request_u32(&r, KCAP_A_IFINDEX, g.in);
	return r;
}

int ask(struct kcap_request *r)
{
	return kcap_client_ask(&g.owner, r, NULL, NULL);
}

int attach(uint32_t flags)
{
	struct kcap_request r = request(KCAP_CMD_ATTACH);

	kcap_request_u32(&r, KCAP_A_FLAGS, flags);
	kcap_request_u32(&r, KCAP_A_INTERVAL_MS, KCAP_INTERVAL_MIN_MS);
	return ask(&r);
}

int detach(void)
{
	return kcap_client_do(&g.owner, KCAP_CMD_DETACH, g.in);
}

void send_bytes(const void *frame, size_t bytes, int n)
{
	while (n--)
		if (send(g.sender, frame, bytes, 0) != (ssize_t)bytes)
			perror("# send");
}

/* Over IPv4, with a tag in front if vlan. */
uint32_t udp(uint8_t f[64], uint16_t port, bool vlan)
{
	static const uint8_t ip[] = { 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x11, 0x22 };
	uint32_t at = 12;

	memset(f, 0, 64);
	f[0] = f[6] = 2;
	if (vlan) {
		memcpy(f + at, "\x81\0\0\7", 4);
		at += 4;
	}
	memcpy(f + at, "\x08\0", 2);
	memcpy(f + at + 2, ip, sizeof(ip));
	port = htons(port);
	memcpy(f + at + 2 + sizeof(ip), &port, 2);
	return vlan ? 64 : 60;
}

int attach_with(uint16_t type, const void *data, size_t bytes)
{
	struct kcap_request r = request(KCAP_CMD_ATTACH);

	kcap_request_put(&r, type, data, bytes);
	return ask(&r);
}

int attach_u32(uint16_t type, uint32_t v)
{
	return attach_with(type, &v, sizeof(v));
}

static void test_refused_values(void)
{
	static const uint8_t bytes[KCAP_PATTERN_MAX + 1];
	uint16_t type;

	IS(attach_u32(KCAP_A_FLAGS, 2), -EINVAL, "M4 unknown flag: EINVAL");
	IS(attach_u32(KCAP_A_INTERVAL_MS, KCAP_INTERVAL_MIN_MS - 1), -ERANGE, "interval too short: ERANGE");
	IS(attach_u32(KCAP_A_INTERVAL_MS, KCAP_INTERVAL_MAX_MS + 1), -ERANGE, "interval too long: ERANGE");
	IS(attach_u32(KCAP_A_FLOWS, KCAP_FLOWS_MAX + 1), -ERANGE, "M5 too many flows: ERANGE");
	IS(attach_u32(KCAP_A_FLOWS, UINT32_MAX), -ERANGE, "M5 far too many flows: ERANGE");
	IS(attach_u32(KCAP_A_ALGORITHM, KCAP_BM), -EINVAL, "algorithm without a pattern: EINVAL");
	IS(attach_u32(KCAP_A_ALGORITHM, KCAP_KMP + 1), -ERANGE, "unknown algorithm: ERANGE");
	IS(attach_with(KCAP_A_HASH_KEY, bytes, KCAP_HASH_KEY_BYTES), -EINVAL, "key without flows: EINVAL");
	IS(attach_with(KCAP_A_HASH_KEY, bytes, KCAP_HASH_KEY_BYTES - 1), -ERANGE, "short key: ERANGE");
	IS(attach_with(KCAP_A_HASH_KEY, bytes, KCAP_HASH_KEY_BYTES + 1), -ERANGE, "long key: ERANGE");
	IS(attach_with(KCAP_A_PATTERN, bytes, 0), -EINVAL, "empty pattern: EINVAL");
	IS(attach_with(KCAP_A_PATTERN, bytes, KCAP_PATTERN_MAX + 1), -ERANGE, "pattern too long: ERANGE");
	IS(attach_with(KCAP_A_FLAGS, bytes, 2), -EINVAL, "M3 half an attribute: EINVAL");
	IS(attach_with(KCAP_A_FLAGS, bytes, 8), -EINVAL, "attribute too long: EINVAL");
	for (type = KCAP_A_PAD; type <= KCAP_A_MAX + 1; type++)
		if (attach_u32(type, 0) != -EINVAL)
			break;
	IS(type, KCAP_A_MAX + 2, "M4 every attribute that is no setting, and an unknown one: EINVAL");
}

static void test_refused_requests(void)
{
	struct kcap_request r;
	uint8_t cmd;

	kcap_request_init(&r, &g.owner, KCAP_CMD_ATTACH);
	IS(ask(&r), -EINVAL, "no interface: EINVAL");
	kcap_request_u32(&r, KCAP_A_IFINDEX, 999999);
	IS(ask(&r), -ENODEV, "M7 unknown interface: ENODEV");
	IS(kcap_client_do(&g.owner, KCAP_CMD_ATTACH, 0), -ENODEV, "M7 interface 0: ENODEV");
	IS(kcap_client_do(&g.owner, KCAP_CMD_ATTACH, UINT32_MAX), -ENODEV, "M7 interface -1: ENODEV");
	IS(kcap_client_do(&g.owner, KCAP_CMD_ATTACH, if_nametoindex("lo")), -EINVAL, "M7 loopback: EINVAL");
	IS(kcap_client_do(&g.owner, KCAP_CMD_MAX + 1, g.in), -EOPNOTSUPP, "M2 unknown command: EOPNOTSUPP");
	for (cmd = KCAP_CMD_DETACH; cmd <= KCAP_CMD_GET; cmd++) {
		IS(kcap_client_do(&g.owner, cmd, g.in), -ENOENT, "not attached: ENOENT");
		r = request(cmd);
		kcap_request_u32(&r, KCAP_A_FLAGS, 0);
		IS(ask(&r), -EINVAL, "a setting elsewhere: EINVAL");
	}
	r = request(KCAP_CMD_ATTACH);
	r.g.reserved = 1;
	IS(ask(&r), -EINVAL, "M4 reserved bits of the header: EINVAL");
	r = request(KCAP_CMD_GET_FLOWS);
	r.n.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	IS(ask(&r), -ENOENT, "flows of what is not attached: ENOENT");
}

/* In a child that gives up its rights: what ATTACH and GET return. */
static int as_stranger(bool namespace, uint8_t cmd)
{
	pid_t child = fork();
	int status, lost;

	if (child == 0) {
		lost = namespace ? unshare(CLONE_NEWUSER | CLONE_NEWNET) : setuid(1000);
		_exit(lost ? 200 : -kcap_client_do(&g.owner, cmd, g.in));
	}
	waitpid(child, &status, 0);
	return -WEXITSTATUS(status);
}

static void test_rights(void)
{
	struct stat st;

	IS(as_stranger(false, KCAP_CMD_ATTACH), -EPERM, "M1 ATTACH as nobody: EPERM");
	IS(as_stranger(false, KCAP_CMD_GET), -EPERM, "M1 GET as nobody: EPERM");
	IS(as_stranger(true, KCAP_CMD_ATTACH), -EPERM, "M1 ATTACH as root of a user namespace: EPERM");
	IS(as_stranger(true, KCAP_CMD_GET), -EPERM, "M1 GET as root of a user namespace: EPERM");
	IS(stat("/proc/kcap", &st) == 0 ? st.st_mode & 07777 : 0, 0400, "/proc/kcap is for root alone");
}

static void test_owner(void)
{
	IS(attach(0), 0, "attach");
	IS(attach(0), -EBUSY, "M6 attach twice: EBUSY");
	IS(kcap_client_do(&g.other, KCAP_CMD_ATTACH, g.in), -EBUSY, "M7 another's attach: EBUSY");
	IS(kcap_client_do(&g.other, KCAP_CMD_DETACH, g.in), -EPERM, "another's detach: EPERM");
	IS(kcap_client_do(&g.other, KCAP_CMD_RESET, g.in), -EPERM, "another's reset: EPERM");
	IS(kcap_client_do(&g.other, KCAP_CMD_GET, g.in), 0, "another's get");
	IS(detach(), 0, "detach");
	IS(detach(), -ENOENT, "detach twice: ENOENT");
}

static int attached(void)
{
	return kcap_client_do(&g.other, KCAP_CMD_GET, g.in);
}

static void child_attaches_and_waits(void)
{
	struct kcap_client c;

	if (kcap_client_open(&c) != 0 || kcap_client_do(&c, KCAP_CMD_ATTACH, g.in) != 0)
		_exit(1);
	for (;;)
		pause();
}

static void test_end_of_owner(void)
{
	struct kcap_client c;
	pid_t child = fork();
	int i;

	if (child == 0)
		child_attaches_and_waits();
	for (i = 0; i < 100 && attached() != 0; i++)
		usleep(10000);
	IS(attached(), 0, "another process attaches");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	IS(attached(), -ENOENT, "M17 killed, it leaves nothing");

	kcap_client_open(&c);
	kcap_client_do(&c, KCAP_CMD_ATTACH, g.in);
	child = fork();
	if (child == 0) {
		kcap_client_close(&c);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	IS(attached(), 0, "M14 a socket that a child closes is still there");
	kcap_client_close(&c);
	IS(attached(), -ENOENT, "closed by all, it is not");
}

static void test_removed(void)
{
	attach(0);
	IS(guest_link_up(IN, false), 0, "M8 interface down");
	IS(attached(), 0, "M8 stays attached");
	guest_link_up(IN, true);
	IS(guest_link_delete(IN), 0, "M9 removing the interface");
	IS(attached(), -ENOENT, "M9 ends the attachment");
	IS(detach(), -ENOENT, "of which the owner is told");
	IS(guest_veth_add(IN, OUT), 0, "the interface again");
	g.in = if_nametoindex(IN);
	close(g.sender);
	g.sender = guest_sender(OUT);
	IS(attach(0), 0, "is attached to");
	detach();
}

static void flood(void)
{
	uint8_t f[64];
	uint16_t port = 0;

	kcap_client_close(&g.owner); /* what it attaches shall end when the parent closes it */
	for (;;) {
		udp(f, port++ % 100, false);
		if (send(g.sender, f, 60, 0) < 0)
			usleep(100);
	}
}

/* Each with other settings; the socket's end takes turns with DETACH. */
static void test_cycles(int cycles)
{
	struct kcap_stats s;
	pid_t child = fork();
	uint64_t frames = 0;
	int i, good = 0;

	if (child == 0)
		flood();
	usleep(100000); /* until it has closed what it got with the fork */
	for (i = 0; i < cycles; i++) {
		struct kcap_request r = request(KCAP_CMD_ATTACH);

		kcap_request_u32(&r, KCAP_A_FLAGS, i & 1);
		if (i & 2)
			kcap_request_u32(&r, KCAP_A_FLOWS, 50);
		if (i & 4)
			kcap_request_put(&r, KCAP_A_PATTERN, "NEEDLE", 6);
		good += ask(&r) == 0 && (!(i & 8) || kcap_client_do(&g.owner, KCAP_CMD_RESET, g.in) == 0) &&
			kcap_client_get(&g.owner, g.in, &s) == 0;
		frames += s.values[KCAP_A_FRAMES];
		if (i % 3) {
			detach();
		} else {
			kcap_client_close(&g.owner);
			kcap_client_open(&g.owner);
		}
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	IS(good, cycles, "M16 every attach, get and detach under traffic");
	IS(frames > 0, 1, "with frames counted");
	IS(attached(), -ENOENT, "nothing is left attached");
}

static void nothing(int sig)
{
	(void)sig;
}

static int hold(const char *name)
{
	struct kcap_stats s;
	int ret;

	g.in = if_nametoindex(name);
	signal(SIGTERM, nothing);
	ret = kcap_client_open(&g.owner);
	if (ret == 0)
		ret = kcap_client_do(&g.owner, KCAP_CMD_ATTACH, g.in);
	if (ret == 0) {
		pause();
		ret = kcap_client_get(&g.owner, g.in, &s);
	}
	if (ret == 0)
		printf("frames %llu\n", (unsigned long long)s.values[KCAP_A_FRAMES]);
	return -ret;
}

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* Sockets with which nothing is attached, one after the other. 0: none took 100 ms to close, while somebody had RTNL. */
static int closes(uint64_t us)
{
	uint64_t end = now_us() + us, slowest = 0;
	int n = 0;

	for (; now_us() < end; n++) {
		struct kcap_client c;
		uint64_t began;

		if (kcap_client_open(&c) != 0)
			return 1;
		began = now_us();
		kcap_client_close(&c);
		began = now_us() - began;
		slowest = began > slowest ? began : slowest;
		usleep(1000);
	}
	printf("%d closed, the slowest in %llu us\n", n, (unsigned long long)slowest);
	return slowest >= 100000;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "closes"))
		return closes(1000 * strtoull(argv[2], NULL, 10));
	if (argc == 3)
		return hold(argv[2]);
	if (guest_veth_add(IN, OUT) != 0 || guest_link_mtu(IN, 9000) != 0 || guest_link_mtu(OUT, 9000) != 0 ||
	    kcap_client_open(&g.owner) != 0 || kcap_client_open(&g.other) != 0) {
		printf("Bail out! no veth pair, or no kcap\n");
		return 1;
	}
	g.sender = guest_sender(OUT);
	g.in = if_nametoindex(IN);
	usleep(100000);
	test_refused_values();
	test_refused_requests();
	test_rights();
	test_owner();
	test_counts();
	test_end_of_owner();
	test_removed();
	test_cycles(argc == 2 ? atoi(argv[1]) : 100);
	guest_link_delete(IN);
	return guest_checked();
}
