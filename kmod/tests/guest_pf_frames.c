// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames through PF_ZEROCOPY in the guest, with a veth pair of its own: by
 * recvmsg() and sendmsg(), and in place. TAP on stdout; exit 0: all passed.
 */
#include <linux/filter.h>
#include <signal.h>
#include <sys/epoll.h>
#include <time.h>

#include "kmod/tests/guest_pf.h"

static int sender;

static int bound(uint32_t flags)
{
	int fd = pf_socket();

	IS(pf_setup(fd, flags, SLOTS) || pf_bind(fd, IN), 0, "socket, setup, bind");
	return fd;
}

/* How many come in a row, tagged from `first` on. */
static int receive_all(int fd, size_t bytes, int first)
{
	uint8_t frame[16384];
	int n = 0;

	while (recv(fd, frame, sizeof(frame), MSG_DONTWAIT) == (ssize_t)bytes && pf_is(frame, bytes, first + n))
		n++;
	return n;
}

static struct ykvm_stats stats(int fd)
{
	struct ykvm_stats s = { 0 };

	pf_get(fd, ZEROCOPY_STATS, &s, sizeof(s));
	return s;
}

static void test_policies(void)
{
	int fd = bound(YKVM_SETUP_DROP_NEWEST);

	pf_frames(sender, SLOTS + 10, 64);
	IS(receive_all(fd, 64, 0), SLOTS, "a full ring drops the newest: the first come, in order");
	IS(stats(fd).full, 10, "the others are counted");
	pf_frames(sender, SLOTS, 1514);
	IS(receive_all(fd, 1514, 0), SLOTS, "then there is room again");
	IS(stats(fd).bad_index, 0, "no index was wrong");
	close(fd);
	fd = bound(0);
	pf_frames(sender, SLOTS + 10, 64);
	IS(receive_all(fd, 64, 10), SLOTS, "a full ring overwrites the oldest: the last come, in order");
	IS(stats(fd).overwritten, 10, "the others are counted");
	pf_frames(sender, SLOTS, 1514);
	IS(receive_all(fd, 1514, 0), SLOTS, "then there is room again");
	IS(stats(fd).bad_index + stats(fd).no_spare, 0, "no index was wrong, no spare was missing");
	close(fd);
}

/* One frame with all that recvmsg() tells of it; its bytes go to `room` bytes in two parts. */
static ssize_t receive_message(int fd, uint8_t *frame, size_t room, int flags, struct msghdr *m,
			       struct sockaddr_zerocopy *from, struct ykvm_frame *f)
{
	static _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct ykvm_frame))];
	static struct iovec parts[2];
	struct cmsghdr *c;
	ssize_t n;

	parts[0] = (struct iovec) { frame, room / 3 };
	parts[1] = (struct iovec) { frame + room / 3, room - room / 3 };
	*m = (struct msghdr) { .msg_name = from,
			       .msg_namelen = sizeof(*from),
			       .msg_iov = parts,
			       .msg_iovlen = 2,
			       .msg_control = control,
			       .msg_controllen = sizeof(control) };
	memset(f, 0, sizeof(*f));
	n = recvmsg(fd, m, flags | MSG_DONTWAIT);
	c = n >= 0 ? CMSG_FIRSTHDR(m) : NULL;
	if (c && c->cmsg_level == SOL_ZEROCOPY && c->cmsg_type == ZEROCOPY_FRAME)
		memcpy(f, CMSG_DATA(c), sizeof(*f));
	return n;
}

static void test_message(void)
{
	int fd = bound(YKVM_SETUP_DROP_NEWEST | YKVM_SETUP_STAMP);
	struct sockaddr_zerocopy from;
	struct ykvm_frame f;
	struct timespec now;
	uint8_t frame[2048];
	struct msghdr m;

	pf_frames(sender, 4, 200);
	IS(receive_message(fd, frame, 2048, 0, &m, &from, &f), 200, "recvmsg");
	IS(pf_is(frame, 200, 0), 1, "over two parts");
	IS(m.msg_flags, 0, "whole");
	IS(from.sz_ifindex == if_nametoindex(IN) && m.msg_namelen == sizeof(from), 1, "its interface is named");
	clock_gettime(CLOCK_REALTIME, &now);
	IS(f.len == 200 && f.caplen == 200 && f.seq == 0, 1, "its description comes as a control message");
	IS((int64_t)((uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec - f.stamp_ns) / 1000000000, 0,
	   "with the time it came");
	memset(frame, 0xee, sizeof(frame));
	IS(receive_message(fd, frame, 90, 0, &m, &from, &f), 90, "less room than frame: as much as there is room for");
	IS(m.msg_flags, MSG_TRUNC, "MSG_TRUNC says so");
	IS(pf_is(frame, 90, 1) && frame[90] == 0xee, 1, "and nothing is written beyond");
	IS(receive_message(fd, frame, 90, MSG_TRUNC, &m, &from, &f), 200, "asked with MSG_TRUNC: its own length");
	IS(recv(fd, frame, 0, MSG_TRUNC), 200, "with no room at all");
	IS(ERR(recv(fd, frame, 2048, MSG_DONTWAIT)), EAGAIN, "each call took one frame");
	pf_frames(sender, 2, 64);
	IS(ERR(recv(fd, NULL, 64, 0)), EFAULT, "recv to NULL: EFAULT");
	IS(recv(fd, frame, 64, 0) == 64 && pf_is(frame, 64, 1), 1, "and the next frame comes");
	close(fd);
}

static void test_recvmmsg(void)
{
	int i, fd = bound(0);
	uint8_t frames[8][64];
	struct iovec parts[8];
	struct mmsghdr m[8] = { 0 };

	for (i = 0; i < 8; i++) {
		parts[i] = (struct iovec) { frames[i], 64 };
		m[i].msg_hdr.msg_iov = &parts[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	pf_frames(sender, 5, 64);
	IS(recvmmsg(fd, m, 8, MSG_WAITFORONE, NULL), 5, "recvmmsg: those that are there");
	IS(pf_is(frames[4], 64, 4) && m[4].msg_len == 64, 1, "in order");
	close(fd);
}

/* 5 frames of 3 buffers each a round: the ring wraps within a chain. */
static void test_chains(void)
{
	int i, n = 0, fd;

	guest_link_mtu(IN, 9000);
	guest_link_mtu(OUT, 9000);
	fd = bound(YKVM_SETUP_DROP_NEWEST);
	for (i = 0; i < 30; i++) {
		pf_frames(sender, 5, 5000);
		n += receive_all(fd, 5000, 0);
	}
	IS(n, 150, "frames longer than a buffer come whole, across the ring's end too");
	IS(stats(fd).chained, 150, "counted as chains");
	close(fd);
}

static void on_alarm(int unused)
{
	(void)unused;
}

static void send_one(int unused)
{
	(void)unused;
	pf_frames(sender, 1, 64);
}

static void test_sleep(void)
{
	struct timeval timeout = { .tv_usec = 50000 };
	struct sigaction act = { .sa_handler = on_alarm };
	int fd = bound(0);
	uint8_t frame[64];

	pf_later(send_one, 0);
	IS(recv(fd, frame, 64, 0), 64, "recv sleeps until a frame comes");
	wait(NULL);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	IS(ERR(recv(fd, frame, 64, 0)), EAGAIN, "or SO_RCVTIMEO is over");
	timeout.tv_usec = 0;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	sigaction(SIGALRM, &act, NULL);
	ualarm(50000, 0);
	timeout.tv_sec = 10;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	IS(ERR(recv(fd, frame, 64, 0)), EINTR, "or a signal comes");
	close(fd);
}

static void test_poll(void)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	struct ykvm_wait w = { .timeout_ns = 20000000 };
	int fd = bound(0), ep = epoll_create1(0);
	uint8_t frame[64];

	IS(pf_events(fd, 0), POLLOUT, "poll of an empty ring: POLLOUT");
	IS(guest_ioctl(fd, YKVM_WAIT, &w), -ETIME, "wait: ETIME");
	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
	IS(epoll_wait(ep, &ev, 1, 0), 0, "epoll: nothing");
	pf_later(send_one, 0);
	IS(epoll_wait(ep, &ev, 1, 1000) == 1 && ev.events == EPOLLIN, 1, "epoll is woken");
	wait(NULL);
	IS(pf_events(fd, 0), POLLIN | POLLOUT, "poll: POLLIN");
	IS(guest_ioctl(fd, YKVM_WAIT, &w), 0, "wait: there is something");
	IS(recv(fd, frame, 64, 0), 64, "recv");
	IS(pf_events(fd, 0), POLLOUT, "poll: nothing more");
	close(ep);
	close(fd);
}

static void test_filter(void)
{
	/* the first payload byte is 3 */
	struct sock_filter insns[] = { BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 14),
				       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 3, 0, 1), BPF_STMT(BPF_RET | BPF_K, 40),
				       BPF_STMT(BPF_RET | BPF_K, 0) };
	struct ykvm_filter f = { .kind = YKVM_FILTER_CLASSIC, .len = 4, .insns = (uintptr_t)insns };
	int fd = bound(0);
	uint8_t frame[64];

	IS(pf_set(fd, ZEROCOPY_FILTER, &f, sizeof(f)), 0, "filter");
	pf_frames(sender, 10, 64);
	IS(recv(fd, frame, 64, MSG_DONTWAIT), 40, "lets one frame in, as much of it as it says");
	IS(pf_is(frame, 40, 3), 1, "the right one");
	IS(ERR(recv(fd, frame, 64, MSG_DONTWAIT)), EAGAIN, "and no other");
	f = (struct ykvm_filter) { .kind = YKVM_FILTER_NONE };
	IS(pf_set(fd, ZEROCOPY_FILTER, &f, sizeof(f)), 0, "no filter");
	pf_frames(sender, 10, 64);
	IS(receive_all(fd, 64, 0), 10, "lets all in");
	close(fd);
}

/* A packet socket at the other end: what came there in the last moments, of our frames. */
static ssize_t arrived(int fd, uint8_t *frame, size_t room)
{
	ssize_t n;

	usleep(20000);
	do {
		n = recv(fd, frame, room, MSG_DONTWAIT | MSG_TRUNC);
	} while (n > 0 && memcmp(frame, "\2\0\0\0\0\x09", 6) != 0);
	return n;
}

static void test_send(void)
{
	static const size_t sizes[] = { 14, 60, 1514, 4000, 9014 };
	struct sockaddr_zerocopy to = { .sz_family = (uint16_t)pf_family() };
	int fd = bound(0), ear = guest_stack(OUT, 0x88b5);
	static uint8_t
		frame[16384]; /* a gigabyte from the stack on may end beyond what a process can address: EFAULT */
	uint8_t got[16384];
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		pf_fill(frame, sizes[i], (int)i);
		IS(send(fd, frame, sizes[i], 0), (long long)sizes[i], "send");
		IS(arrived(ear, got, sizeof(got)), (long long)sizes[i], "it arrives");
		IS(pf_is(got, sizes[i], (int)i), 1, "as it was");
	}
	IS(ERR(send(fd, frame, 13, 0)), EINVAL, "send of less than a header: EINVAL");
	IS(ERR(send(fd, frame, 9015, 0)), EMSGSIZE, "send of more than the MTU: EMSGSIZE");
	IS(ERR(send(fd, frame, 1 << 30, 0)), EMSGSIZE, "send of a gigabyte: EMSGSIZE");
	memcpy(frame + 12, "\x81\x00\x00\x07\x88\xb5", 6);
	IS(send(fd, frame, 9018, 0), 9018, "4 bytes more if they are a VLAN tag");
	IS(arrived(ear, got, sizeof(got)), 9014, "which is taken out on the way");
	IS(ERR(send(fd, frame, 9019, 0)), EMSGSIZE, "and no more");
	IS(ERR(send(fd, NULL, 64, 0)), EFAULT, "send from NULL: EFAULT");
	IS(ERR(sendto(fd, frame, 64, 0, (struct sockaddr *)&to, sizeof(to))), EISCONN, "sendto: EISCONN");
	IS(send(fd, NULL, 0, 0), 0, "send of nothing: 0");
	IS(arrived(ear, got, sizeof(got)), -1, "nothing of these arrives");
	close(ear);
	close(fd);
}

struct mapped {
	int fd;
	struct ykvm_setup s;
	uint8_t *memory, *user, *shared;
	struct ykvm_reader reader;
};

/* A ring over memory of the program's own, two buffers a page, and 2 to send from. */
static void mapped_open(struct mapped *p)
{
	p->s = (struct ykvm_setup) { .abi = YKVM_ABI,
				     .slots = SLOTS,
				     .tx_buffers = 2,
				     .flags = YKVM_SETUP_DROP_NEWEST | YKVM_SETUP_USER_MEMORY };
	p->s.memory_bytes = (SLOTS + 2) * 2048;
	p->memory = mmap(NULL, p->s.memory_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	p->s.memory_addr = (uintptr_t)p->memory;
	p->fd = pf_socket();
	IS(pf_set(p->fd, ZEROCOPY_SETUP, &p->s, sizeof(p->s)), 0, "setup of a ring over the program's memory");
	pf_get(p->fd, ZEROCOPY_SETUP, &p->s, sizeof(p->s));
	p->user = mmap(NULL, p->s.user_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd, (off_t)p->s.user_offset);
	p->shared = mmap(NULL, p->s.shared_bytes, PROT_READ, MAP_SHARED, p->fd, (off_t)p->s.shared_offset);
	IS(p->user != MAP_FAILED && p->shared != MAP_FAILED, 1, "mmap of both areas");
	ykvm_reader_init(&p->reader, &p->s, p->user, p->shared, p->memory);
}

static int mapped_read(struct mapped *p, size_t bytes)
{
	struct ykvm_batch b = ykvm_reader_take(&p->reader, SLOTS);
	const struct ykvm_frame *f;
	const uint8_t *data;
	int n = 0;

	while ((f = ykvm_batch_next(&b, &data)))
		n += f->len == bytes && pf_is(data, bytes, n);
	ykvm_reader_release(&p->reader, &b);
	return n;
}

static void mapped_send(struct mapped *p)
{
	struct ykvm_user *u = (void *)p->user;
	struct ykvm_tx *tx = (void *)(p->user + p->s.tx_off);
	int i, n = 0, ear = guest_stack(OUT, 0x88b5);
	uint8_t got[16384];

	for (i = 0; i < 2; i++) {
		pf_fill(p->memory + (size_t)(p->s.n_buffers + i) * 2048, 100, i);
		tx[i] = (struct ykvm_tx) { .buffer = p->s.n_buffers + i, .len = 100 };
	}
	__atomic_store_n(&u->tx_producer, 2, __ATOMIC_RELEASE);
	IS(send(p->fd, NULL, 0, 0), 0, "send of nothing");
	for (i = 0; i < 2; i++)
		n += arrived(ear, got, sizeof(got)) == 100 && pf_is(got, 100, i);
	IS(n, 2, "sends what tx[] names");
	IS(stats(p->fd).sent, 2, "and counts it");
	close(ear);
}

static void test_mapped(void)
{
	struct mapped p;
	uint8_t frame[64];

	mapped_open(&p);
	IS(pf_setup(p.fd, 0, SLOTS), -EBUSY, "setup while mapped: EBUSY");
	IS(pf_bind(p.fd, IN), 0, "bind");
	pf_frames(sender, 10, 64);
	IS(mapped_read(&p, 64), 10, "frames lie in the program's memory");
	pf_frames(sender, SLOTS, 1514);
	IS(mapped_read(&p, 1514), SLOTS, "a whole ring of them");
	IS(ERR(recv(p.fd, frame, 64, MSG_DONTWAIT)), EBUSY, "recv beside a mapped reader: EBUSY");
	mapped_send(&p);
	munmap(p.shared, p.s.shared_bytes);
	munmap(p.user, p.s.user_bytes);
	IS(ERR(recv(p.fd, frame, 64, MSG_DONTWAIT)), EBUSY, "and after it");
	munmap(p.memory, p.s.memory_bytes);
	pf_frames(sender, 10, 64);
	IS(stats(p.fd).received, 10 + SLOTS + 10, "frames may come when the program's mapping of its memory is gone");
	close(p.fd);
}

int main(void)
{
	if (guest_veth_add(IN, OUT) != 0)
		return 1;
	sender = guest_sender(OUT);
	test_policies();
	test_message();
	test_recvmmsg();
	test_sleep();
	test_poll();
	test_filter();
	test_mapped();
	test_chains();
	test_send();
	guest_link_delete(IN);
	return guest_checked();
}
