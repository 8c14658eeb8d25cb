// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's behaviour at its edges, in the guest, with a veth pair of its
 * own: what it refuses and with which error, what survives a wrong reader, a
 * removed interface, a fork, a dead reader. TAP on stdout; exit 0: all passed.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kmod/tests/guest.h"

#define IN "yk0" /* captured on */
#define OUT "yk1" /* sent on */
#define SLOTS 64

static int sender;

/* n frames whose payload bytes are all their number; a tag if vlan. */
static void send_frames(unsigned int n, size_t bytes, bool vlan)
{
	uint8_t f[9000] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, 0x88, 0xb5 };
	unsigned int i;

	if (vlan)
		memcpy(f + 12, "\x81\x00\x01\x23\x88\xb5", 6);
	for (i = 0; i < n; i++) {
		memset(f + 18, (int)i, bytes - 18);
		if (send(sender, f, bytes, 0) != (ssize_t)bytes)
			perror("# send");
	}
	usleep(20000);
}

static int errno_of(long ret)
{
	return ret < 0 ? errno : 0;
}

static void test_open(void)
{
	int fd = open(YKVM_DEVICE, O_RDWR | O_CLOEXEC);
	pid_t child = fork();
	int status;

	if (child == 0) {
		close(fd);
		_exit(unshare(CLONE_NEWUSER) == 0 ? errno_of(open(YKVM_DEVICE, O_RDWR)) : 200);
	}
	waitpid(child, &status, 0);
	IS(WEXITSTATUS(status), EPERM, "M1 open from a user namespace of its own: EPERM");
	IS(fd >= 0, 1, "open");
	close(fd);
}

static void test_unknown_ioctls(int fd)
{
	uint8_t arg[256] = { 0 };
	static const unsigned long cmds[] = {
		_IO(YKVM_IOC_MAGIC, 0),
		_IO(YKVM_IOC_MAGIC, 5),
		_IO(YKVM_IOC_MAGIC, 8),
		_IO(YKVM_IOC_MAGIC, 1),
		_IOR(YKVM_IOC_MAGIC, 1, struct ykvm_setup),
		_IOWR(YKVM_IOC_MAGIC, 1, struct ykvm_bind),
		_IOW(YKVM_IOC_MAGIC, 4, struct ykvm_stats),
		0,
		0xffffffff,
	};
	size_t i;

	for (i = 0; i < sizeof(cmds) / sizeof(*cmds); i++)
		IS(guest_ioctl(fd, cmds[i], arg), -ENOTTY, "M2 unknown ioctl: ENOTTY");
}

static void test_before_setup(int fd)
{
	struct ykvm_stats s;
	struct ykvm_filter none = { 0 };
	struct ykvm_wait w = { 0 };
	struct pollfd p = { .fd = fd, .events = POLLIN };

	IS(guest_ioctl(fd, YKVM_STATS, &s), -ENXIO, "stats before setup: ENXIO");
	IS(guest_bind(fd, if_nametoindex(IN)), -ENXIO, "bind before setup: ENXIO");
	IS(guest_ioctl(fd, YKVM_FILTER, &none), -ENXIO, "filter before setup: ENXIO");
	IS(guest_ioctl(fd, YKVM_KICK, NULL), -ENXIO, "kick before setup: ENXIO");
	IS(guest_ioctl(fd, YKVM_WAIT, &w), -ENXIO, "wait before setup: ENXIO");
	IS(guest_ioctl(fd, YKVM_UNBIND, NULL), -ENODEV, "unbind of nothing: ENODEV");
	IS(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? errno : 0, ENXIO, "mmap before setup: ENXIO");
	IS(poll(&p, 1, 0) == 1 ? p.revents : 0, POLLERR, "poll before setup: POLLERR");
	IS(errno_of(read(fd, &s, sizeof(s))), EINVAL, "read: EINVAL");
}

static void test_faults(int fd)
{
	uint8_t *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct ykvm_setup *s = (void *)page;
	struct ykvm_stats stats;

	munmap(page + 4096, 4096);
	*s = (struct ykvm_setup) { .abi = YKVM_ABI };
	IS(guest_ioctl(fd, YKVM_SETUP, NULL), -EFAULT, "M3 setup with NULL: EFAULT");
	IS(guest_ioctl(fd, YKVM_BIND, page + 4096), -EFAULT, "M3 bind with unmapped memory: EFAULT");
	IS(guest_ioctl(fd, YKVM_SETUP, page + 4096 - 16), -EFAULT, "M3 setup across an unmapped page: EFAULT");
	mprotect(page, 4096, PROT_READ);
	IS(guest_ioctl(fd, YKVM_SETUP, page), -EFAULT, "M3 setup in read-only memory: EFAULT");
	IS(guest_ioctl(fd, YKVM_STATS, &stats), -ENXIO, "M3 and no ring was made");
	munmap(page, 4096);
}

static void test_setup_refusals(int fd)
{
	static const uint32_t slots[] = { 1, 2, 32, 63, 65, 1000, 4095, 65536, 3U << 30, 1U << 31, 0xffffffffU };
	struct ykvm_setup s;
	size_t i;

	for (i = 0; i < sizeof(slots) / sizeof(*slots); i++)
		IS(guest_setup(fd, &s, slots[i]), -EINVAL, "M5 impossible number of slots: EINVAL");
	for (i = 0; i < sizeof(s) / sizeof(uint32_t); i++) {
		uint32_t bad = i == 2 ? 3 : 1U << 30; /* word 2 is slots */

		if (i == offsetof(struct ykvm_setup, snaplen) / sizeof(uint32_t))
			continue; /* any will do */
		s = (struct ykvm_setup) { .abi = YKVM_ABI };
		((uint32_t *)&s)[i] = bad;
		IS(guest_ioctl(fd, YKVM_SETUP, &s), -EINVAL, "M4 a field that must be zero, or is unknown: EINVAL");
	}
	IS(guest_setup(fd, &s, 0), 0, "default setup");
	IS(s.slots, YKVM_SLOTS_DEFAULT, "has the default number of slots");
	IS(guest_setup(fd, &s, YKVM_SLOTS_MAX), 0, "setup again, of the largest ring");
	s = (struct ykvm_setup) { .abi = YKVM_ABI, .slots = YKVM_SLOTS_MAX, .buffer_bytes = YKVM_BUFFER_BYTES_MAX };
	IS(guest_ioctl(fd, YKVM_SETUP, &s), -ENOMEM, "M5 a ring larger than memory: ENOMEM");
	s = (struct ykvm_setup) { .abi = YKVM_ABI, .wake_frames = 2 };
	IS(guest_ioctl(fd, YKVM_SETUP, &s), -EINVAL, "M4 wake-up batching without a time: EINVAL");
	IS(guest_setup(fd, &s, SLOTS), 0, "setup again, of the smallest");
}

static int try_map(int fd, size_t bytes, int prot, int flags, off_t offset)
{
	void *p = mmap(NULL, bytes, prot, flags, fd, offset);

	if (p == MAP_FAILED)
		return errno;
	munmap(p, bytes);
	return 0;
}

/* What the reader must not write. */
static void area_read_only(int fd, size_t n, off_t at)
{
	struct ykvm_setup again;
	uint8_t *p;

	IS(try_map(fd, n + 4096, PROT_READ, MAP_SHARED, at), EINVAL, "M11 one page too long: EINVAL");
	IS(try_map(fd, n - 4096, PROT_READ, MAP_SHARED, at), EINVAL, "M11 one page too short: EINVAL");
	IS(try_map(fd, n, PROT_READ, MAP_SHARED, at + 4096), EINVAL, "M11 another offset: EINVAL");
	IS(try_map(fd, n, PROT_READ | PROT_WRITE, MAP_SHARED, at), EPERM, "M12 for writing: EPERM");
	IS(try_map(fd, n, PROT_READ | PROT_EXEC, MAP_SHARED, at), EPERM, "M12 for executing: EPERM");
	IS(try_map(fd, n, PROT_READ, MAP_PRIVATE, at), EPERM, "M12 a private mapping: EPERM");
	p = mmap(NULL, n, PROT_READ, MAP_SHARED, fd, at);
	IS(p != MAP_FAILED, 1, "the area, read-only");
	IS(errno_of(mprotect(p, n, PROT_READ | PROT_WRITE)), EACCES, "M12 made writable later: EACCES");
	IS(errno_of(mprotect(p, n, PROT_READ | PROT_EXEC)), EACCES, "M12 made executable later: EACCES");
	IS(errno_of(munmap(p, 4096)), EINVAL, "M13 unmapped in part: EINVAL");
	IS(mremap(p, n, n + 4096, MREMAP_MAYMOVE) == MAP_FAILED ? errno : 0, EFAULT, "M13 grown: EFAULT");
	IS(guest_setup(fd, &again, 128), -EBUSY, "M6 setup while mapped: EBUSY");
	p = mremap(p, n, n, MREMAP_MAYMOVE | MREMAP_FIXED, (uint8_t *)(1ULL << 40));
	IS(p == (uint8_t *)(1ULL << 40) && p[n - 1] == 0, 1, "M13 moved as a whole");
	munmap(p, n);
}

static void test_mappings(int fd, uint32_t flags)
{
	struct ykvm_setup s = { .abi = YKVM_ABI, .slots = 256, .flags = flags }, again; /* more than a page each */

	IS(guest_ioctl(fd, YKVM_SETUP, &s), 0, "setup");
	area_read_only(fd, s.shared_bytes, (off_t)s.shared_offset);
	area_read_only(fd, s.buffers_bytes, (off_t)s.buffers_offset);
	IS(try_map(fd, 4096, PROT_READ, MAP_SHARED, 1L << 62), EINVAL, "M11 an offset far out: EINVAL");
	IS(try_map(fd, s.user_bytes, PROT_READ | PROT_EXEC, MAP_SHARED, 0), EPERM,
	   "M12 user area for executing: EPERM");
	IS(try_map(fd, s.user_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, 0), 0, "user area for writing");
	IS(guest_setup(fd, &again, SLOTS), 0, "setup after munmap");
}

static void test_bind_refusals(int fd)
{
	static const unsigned int nowhere[] = { 0, -1, 999999 };
	struct ykvm_bind b = { .ifindex = if_nametoindex(IN), .flags = YKVM_BIND_FLAGS + 1 };
	struct ykvm_setup s;
	size_t i;

	for (i = 0; i < 3; i++)
		IS(guest_bind(fd, nowhere[i]), -ENODEV, "M7 bind to no interface: ENODEV");
	IS(guest_ioctl(fd, YKVM_BIND, &b), -EINVAL, "M4 bind with an unknown flag: EINVAL");
	for (i = 0; i < 2; i++) {
		b = (struct ykvm_bind) { .ifindex = if_nametoindex(IN) };
		b.reserved[i] = 1;
		IS(guest_ioctl(fd, YKVM_BIND, &b), -EINVAL, "M4 bind with a reserved field set: EINVAL");
	}
	b = (struct ykvm_bind) { .ifindex = if_nametoindex(IN), .member = 1, .members = 1 };
	IS(guest_ioctl(fd, YKVM_BIND, &b), -EINVAL, "bind as a member beyond the last: EINVAL");
	b = (struct ykvm_bind) { .ifindex = if_nametoindex(IN), .members = YKVM_MEMBERS_MAX + 1 };
	IS(guest_ioctl(fd, YKVM_BIND, &b), -EINVAL, "too many members: EINVAL");
	b = (struct ykvm_bind) { .ifindex = if_nametoindex(IN), .flags = YKVM_BIND_ZEROCOPY };
	IS(guest_ioctl(fd, YKVM_BIND, &b), -EOPNOTSUPP, "zero copy where the driver cannot: EOPNOTSUPP");
	b.flags |= YKVM_BIND_QUEUE;
	IS(guest_ioctl(fd, YKVM_BIND, &b), -EINVAL, "by queue and zero copy, which is by queue itself: EINVAL");
	IS(guest_bind(fd, if_nametoindex("lo")), -EINVAL, "M7 bind to what is not Ethernet: EINVAL");
	guest_link_up(IN, false);
	IS(guest_bind(fd, if_nametoindex(IN)), -ENETDOWN, "M8 bind to an interface that is down: ENETDOWN");
	guest_link_up(IN, true);
	IS(guest_bind(fd, if_nametoindex(IN)), 0, "bind");
	IS(guest_bind(fd, if_nametoindex(OUT)), -EBUSY, "M7 a second bind: EBUSY");
	IS(guest_setup(fd, &s, SLOTS), -EBUSY, "M6 setup while bound: EBUSY");
	IS(guest_ioctl(fd, YKVM_UNBIND, NULL), 0, "unbind");
}

/* The frame at a position that was taken. */
static const struct ykvm_frame *frame_at(const struct guest_ring *g, uint64_t position)
{
	return &g->reader.frames[g->reader.batch[position % YKVM_BATCH_MAX]];
}

static const uint8_t *data_of(const struct guest_ring *g, const struct ykvm_frame *f)
{
	return g->buffers + (size_t)(f - g->reader.frames) * g->setup.buffer_bytes;
}

static bool same(const struct guest_ring *g, const struct ykvm_frame *f, uint8_t number)
{
	const uint8_t *d = data_of(g, f);
	uint32_t i;

	for (i = 18; i < f->caplen; i++)
		if (d[i] != number)
			return false;
	return true;
}

static struct ykvm_batch take(struct guest_ring *g)
{
	return ykvm_reader_take(&g->reader, YKVM_BATCH_MAX);
}

static void release(struct guest_ring *g, struct ykvm_batch *b)
{
	b->at = b->end;
	ykvm_reader_release(&g->reader, b);
}

static void test_ten_frames(struct guest_ring *g)
{
	struct pollfd p = { .fd = g->fd, .events = POLLIN };
	const struct ykvm_frame *f;
	struct ykvm_batch b;
	uint32_t i, n;

	IS(poll(&p, 1, 0), 0, "poll of an empty ring: nothing");
	send_frames(10, 60, false);
	IS(poll(&p, 1, 0) == 1 ? p.revents : 0, POLLIN, "poll: POLLIN");
	b = take(g);
	IS(b.end - b.at, 10, "ten frames");
	for (i = 0; i < 10; i++) {
		f = frame_at(g, b.at + i);
		IS(f->len == 60 && f->caplen == 60 && f->seq == i && f->buffers == 1 && f->stamp_ns != 0 &&
			   same(g, f, (uint8_t)i),
		   1, "as sent");
	}
	f = frame_at(g, b.at);
	for (i = 60, n = 0; i < g->setup.buffer_bytes; i++)
		n += data_of(g, f)[i] != 0;
	IS(n, 0, "M22 nothing behind a frame in a fresh buffer");
	release(g, &b);
}

static void test_frames(struct guest_ring *g)
{
	const struct ykvm_frame *f;
	struct ykvm_batch b;

	test_ten_frames(g);
	send_frames(1, 100, true);
	b = take(g);
	f = frame_at(g, b.at);
	IS(f->flags & YKVM_FRAME_VLAN && f->vlan_tci == 0x123 && f->vlan_proto == 0x8100 && f->len == 96, 1,
	   "M21 a tag");
	release(g, &b);

	send_frames(1, 8000, false);
	b = take(g);
	f = frame_at(g, b.at);
	IS(f->flags & YKVM_FRAME_TRUNCATED && f->len == 8000 && f->caplen == g->setup.buffer_bytes && same(g, f, 0), 1,
	   "M21 a frame longer than a buffer");
	release(g, &b);
	IS(guest_stats(g).truncated, 1, "and it is counted");
}

static void test_overwrite(struct guest_ring *g)
{
	struct ykvm_stats a = guest_stats(g), now;
	const struct ykvm_frame *f;
	struct ykvm_batch b;

	send_frames(SLOTS + 36, 60, false);
	now = guest_stats(g);
	IS(now.received - a.received, SLOTS + 36, "a ring and a half");
	IS(now.overwritten - a.overwritten, 36, "the oldest overwritten, and counted");
	b = take(g);
	f = frame_at(g, b.at);
	IS(b.end - b.at == SLOTS && same(g, f, 36) && f->seq == a.received + 36, 1, "the newest are there");
	send_frames(3 * SLOTS, 60, false);
	IS(same(g, f, 36) && f->seq == a.received + 36, 1, "a held frame stays, whatever comes in");
	release(g, &b);
	b = take(g);
	IS(b.end - b.at == SLOTS && same(g, frame_at(g, b.at), 2 * SLOTS), 1, "and the newest are there again");
	release(g, &b);
	IS(guest_stats(g).left, 0, "nothing left");
}

static void test_wrong_indices(struct guest_ring *g)
{
	static const uint64_t wrong[] = { -1ULL, SLOTS + 1, 1ULL << 32, 1ULL << 63, -(1ULL << 40) };
	uint64_t honest;
	size_t i;

	send_frames(SLOTS, 60, false); /* the next one has to look at the indices */
	honest = g->reader.user->consumer;
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		uint64_t before = guest_stats(g).bad_index;

		g->reader.user->consumer = honest + wrong[i];
		send_frames(3, 60, false);
		IS(guest_stats(g).bad_index - before, 3, "M18 frames dropped for a wrong index, and counted");
	}
	g->reader.user->consumer = honest;
	send_frames(1, 60, false);
	IS(guest_drop_all(g), SLOTS, "M18 all is well when it is right again");
}

static void test_sleep(struct guest_ring *g)
{
	struct pollfd p = { .fd = g->fd, .events = POLLIN };
	struct epoll_event e = { .events = EPOLLIN | EPOLLET };
	int ep = epoll_create1(EPOLL_CLOEXEC), round;
	pid_t child = fork();

	if (child == 0) {
		usleep(100000);
		send_frames(1, 60, false);
		_exit(0);
	}
	IS(poll(&p, 1, 2000) == 1 ? p.revents : 0, POLLIN, "M29 poll sleeps, and is woken");
	waitpid(child, NULL, 0);
	guest_drop_all(g);
	epoll_ctl(ep, EPOLL_CTL_ADD, g->fd, &e);
	for (round = 0; round < 3; round++) {
		IS(epoll_wait(ep, &e, 1, 0), 0, "M29 edge-triggered epoll: nothing");
		send_frames(2, 60, false);
		IS(epoll_wait(ep, &e, 1, 1000), 1, "M29 edge-triggered epoll: woken again");
		guest_drop_all(g);
	}
	close(ep);
}

static void test_fork(struct guest_ring *g)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		signal(SIGSEGV, SIG_DFL);
		_exit(*(volatile uint8_t *)g->shared);
	}
	waitpid(child, &status, 0);
	IS(WIFSIGNALED(status) ? WTERMSIG(status) : 0, SIGSEGV, "M14 a child has no mapping");
}

static void test_down(struct guest_ring *g)
{
	struct pollfd p = { .fd = g->fd, .events = POLLIN };

	guest_link_up(IN, false);
	IS(poll(&p, 1, 1000) == 1 ? p.revents : 0, POLLERR, "M8 interface down: POLLERR");
	IS(g->reader.state->status, YKVM_STATUS_BOUND | YKVM_STATUS_DOWN, "and the state says so");
	guest_link_up(IN, true);
	usleep(20000);
	send_frames(1, 60, false);
	IS(poll(&p, 1, 1000) == 1 ? p.revents : 0, POLLIN, "M8 up again: frames come");
}

/* Deleted while this waits in poll(); it goes down (POLLERR) before it goes. */
static void test_removed(struct guest_ring *g)
{
	struct pollfd p = { .fd = g->fd, .events = 0 };
	int tries = 3000;
	pid_t child = fork();

	if (child == 0) {
		usleep(50000);
		_exit(guest_link_delete(OUT) == 0 ? 0 : 1);
	}
	while (tries-- > 0 && poll(&p, 1, 1000) == 1 && !(p.revents & POLLHUP))
		usleep(1000);
	IS(p.revents, POLLERR | POLLHUP, "M9 interface removed: POLLHUP");
	waitpid(child, NULL, 0);
	IS(g->reader.state->status, YKVM_STATUS_GONE, "and the state says so");
	IS(guest_ioctl(g->fd, YKVM_UNBIND, NULL), -ENODEV, "M9 unbind: ENODEV");
	IS(guest_stats(g).received > 0, 1, "M9 the counters are kept");
}

static void test_close_order(struct guest_ring *g)
{
	close(g->fd);
	IS(g->reader.state->producer > 0, 1, "M15 closed before munmap: still there to read");
	munmap(g->shared, g->setup.shared_bytes);
	munmap(g->buffers, g->setup.buffers_bytes);
	munmap(g->user, g->setup.user_bytes);
}

int main(void)
{
	struct ykvm_setup want = { .slots = SLOTS };
	struct guest_ring g;
	int fd;

	if (access(YKVM_DEVICE, F_OK) != 0) {
		printf("1..0 # SKIP no %s\n", YKVM_DEVICE);
		return 77;
	}
	if (guest_veth_add(IN, OUT) != 0 || guest_link_mtu(IN, 9000) != 0 || guest_link_mtu(OUT, 9000) != 0) {
		printf("Bail out! no veth pair\n");
		return 1;
	}
	sender = guest_sender(OUT);
	test_open();
	fd = open(YKVM_DEVICE, O_RDWR | O_CLOEXEC);
	test_unknown_ioctls(fd);
	test_before_setup(fd);
	test_faults(fd);
	test_setup_refusals(fd);
	test_mappings(fd, 0);
	test_mappings(fd, YKVM_SETUP_DROP_NEWEST);
	test_bind_refusals(fd);
	close(fd);

	if (!guest_open(&g, &want) || guest_bind(g.fd, if_nametoindex(IN)) != 0) {
		printf("Bail out! no ring\n");
		return 1;
	}
	usleep(20000);
	test_frames(&g);
	test_overwrite(&g);
	test_wrong_indices(&g);
	test_sleep(&g);
	test_fork(&g);
	test_down(&g);
	test_removed(&g);
	test_close_order(&g);
	return guest_checked();
}
