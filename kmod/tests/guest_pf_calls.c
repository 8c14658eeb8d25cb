// SPDX-License-Identifier: GPL-2.0-only
/*
 * PF_ZEROCOPY's calls in the guest, with a veth pair of its own: what each
 * refuses and with which error, in which order they work, and what becomes of
 * a socket whose interface goes. TAP on stdout; exit 0: all passed.
 *
 *   guest_pf_calls hold IF   binds to IF with memory of its own, says how frames come, and sleeps
 */
#include <linux/filter.h>
#include <sched.h>
#include <signal.h>

#include "kmod/tests/guest_pf.h"

static void test_socket(void)
{
	int family = pf_family(), pair[2];
	pid_t child;
	int status;

	IS(ERR(socket(family, SOCK_DGRAM, 0)), ESOCKTNOSUPPORT, "socket of another type: ESOCKTNOSUPPORT");
	IS(ERR(socket(family, SOCK_RAW, 1)), EPROTONOSUPPORT, "socket of a protocol: EPROTONOSUPPORT");
	IS(ERR(socketpair(family, SOCK_RAW, 0, pair)), EOPNOTSUPP, "socketpair: EOPNOTSUPP");
	child = fork();
	if (child == 0)
		_exit(unshare(CLONE_NEWUSER) == 0 ? ERR(pf_socket()) : 200);
	waitpid(child, &status, 0);
	IS(WEXITSTATUS(status), EPERM, "socket from a user namespace of its own: EPERM");
	child = fork();
	if (child == 0)
		_exit(setuid(1000) == 0 ? ERR(pf_socket()) : 200);
	waitpid(child, &status, 0);
	IS(WEXITSTATUS(status), EPERM, "socket without CAP_NET_RAW: EPERM");
}

static void test_not_supported(int fd)
{
	struct sockaddr_zerocopy a = { .sz_family = (uint16_t)pf_family() };
	socklen_t bytes = sizeof(a);

	IS(ERR(connect(fd, (struct sockaddr *)&a, sizeof(a))), EOPNOTSUPP, "connect: EOPNOTSUPP");
	IS(ERR(listen(fd, 1)), EOPNOTSUPP, "listen: EOPNOTSUPP");
	IS(ERR(accept(fd, NULL, NULL)), EOPNOTSUPP, "accept: EOPNOTSUPP");
	IS(ERR(getpeername(fd, (struct sockaddr *)&a, &bytes)), EOPNOTSUPP, "getpeername: EOPNOTSUPP");
}

static void test_unset(int fd)
{
	struct ykvm_wait w = { 0 };
	struct ykvm_setup s;
	struct ykvm_stats st;
	struct ifreq r = { .ifr_name = IN };

	IS(pf_get(fd, ZEROCOPY_SETUP, &s, sizeof(s)), -ENXIO, "setup asked for before it was set: ENXIO");
	IS(pf_get(fd, ZEROCOPY_STATS, &st, sizeof(st)), -ENXIO, "statistics before setup: ENXIO");
	IS(guest_ioctl(fd, YKVM_STATS, &st), -ENXIO, "statistics by ioctl before setup: ENXIO");
	IS(guest_ioctl(fd, YKVM_WAIT, &w), -ENXIO, "wait before setup: ENXIO");
	IS(guest_ioctl(fd, YKVM_WAIT, NULL), -EFAULT, "wait with NULL: EFAULT");
	IS(guest_ioctl(fd, YKVM_KICK, NULL), -ENXIO, "kick before setup: ENXIO");
	IS(ERR(send(fd, NULL, 0, 0)), ENXIO, "send of nothing before setup: ENXIO");
	IS(guest_ioctl(fd, YKVM_BIND, &s), -ENOTTY, "an ioctl of /dev/ykvm alone: ENOTTY");
	IS(guest_ioctl(fd, SIOCGIFINDEX, &r) || r.ifr_ifindex != (int)if_nametoindex(IN), 0, "any socket's: works");
	IS(ERR(recv(fd, &s, sizeof(s), 0)), ENOTCONN, "recv before bind: ENOTCONN, and no sleep");
	IS(ERR(send(fd, &s, sizeof(s), 0)), ENOTCONN, "send before bind: ENOTCONN");
	IS(ERR(recv(fd, &s, sizeof(s), MSG_PEEK)), EINVAL, "recv with MSG_PEEK: EINVAL");
	IS(ERR(send(fd, &s, sizeof(s), MSG_OOB)), EOPNOTSUPP, "send with MSG_OOB: EOPNOTSUPP");
	IS(pf_events(fd, 0) & (POLLIN | POLLERR), POLLERR, "poll before setup: POLLERR");
	IS(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? errno : 0, ENXIO, "mmap before setup: ENXIO");
}

static void test_options(int fd)
{
	struct ykvm_setup s = { .abi = YKVM_ABI, .slots = SLOTS };
	struct ykvm_filter f = { .kind = 9 };
	socklen_t bytes = (socklen_t)-1;
	uint8_t many[512] = { 0 };

	IS(pf_set(fd, 99, &s, sizeof(s)), -ENOPROTOOPT, "unknown option set: ENOPROTOOPT");
	IS(pf_get(fd, 99, &s, sizeof(s)), -ENOPROTOOPT, "unknown option got: ENOPROTOOPT");
	IS(pf_set(fd, ZEROCOPY_STATS, many, sizeof(struct ykvm_stats)), -ENOPROTOOPT, "statistics set: ENOPROTOOPT");
	IS(pf_get(fd, ZEROCOPY_FILTER, many, sizeof(f)), -ENOPROTOOPT, "filter got: ENOPROTOOPT");
	IS(ERR(setsockopt(fd, 6, ZEROCOPY_SETUP, &s, sizeof(s))), ENOPROTOOPT, "another level: ENOPROTOOPT");
	IS(pf_set(fd, ZEROCOPY_SETUP, &s, sizeof(s) - 1), -EINVAL, "setup a byte short: EINVAL");
	IS(pf_set(fd, ZEROCOPY_SETUP, many, sizeof(s) + 1), -EINVAL, "setup a byte long: EINVAL");
	IS(pf_set(fd, ZEROCOPY_SETUP, NULL, sizeof(s)), -EFAULT, "setup from NULL: EFAULT");
	IS(pf_set(fd, ZEROCOPY_FILTER, NULL, sizeof(f)), -EFAULT, "filter from NULL: EFAULT");
	IS(pf_set(fd, ZEROCOPY_FILTER, &f, 1), -EINVAL, "filter of one byte: EINVAL");
	IS(pf_set(fd, ZEROCOPY_SETUP, many, sizeof(s)), -EINVAL, "setup of another ABI: EINVAL");
	s.slots = 63;
	IS(pf_set(fd, ZEROCOPY_SETUP, &s, sizeof(s)), -EINVAL, "setup of 63 slots: EINVAL");
	s.slots = SLOTS;
	IS(pf_set(fd, ZEROCOPY_SETUP, &s, sizeof(s)), 0, "setup");
	IS(pf_set(fd, ZEROCOPY_FILTER, &f, sizeof(f)), -EINVAL, "filter of an unknown kind: EINVAL");
	IS(ERR(getsockopt(fd, SOL_ZEROCOPY, ZEROCOPY_SETUP, many, &bytes)), EINVAL, "setup got of -1 bytes: EINVAL");
	IS(pf_get(fd, ZEROCOPY_SETUP, many, 4), 4, "setup got of 4 bytes: 4 bytes");
	IS(pf_get(fd, ZEROCOPY_SETUP, NULL, sizeof(s)), -EFAULT, "setup got to NULL: EFAULT");
	IS(pf_get(fd, ZEROCOPY_SETUP, &s, sizeof(s)), sizeof(s), "setup got");
	IS(s.slots == SLOTS && s.shared_bytes > 0 && s.n_buffers == SLOTS + YKVM_BATCH_MAX, 1, "and it is the answer");
}

static void test_bind(int fd)
{
	struct sockaddr_zerocopy a = { .sz_family = (uint16_t)pf_family(), .sz_ifindex = if_nametoindex(IN) };
	socklen_t bytes = sizeof(a);
	int other = pf_socket();

	IS(ERR(bind(fd, (struct sockaddr *)&a, sizeof(a) - 1)), EINVAL, "bind a byte short: EINVAL");
	a.sz_family = AF_PACKET;
	IS(ERR(bind(fd, (struct sockaddr *)&a, sizeof(a))), EAFNOSUPPORT, "bind of another family: EAFNOSUPPORT");
	IS(pf_bind_flags(fd, 0, 0), -ENODEV, "bind to 0: ENODEV");
	IS(pf_bind_flags(fd, (unsigned int)-1, 0), -ENODEV, "bind to -1: ENODEV");
	IS(pf_bind_flags(fd, 999999, 0), -ENODEV, "bind to 999999: ENODEV");
	IS(pf_bind(fd, "lo"), -EINVAL, "bind to what is not Ethernet: EINVAL");
	IS(pf_bind_flags(fd, if_nametoindex(IN), 0x8000), -EINVAL, "bind with an unknown flag: EINVAL");
	guest_link_up(IN, false);
	IS(pf_bind(fd, IN), -ENETDOWN, "bind to an interface that is down: ENETDOWN");
	guest_link_up(IN, true);
	getsockname(fd, (struct sockaddr *)&a, &bytes);
	IS(a.sz_ifindex, 0, "getsockname after binds that failed: no interface");
	IS(pf_bind(fd, IN), 0, "bind");
	getsockname(fd, (struct sockaddr *)&a, &bytes);
	IS(a.sz_ifindex == if_nametoindex(IN) && a.sz_family == pf_family() && bytes == sizeof(a), 1, "getsockname");
	IS(pf_bind(fd, IN), -EINVAL, "second bind: EINVAL");
	IS(pf_bind(fd, OUT), -EINVAL, "second bind to another interface: EINVAL");
	IS(pf_bind(other, IN), -EBUSY, "a second socket: EBUSY");
	IS(pf_setup(fd, 0, SLOTS), -EBUSY, "setup while bound: EBUSY");
	close(other);
}

static void test_zerocopy_flag(void)
{
	int fd = pf_socket();

	IS(pf_setup(fd, 0, SLOTS), 0, "a ring that overwrites");
	IS(pf_bind_flags(fd, if_nametoindex(OUT), YKVM_BIND_ZEROCOPY) < 0, 1, "cannot be filled by a NIC");
	IS(pf_setup(fd, YKVM_SETUP_DROP_NEWEST, SLOTS), 0, "a ring that drops");
	IS(pf_bind_flags(fd, if_nametoindex(OUT), YKVM_BIND_ZEROCOPY), -EOPNOTSUPP,
	   "can, but not by this interface: EOPNOTSUPP");
	close(fd);
}

static void test_namespace(void)
{
	unsigned int ifindex = if_nametoindex(IN);
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(unshare(CLONE_NEWNET) == 0 ? -pf_bind_flags(pf_socket(), ifindex, 0) : 200);
	waitpid(child, &status, 0);
	IS(WEXITSTATUS(status), ENODEV, "bind to an interface of another network namespace: ENODEV");
}

static void test_shutdown(void)
{
	int fd = pf_socket(), other = pf_socket(), sender = guest_sender(OUT);
	uint8_t frame[64];

	IS(ERR(shutdown(fd, 7)), EINVAL, "shutdown of an unknown kind: EINVAL");
	IS(pf_bind(fd, IN), 0, "bind without setup");
	pf_frames(sender, 2, 64);
	IS(shutdown(fd, SHUT_RD), 0, "shutdown of the reading side");
	pf_frames(sender, 1, 64);
	IS(pf_bind(other, IN), 0, "gives the interface back");
	IS(recv(fd, frame, 64, 0) == 64 && recv(fd, frame, 64, 0) == 64, 1, "what had come is read");
	IS(recv(fd, frame, 64, 0), 0, "then the end");
	IS(pf_events(fd, 0) & (POLLRDHUP | POLLHUP), POLLRDHUP, "poll: POLLRDHUP");
	IS(pf_bind(fd, OUT), -ESHUTDOWN, "bind: ESHUTDOWN");
	shutdown(fd, SHUT_WR);
	IS(ERR(send(fd, frame, 64, 0)), EPIPE, "send after shutdown of the writing side: EPIPE");
	IS(pf_events(fd, 0) & POLLHUP, POLLHUP, "poll after both: POLLHUP");
	close(fd);
	close(other);
	close(sender);
}

static void shut(int fd)
{
	shutdown(fd, SHUT_RD);
}

static void link_down(int unused)
{
	guest_link_up(IN, unused);
}

static void link_gone(int unused)
{
	exit(unused + guest_link_delete(IN));
}

static void test_woken(void)
{
	int fd = pf_socket();
	uint8_t frame[64];

	pf_bind(fd, IN);
	pf_later(shut, fd);
	IS(recv(fd, frame, 64, 0), 0, "a sleeping reader learns of the shutdown");
	wait(NULL);
	close(fd);
	fd = pf_socket();
	IS(pf_bind(fd, IN), 0, "another socket");
	pf_later(link_down, 0);
	IS(ERR(recv(fd, frame, 64, 0)), ENETDOWN, "a sleeping reader learns that the interface went down");
	wait(NULL);
	close(fd);
	guest_link_up(IN, true);
}

static void test_down(int fd)
{
	int i, sender = guest_sender(OUT);
	uint8_t frame[64];

	guest_link_up(IN, false);
	IS(pf_events(fd, 0) & (POLLERR | POLLHUP), POLLERR, "interface down: POLLERR");
	IS(pf_error(fd), ENETDOWN, "SO_ERROR: ENETDOWN");
	IS(pf_error(fd), 0, "once");
	IS(ERR(recv(fd, frame, 64, 0)), ENETDOWN, "recv: ENETDOWN");
	IS(ERR(send(fd, frame, 64, 0)), ENETDOWN, "send: ENETDOWN");
	guest_link_up(IN, true);
	IS(pf_events(fd, 0) & (POLLERR | POLLHUP), 0, "up again: no error");
	/* the other end's carrier takes a moment; till then it sends nothing */
	for (i = 0; i < 150 && pf_events(fd, 0) == POLLOUT; i++)
		pf_frames(sender, 1, 64);
	IS(recv(fd, frame, 64, MSG_DONTWAIT), 64, "and frames come");
	close(sender);
}

static void test_gone(int fd)
{
	uint8_t frame[64];

	pf_later(link_gone, 0);
	IS(ERR(recv(fd, frame, 64, 0)), ENETDOWN, "a sleeping reader learns that the interface went");
	wait(NULL);
	IS(pf_events(fd, 0) & (POLLERR | POLLHUP), POLLERR | POLLHUP, "interface removed: POLLHUP");
	IS(ERR(recv(fd, frame, 64, 0)), ENETDOWN, "recv: ENETDOWN");
	pf_error(fd);
	IS(ERR(send(fd, frame, 64, 0)), ENOTCONN, "send: ENOTCONN");
	IS(guest_veth_add(IN, OUT), 0, "a new interface");
	IS(pf_bind(fd, IN), 0, "the socket may be bound to it");
}

static void test_races(void)
{
	int i, fd, status = 0;

	for (i = 0; i < 20; i++) {
		pid_t child = fork();

		if (child == 0) {
			uint8_t frame[64];

			fd = pf_socket();
			if (pf_bind(fd, IN) == 0)
				recv(fd, frame, sizeof(frame), 0);
			_exit(0);
		}
		usleep((unsigned int)i * 500);
		guest_link_delete(IN);
		waitpid(child, &status, 0);
		guest_veth_add(IN, OUT);
	}
	IS(status, 0, "interfaces removed while sockets are bound to them");
}

static int hold(const char *name)
{
	struct ykvm_setup s = { .abi = YKVM_ABI, .flags = YKVM_SETUP_DROP_NEWEST | YKVM_SETUP_USER_MEMORY };
	int fd = pf_socket();

	s.slots = 1024;
	s.memory_bytes = 1024 * YKVM_BUFFER_BYTES_DEFAULT;
	s.memory_addr =
		(uintptr_t)mmap(NULL, s.memory_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (pf_set(fd, ZEROCOPY_SETUP, &s, sizeof(s)) != 0 || pf_get(fd, ZEROCOPY_SETUP, &s, sizeof(s)) < 0 ||
	    mmap(NULL, s.user_bytes, PROT_READ, MAP_SHARED, fd, (off_t)s.user_offset) == MAP_FAILED)
		return 1;
	if (pf_bind_flags(fd, if_nametoindex(name), YKVM_BIND_ZEROCOPY) == 0)
		printf("by DMA\n");
	else if (pf_bind(fd, name) == 0)
		printf("by copy\n");
	else
		return 1;
	fflush(stdout);
	pause();
	return 0;
}

int main(int argc, char **argv)
{
	int fd;

	if (argc > 2)
		return hold(argv[2]);
	if (guest_veth_add(IN, OUT) != 0)
		return 1;
	fd = pf_socket();
	IS(fd >= 0, 1, "socket");
	test_socket();
	test_not_supported(fd);
	test_unset(fd);
	test_options(fd);
	test_bind(fd);
	test_down(fd);
	close(fd);
	test_zerocopy_flag();
	test_namespace();
	test_shutdown();
	test_woken();
	fd = pf_socket();
	pf_bind(fd, IN);
	test_gone(fd);
	close(fd);
	test_races();
	guest_link_delete(IN);
	return guest_checked();
}
