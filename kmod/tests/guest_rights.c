// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may do what, in the guest, over a veth pair: capabilities asked for where an interface is bound, what one user's
 * rings may hold together and whom it is charged to, what is seen from another network namespace. TAP on stdout; exit 0:
 * all passed.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kmod/tests/guest_pair.h"

#define FRAMES 10
#define RAW (1U << CAP_NET_RAW)
#define ADMIN (1U << CAP_NET_ADMIN)

static void keep_only(uint32_t capabilities)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { { .effective = capabilities, .permitted = capabilities } };

	if (syscall(SYS_capset, &h, d) != 0)
		_exit(200);
}

static int finish(pid_t child)
{
	int status = 0;

	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* The errno of a bind by whoever inherited the file, with these capabilities. */
static int bind_with(const struct guest_ring *g, uint32_t capabilities, uint32_t flags)
{
	pid_t child = fork();
	int ret;

	if (child == 0) {
		keep_only(capabilities);
		ret = pair_bind(g, flags, 0, 1);
		if (ret == 0)
			guest_ioctl(g->fd, YKVM_UNBIND, NULL);
		_exit(-ret);
	}
	return finish(child);
}

/* Root in a user namespace and a network namespace of its own, with a file that somebody opened for it. */
static int bind_in_container(const struct guest_ring *g)
{
	pid_t child = fork();

	if (child == 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
			_exit(200);
		_exit(-pair_bind(g, YKVM_BIND_TAP, 0, 1));
	}
	return finish(child);
}

static void test_capabilities(void)
{
	struct ykvm_setup want = { .slots = 64, .flags = YKVM_SETUP_DROP_NEWEST };
	int stack = guest_stack(IN, TYPE);
	struct guest_ring g;

	IS(guest_open(&g, &want), 1, "a ring");
	IS(bind_with(&g, RAW, 0), EPERM, "to take frames with CAP_NET_RAW alone: EPERM");
	IS(bind_with(&g, RAW, YKVM_BIND_ZEROCOPY), EPERM, "to have the NIC fill the ring: EPERM");
	IS(bind_with(&g, RAW, YKVM_BIND_ZEROCOPY | YKVM_BIND_TAP), EPERM, "whatever is asked for beside it: EPERM");
	IS(bind_with(&g, ADMIN, 0), EPERM, "with CAP_NET_ADMIN alone: EPERM");
	IS(bind_with(&g, ADMIN, YKVM_BIND_TAP), EPERM, "to look on without CAP_NET_RAW: EPERM");
	IS(bind_with(&g, 0, YKVM_BIND_TAP), EPERM, "or without any: EPERM");
	IS(bind_with(&g, RAW, YKVM_BIND_TAP), 0, "to look on with CAP_NET_RAW");
	IS(bind_with(&g, RAW | ADMIN, 0), 0, "to take frames with both");
	IS(bind_in_container(&g), EPERM, "root of a container with a file that was passed on: EPERM");
	pair_send(FRAMES, 60);
	IS(pair_stack_count(stack), FRAMES, "the stack has all frames after all that");
	guest_close(&g);
	close(stack);
}

static bool shows(const char *path, const char *text)
{
	char all[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, all, sizeof(all) - 1);

	if (fd >= 0)
		close(fd);
	all[n < 0 ? 0 : n] = '\0';
	return strstr(all, text) != NULL;
}

/* A process in a namespace of its own, with a ring there; its status says whether it sees what it should, once signalled. */
static pid_t neighbour(void)
{
	struct guest_ring own;
	pid_t child = fork();
	int wrong;

	if (child != 0)
		return child;
	if (unshare(CLONE_NEWNET) != 0 || guest_veth_add("ns0", "ns1") != 0 ||
	    !guest_open(&own, &(struct ykvm_setup) { .slots = 64 }) || guest_bind(own.fd, if_nametoindex("ns0")) != 0)
		_exit(200);
	pause();
	wrong = shows("/proc/ykvm", "interface " IN) || shows("/proc/net/ykvm", "interface " IN);
	_exit(wrong + 2 * !shows("/proc/ykvm", "interface ns0"));
}

static void on_usr1(int number)
{
	(void)number;
}

static void test_proc(void)
{
	struct guest_ring g;
	pid_t child;

	signal(SIGUSR1, on_usr1);
	pair_ring(&g, (struct ykvm_setup) { .slots = 64 }, YKVM_BIND_TAP);
	child = neighbour();
	usleep(500000);
	IS(shows("/proc/ykvm", "interface " IN), 1, "/proc/ykvm shows a ring of this network namespace");
	IS(shows("/proc/ykvm", "interface ns0"), 0, "and none of another");
	kill(child, SIGUSR1);
	IS(finish(child), 0, "there it is the other way round");
	guest_close(&g);
}

/* Rings of 64 MB each, whose sum is more than a quarter of the guest's memory where each is less. */
static int open_large(struct guest_ring *g)
{
	struct ykvm_setup s = { .abi = YKVM_ABI, .slots = YKVM_SLOTS_MAX };

	g->fd = open(YKVM_DEVICE, O_RDWR | O_CLOEXEC);
	return guest_ioctl(g->fd, YKVM_SETUP, &s);
}

static void test_limit(void)
{
	struct guest_ring first, second;
	pid_t child;

	IS(open_large(&first), 0, "a large ring");
	IS(open_large(&second), -ENOMEM, "a second one, of the same user, over the limit together: ENOMEM");
	child = fork();
	if (child == 0)
		_exit(-open_large(&second));
	IS(finish(child), ENOMEM, "nor in another process");
	close(first.fd);
	IS(open_large(&first), 0, "once the first has gone there is room");
	close(first.fd);
	close(second.fd);
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

static long long read_number(const char *path)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	return n > 0 ? atoll(text) : -1;
}

static bool enter_group(void)
{
	mkdir("/groups", 0700);
	return mount("none", "/groups", "cgroup2", 0, NULL) == 0 &&
	       write_file("/groups/cgroup.subtree_control", "+memory") && mkdir("/groups/readers", 0700) == 0 &&
	       write_file("/groups/readers/cgroup.procs", "0");
}

/* Every page of a ring, areas and buffers. A group is charged in steps of 64 pages, of which some may be left before. */
static void test_group(void)
{
	struct ykvm_setup s = { .abi = YKVM_ABI, .slots = YKVM_SLOTS_MAX, .buffer_bytes = 256 };
	long long before, grown, bytes;
	int fd;

	IS(enter_group(), 1, "a control group for memory");
	fd = open(YKVM_DEVICE, O_RDWR | O_CLOEXEC);
	before = read_number("/groups/readers/memory.current");
	IS(guest_ioctl(fd, YKVM_SETUP, &s), 0, "a ring in it");
	grown = read_number("/groups/readers/memory.current") - before;
	bytes = (long long)(s.user_bytes + s.shared_bytes + s.buffers_bytes);
	IS(grown >= bytes - 64 * 4096, 1, "all of it is charged to the group");
	printf("# %lld bytes, %lld charged\n", bytes, grown);
	close(fd);
}

int main(void)
{
	int skip = pair_begin();

	if (skip)
		return skip;
	test_capabilities();
	test_proc();
	test_limit();
	test_group();
	return pair_end();
}
