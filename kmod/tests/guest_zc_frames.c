// SPDX-License-Identifier: GPL-2.0-only
/*
 * Single frames through ykvm-zc in the guest: each sent on the other end of the wire, and looked for.
 *
 *   guest_zc_frames DUT SENDER filter             what a filter sees of frames that lie in a ring, TAP on stdout
 *   guest_zc_frames DUT SENDER jumbo              long frames to the stack, while skbs cannot be had
 *   guest_zc_frames DUT SENDER released           sends out of a ring what is given back meanwhile; a CPU is held up at "send"
 *   guest_zc_frames DUT SENDER master DEVICE      whether the device may write memory
 *
 * exit 0: as it should be.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kmod/tests/guest.h"

#define TYPE 0x88b5
#define INNER_TYPE 0x88b6
#define SLOTS 64
#define BYTES 1024
#define TX 8

static const char *dut;
static int sender;

/* The payload is all `number`; a tag, if not 0, is VLAN 5's. */
static void send_frame(uint16_t tag, uint8_t number, size_t len)
{
	uint8_t f[9100] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, tag >> 8, (uint8_t)tag, 0, 5 };
	size_t at = tag ? 16 : 12;

	f[at] = TYPE >> 8;
	f[at + 1] = TYPE & 0xff;
	memset(f + at + 2, number, len - at - 2);
	while (send(sender, f, len, 0) < 0 && errno == EAGAIN)
		usleep(100);
}

static bool ring_open(struct guest_ring *g, bool own_memory)
{
	struct ykvm_setup s = { .slots = SLOTS, .buffer_bytes = BYTES, .flags = YKVM_SETUP_DROP_NEWEST };
	struct ykvm_bind b = { .ifindex = if_nametoindex(dut), .flags = YKVM_BIND_ZEROCOPY };
	int mapping = MAP_PRIVATE | MAP_ANONYMOUS;

	if (own_memory) {
		s.flags |= YKVM_SETUP_USER_MEMORY;
		s.tx_buffers = TX;
		s.memory_bytes = (SLOTS + TX) * BYTES;
		s.memory_addr = (uintptr_t)mmap(NULL, s.memory_bytes, PROT_READ | PROT_WRITE, mapping, -1, 0);
		memset((void *)(uintptr_t)s.memory_addr, 0, s.memory_bytes);
	}
	return guest_open(g, &s) && guest_ioctl(g->fd, YKVM_BIND, &b) == 0;
}

static int set_filter(const struct guest_ring *g, const struct sock_filter *insns, uint32_t n)
{
	struct ykvm_filter f = { .kind = YKVM_FILTER_CLASSIC, .len = n, .insns = (uintptr_t)insns };

	return guest_ioctl(g->fd, YKVM_FILTER, &f);
}

struct seen {
	unsigned int in, odd, refused, over_end, wrong;
};

/* Byte i of the frame in buffer b and those behind it, wherever the reader's own memory has them. */
static uint8_t byte_of(const struct guest_ring *g, uint32_t b, uint32_t i)
{
	return g->buffers[(b * BYTES + i) % (SLOTS * BYTES)];
}

static void look(const struct guest_ring *g, const struct ykvm_frame *f, size_t len, struct seen *s)
{
	uint32_t b = (uint32_t)(f - g->reader.frames);

	s->over_end += b + f->buffers > SLOTS;
	s->in++;
	s->odd += byte_of(g, b, f->len - 1) % 2;
	s->wrong += f->len != len || byte_of(g, b, 14) != byte_of(g, b, f->len - 1);
}

/* Takes what comes for a while; SKIP entries are what the filter refused. */
static void take(struct guest_ring *g, size_t len, struct seen *s)
{
	struct pollfd p = { .fd = g->fd, .events = POLLIN };
	const struct ykvm_frame *f;
	const uint8_t *data;

	while (poll(&p, 1, 20) == 1) {
		struct ykvm_batch b = ykvm_reader_take(&g->reader, SLOTS);

		while ((f = ykvm_batch_next(&b, &data)))
			look(g, f, len, s);
		ykvm_reader_release(&g->reader, &b);
		guest_ioctl(g->fd, YKVM_KICK, NULL);
	}
}

/* Frames numbered from 0, a few at a time, so that none is lost; then what came of them. */
static struct seen run(struct guest_ring *g, uint16_t tag, size_t len, unsigned int n)
{
	struct ykvm_stats before = guest_stats(g);
	struct seen s = { 0 };
	unsigned int i;

	for (i = 0; i < n; i++) {
		send_frame(tag, (uint8_t)i, len);
		if (i % 8 == 7)
			take(g, tag ? len - 4 : len, &s);
	}
	take(g, tag ? len - 4 : len, &s);
	s.refused = (unsigned int)(guest_stats(g).filtered - before.filtered);
	return s;
}

/* Whose last byte is odd: it lies behind the ring's end, where a chain goes on at its start. */
static const struct sock_filter last_odd[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),	BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 1),
	BPF_STMT(BPF_MISC | BPF_TAX, 0),	BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
	BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 1), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, 0xffffffff),	BPF_STMT(BPF_RET | BPF_K, 0),
};

static void test_chains(bool own_memory, size_t len, const char *what)
{
	struct guest_ring g;
	struct seen s;

	IS(ring_open(&g, own_memory), 1, what);
	run(&g, 0, 100, 1); /* later chains begin at odd positions */
	IS(set_filter(&g, last_odd, 8), 0, "a filter that looks at a frame's last byte");
	s = run(&g, 0, len, 200);
	IS(s.in == 100 && s.odd == 100 && s.refused == 100 && !s.wrong, 1,
	   "lets in those frames, whole, and no others");
	IS(s.over_end > 0 || len <= BYTES, 1, "some of which lie over the ring's end");
	if (s.in != 100 || s.wrong)
		printf("# in %u odd %u refused %u wrong %u\n", s.in, s.odd, s.refused, s.wrong);
	guest_close(&g);
}

/* What the stack knows of a frame beside its bytes: `ancillary` is as wanted, or not. */
static struct seen run_ancillary(struct guest_ring *g, uint32_t ancillary, uint32_t mask, uint32_t wanted, uint16_t tag)
{
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)SKF_AD_OFF + ancillary),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, wanted, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};

	set_filter(g, f, 5);
	return run(g, tag, 100, 20);
}

static void test_ancillary(void)
{
	struct guest_ring g;

	IS(ring_open(&g, false), 1, "a ring");
	IS(run_ancillary(&g, SKF_AD_VLAN_TAG_PRESENT, 1, 1, ETH_P_8021Q).in, 20, "\"vlan\" lets tagged frames in");
	IS(run_ancillary(&g, SKF_AD_VLAN_TAG_PRESENT, 1, 1, 0).in, 0, "and no others");
	IS(run_ancillary(&g, SKF_AD_VLAN_TAG_PRESENT, 1, 0, ETH_P_8021Q).in, 0, "\"not vlan\" none of them");
	IS(run_ancillary(&g, SKF_AD_VLAN_TAG, 0xfff, 5, ETH_P_8021Q).in, 20, "\"vlan 5\" those of that number");
	IS(run_ancillary(&g, SKF_AD_VLAN_TAG, 0xfff, 6, ETH_P_8021Q).in, 0, "\"vlan 6\" none");
	IS(run_ancillary(&g, SKF_AD_PROTOCOL, 0xffff, TYPE, 0).in, 20, "the protocol is the EtherType");
	IS(run_ancillary(&g, SKF_AD_PROTOCOL, 0xffff, TYPE, ETH_P_8021Q).in, 20, "the one behind the tag");
	IS(run_ancillary(&g, SKF_AD_PKTTYPE, 7, 3, 0).in, 20, "of frames to others the type says so");
	IS(run_ancillary(&g, SKF_AD_PKTTYPE, 7, 0, 0).in, 0, "and that they are not to us");
	IS(run_ancillary(&g, SKF_AD_IFINDEX, 0xffff, if_nametoindex(dut), 0).in, 20, "the interface");
	guest_close(&g);
}

static int filter(void)
{
	test_chains(false, 1500, "a ring of the kernel's memory, frames of two buffers");
	test_chains(true, 1500, "one of the reader's memory, buffers to send from behind it");
	test_chains(false, BYTES, "frames as long as a buffer");
	test_chains(false, 60, "short frames");
	test_ancillary();
	return guest_checked();
}

static unsigned long long counter(const char *name)
{
	char path[128], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s", dut, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strtoull(text, NULL, 10);
}

/* With what looks like another frame's head where the second and third of its buffers begin. */
static void send_jumbo(void)
{
	uint8_t f[5000] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, TYPE >> 8, TYPE & 0xff };
	uint8_t inner[] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, INNER_TYPE >> 8, INNER_TYPE & 0xff };

	memcpy(f + 2048, inner, sizeof(inner));
	memcpy(f + 4096, inner, sizeof(inner));
	while (send(sender, f, sizeof(f), 0) < 0 && errno == EAGAIN)
		usleep(100);
}

static int count_frames(int fd)
{
	uint8_t f[9100];
	int n = 0;

	while (recv(fd, f, sizeof(f), 0) > 0)
		n++;
	return n;
}

static int jumbo(void)
{
	int whole = guest_stack(dut, TYPE), parts = guest_stack(dut, INNER_TYPE);
	unsigned long long before = counter("rx_dropped"), packets = counter("rx_packets"), dropped;
	int n = 0, made_up = 0, i;

	for (i = 0; i < 100; i++) {
		send_jumbo();
		usleep(1000);
		n += count_frames(whole);
		made_up += count_frames(parts);
	}
	usleep(20000);
	n += count_frames(whole);
	made_up += count_frames(parts);
	dropped = counter("rx_dropped") - before;
	packets = counter("rx_packets") - packets;
	printf("# %d frames, %d that nobody sent, %llu dropped, %llu counted as received\n", n, made_up, dropped,
	       packets);
	return n < 100 && made_up == 0 && n + dropped == 100 && packets == (unsigned long long)n ? 0 : 1;
}

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* n frames into the ring, each of one buffer, all held; and the entries that send the first m of them. */
static bool fill(struct guest_ring *g, struct ykvm_batch *b, uint32_t n, uint32_t m)
{
	struct ykvm_tx *tx = (void *)(g->user + g->setup.tx_off);
	const struct ykvm_frame *f;
	const uint8_t *data;
	uint32_t i;

	for (i = 0; i < n; i++) {
		send_frame(0, (uint8_t)i, 100);
		usleep(200);
	}
	usleep(20000); /* longer than interrupts are put off */
	*b = ykvm_reader_take(&g->reader, n);
	for (i = 0; (f = ykvm_batch_next(b, &data)); i++)
		if (i < m)
			tx[i] = (struct ykvm_tx) { .buffer = (uint32_t)(f - g->reader.frames), .len = f->len };
	ykvm_reader_keep(&g->reader, b);
	__atomic_store_n(&g->reader.user->tx_producer, m, __ATOMIC_RELEASE);
	printf("# %u of %u frames are held\n", i, n);
	return i == n;
}

static struct guest_ring shared;
static volatile bool ready;

/* Traffic has NAPI give the NIC what was released. */
static void *give_back(void *batch)
{
	int i;

	run_on(0);
	ready = true;
	usleep(5000); /* the other CPU is in the kernel by now, and stays there for some time */
	ykvm_reader_release(&shared.reader, batch);
	for (i = 0; i < 4; i++)
		send_frame(0, 0, 100);
	return NULL;
}

/* The kernel is held up between looking at the entry and sending it. Of one frame the NIC would not get the buffer. */
static int released(void)
{
	struct ykvm_stats s;
	struct ykvm_batch b;
	pthread_t other;

	if (!ring_open(&shared, false) || !fill(&shared, &b, 8, 1))
		return 1;
	pthread_create(&other, NULL, give_back, &b);
	while (!ready) /* else it might wait for this CPU */
		usleep(100);
	run_on(1);
	guest_ioctl(shared.fd, YKVM_KICK, NULL);
	pthread_join(other, NULL);
	s = guest_stats(&shared);
	printf("# sent %llu, failed %llu\n", s.sent, s.send_failed);
	guest_close(&shared);
	return s.sent == 0 && s.send_failed == 1 ? 0 : 1;
}

/* May the device write memory? */
static int is_master(const char *device)
{
	uint8_t command = 0;
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", device);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (pread(fd, &command, 1, 4) != 1)
		perror(path);
	return command & 4 ? 0 : 1;
}

int main(int argc, char **argv)
{
	const char *what = argc > 3 ? argv[3] : "";

	if (argc < 4)
		return 2;
	dut = argv[1];
	sender = guest_sender(argv[2]);
	if (!strcmp(what, "filter"))
		return filter();
	if (!strcmp(what, "jumbo"))
		return jumbo();
	if (!strcmp(what, "released"))
		return released();
	return argc > 4 ? is_master(argv[4]) : 2;
}
