// SPDX-License-Identifier: GPL-2.0-only
/*
 * What lies in a ring's buffers, in the guest, over a veth pair: the reader's
 * own memory, frames over several buffers, frames sent from them. TAP on stdout;
 * exit 0: all passed.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kmod/tests/guest_pair.h"

#define HUGE_BYTES (2U << 20)

static void drop_lock_capability(rlim_t limit_bytes)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { { .effective = 1U << CAP_NET_RAW, .permitted = 1U << CAP_NET_RAW } };
	struct rlimit limit = { limit_bytes, limit_bytes };

	setrlimit(RLIMIT_MEMLOCK, &limit);
	syscall(SYS_capset, &h, d);
}

static int setup_memory(int fd, void *p, uint64_t bytes)
{
	struct ykvm_setup s = { .abi = YKVM_ABI,
				.slots = 1024,
				.flags = YKVM_SETUP_USER_MEMORY | YKVM_SETUP_DROP_NEWEST,
				.memory_addr = (uintptr_t)p,
				.memory_bytes = bytes };

	return guest_ioctl(fd, YKVM_SETUP, &s);
}

static void memory_refusals(uint8_t *p)
{
	struct guest_ring g;
	uint8_t *ro = mmap(NULL, HUGE_BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t child;

	guest_open(&g, &(struct ykvm_setup) { .slots = 64 });
	munmap(g.user, g.setup.user_bytes);
	munmap(g.shared, g.setup.shared_bytes);
	munmap(g.buffers, g.setup.buffers_bytes);
	IS(setup_memory(g.fd, p + 1, HUGE_BYTES), -EINVAL, "M5 memory that does not begin on a page: EINVAL");
	IS(setup_memory(g.fd, NULL, HUGE_BYTES), -EINVAL, "memory at 0: EINVAL");
	IS(setup_memory(g.fd, p, HUGE_BYTES - 4096), -EINVAL, "M5 too little of it: EINVAL");
	IS(setup_memory(g.fd, ro, HUGE_BYTES), -EFAULT, "M3 memory that is read-only: EFAULT");
	munmap(ro, HUGE_BYTES);
	IS(setup_memory(g.fd, ro, HUGE_BYTES), -EFAULT, "M3 memory that is not there: EFAULT");
	IS(setup_memory(g.fd, (void *)0xffff888000000000ULL, HUGE_BYTES), -EFAULT, "M3 the kernel's memory: EFAULT");
	child = fork();
	if (child == 0) {
		drop_lock_capability(65536);
		_exit(-setup_memory(g.fd, p, HUGE_BYTES));
	}
	waitpid(child, &status, 0);
	IS(WEXITSTATUS(status), ENOBUFS, "more than may be locked: ENOBUFS");
	close(g.fd);
}

static int charged_rings(uint8_t *p)
{
	int first = open(YKVM_DEVICE, O_RDWR), second = open(YKVM_DEVICE, O_RDWR);

	drop_lock_capability(HUGE_BYTES + HUGE_BYTES / 2);
	if (setup_memory(first, p, HUGE_BYTES))
		return 1;
	if (setup_memory(second, p, HUGE_BYTES) != -ENOBUFS)
		return 2;
	close(first);
	return setup_memory(second, p, HUGE_BYTES) ? 3 : 0;
}

/* Of one user, processes share what may be locked; it is given back, the last time by the process's end. */
static void memory_charged(uint8_t *p)
{
	int status = 0, i, bad = 0;
	pid_t child;

	for (i = 0; i < 2 && !bad; i++) {
		child = fork();
		if (child == 0)
			_exit(charged_rings(p));
		waitpid(child, &status, 0);
		bad = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	}
	IS(bad, 0, "a ring within what may be locked, no second one, and again when the first is closed");
}

static void memory_ring(uint8_t *p, const char *what)
{
	struct ykvm_setup want = { .slots = 1024,
				   .flags = YKVM_SETUP_USER_MEMORY | YKVM_SETUP_DROP_NEWEST,
				   .memory_addr = (uintptr_t)p,
				   .memory_bytes = HUGE_BYTES };
	struct guest_ring g;
	struct ykvm_batch b;
	const struct ykvm_frame *f;
	const uint8_t *data;
	uint32_t n = 0;

	pair_ring(&g, want, 0);
	pair_send(100, 60);
	b = ykvm_reader_take(&g.reader, 1024);
	while ((f = ykvm_batch_next(&b, &data)))
		n += data == p + (f - g.reader.frames) * 2048 && data[20] == n % 256 && data[59] == n % 256;
	ykvm_reader_release(&g.reader, &b);
	IS(n, 100, what);
	munmap(p, HUGE_BYTES);
	pair_send(100, 60);
	IS(guest_stats(&g).received, 200, "M19 unmapped under the ring: the kernel goes on");
	g.setup.memory_addr = 0;
	guest_close(&g);
}

static void huge_pages(const char *number)
{
	FILE *f = fopen("/proc/sys/vm/nr_hugepages", "w");

	if (!f || fputs(number, f) < 0 || fclose(f) != 0)
		perror("# nr_hugepages");
}

static void test_user_memory(void)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
	uint8_t *p = mmap(NULL, HUGE_BYTES, PROT_READ | PROT_WRITE, flags, -1, 0);

	memory_refusals(p);
	memory_charged(p);
	memory_ring(p, "frames in the reader's own memory");
	huge_pages("2");
	p = mmap(NULL, HUGE_BYTES, PROT_READ | PROT_WRITE, flags | MAP_HUGETLB, -1, 0);
	IS(p != MAP_FAILED, 1, "a huge page");
	if (p != MAP_FAILED)
		memory_ring(p, "frames in a huge page");
	huge_pages("0");
}

static bool filled(const uint8_t *data, uint32_t bytes, uint8_t number)
{
	uint32_t i;

	for (i = 14; i < bytes; i++)
		if (data[i] != number)
			return false;
	return true;
}

/* A jumbo frame of 8,000 bytes takes 4 of 64 buffers; with one of 60 between two, they come to lie over the end too. */
static void test_chains(void)
{
	struct ykvm_setup want = { .slots = 64, .flags = YKVM_SETUP_DROP_NEWEST };
	uint32_t whole = 0, over_end = 0, round;
	struct guest_ring g;

	pair_ring(&g, want, 0);
	for (round = 0; round < 40; round++) {
		struct ykvm_batch b;
		const struct ykvm_frame *f;
		const uint8_t *data;

		pair_send(2, round % 2 ? 8000 : 60);
		b = ykvm_reader_take(&g.reader, 64);
		for (uint8_t i = 0; (f = ykvm_batch_next(&b, &data)); i++) {
			whole += f->caplen == (round % 2 ? 8000 : 60) && f->buffers == (round % 2 ? 4 : 1) &&
				 filled(data, f->caplen, i);
			over_end += (f - g.reader.frames) + f->buffers > 64;
		}
		ykvm_reader_release(&g.reader, &b);
	}
	IS(whole, 80, "M21 jumbo frames, whole and in a row");
	IS(over_end > 0, 1, "some of them over the ring's end");
	IS(guest_stats(&g).chained, 40, "counted as chained");
	pair_send(20, 8000);
	IS(guest_stats(&g).full, 4, "16 jumbo frames fill the ring, 4 are dropped");
	IS(guest_drop_all(&g), 16, "the 16 are there");
	guest_close(&g);
}

static uint64_t queue_tx(struct guest_ring *g, uint64_t at, uint32_t buffer, uint32_t len)
{
	struct ykvm_tx *tx = (void *)(g->user + g->setup.tx_off);

	tx[at % YKVM_TX_SLOTS] = (struct ykvm_tx) { .buffer = buffer, .len = len };
	__atomic_store_n(&g->reader.user->tx_producer, at + 1, __ATOMIC_RELEASE);
	return at + 1;
}

static void send_held(struct guest_ring *g, int out)
{
	struct ykvm_batch b;
	const struct ykvm_frame *f;
	const uint8_t *data;
	uint64_t at = 0;
	uint32_t buffer = 0;

	pair_send(10, 60);
	b = ykvm_reader_take(&g->reader, 10);
	while ((f = ykvm_batch_next(&b, &data))) {
		buffer = (uint32_t)(f - g->reader.frames);
		at = queue_tx(g, at, buffer, f->len);
	}
	ykvm_reader_keep(&g->reader, &b);
	IS(guest_ioctl(g->fd, YKVM_KICK, NULL), 0, "kick");
	usleep(20000);
	IS(pair_stack_count(out), 10, "what is held is sent");
	IS(g->reader.state->tx_done == 10 && g->reader.state->tx_consumer == 10, 1, "and said to be through");
	at = queue_tx(g, at, buffer, 13);
	at = queue_tx(g, at, buffer, 9100);
	at = queue_tx(g, at, 0xffffffff, 60);
	at = queue_tx(g, at, g->setup.n_buffers, 60);
	at = queue_tx(g, at, (buffer + 1) % g->setup.slots, 60);
	at = queue_tx(g, at, buffer, 60);
	IS(guest_ioctl(g->fd, YKVM_KICK, NULL), 0, "kick");
	IS(pair_stack_count(out), 1, "M19 what is not held, or has no length, is not sent");
	IS(guest_stats(g).send_failed == 5 && guest_stats(g).sent == 11, 1, "and is counted");
	ykvm_reader_release(&g->reader, &b);
	queue_tx(g, at, buffer, 60);
	guest_ioctl(g->fd, YKVM_KICK, NULL);
	IS(pair_stack_count(out), 0, "M19 nor what was given back");
	g->reader.user->tx_producer = at + 1000;
	IS(guest_ioctl(g->fd, YKVM_KICK, NULL), -EINVAL, "M19 a tx_producer that cannot be: EINVAL");
	g->reader.user->tx_producer = g->reader.state->tx_consumer;
	guest_ioctl(g->fd, YKVM_UNBIND, NULL);
	IS(guest_ioctl(g->fd, YKVM_KICK, NULL), -ENODEV, "kick unbound: ENODEV");
}

static void send_own(uint32_t tx_buffers, int out)
{
	struct ykvm_setup want = { .slots = 64,
				   .flags = YKVM_SETUP_USER_MEMORY | YKVM_SETUP_DROP_NEWEST,
				   .tx_buffers = tx_buffers };
	uint8_t f[9100];
	struct guest_ring g;
	uint64_t at;

	want.memory_bytes = (64 + tx_buffers) * 2048;
	want.memory_addr =
		(uintptr_t)mmap(NULL, want.memory_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pair_ring(&g, want, 0);
	pair_fill(g.buffers + 64 * 2048, 7, 8000);
	at = queue_tx(&g, 0, 64, 8000);
	at = queue_tx(&g, at, 64 + tx_buffers - 1, 3000);
	IS(guest_ioctl(g.fd, YKVM_KICK, NULL), 0, "kick");
	IS(recv(out, f, sizeof(f), 0) == 8000 && filled(f, 8000, 7), 1, "a jumbo frame from buffers to send from");
	IS(guest_stats(&g).send_failed, 1, "one that would reach beyond them is not sent");
	guest_close(&g);
}

static void test_send(void)
{
	int out = guest_stack(OUT, TYPE);
	struct guest_ring g;

	pair_ring(&g, (struct ykvm_setup) { .slots = 64 }, 0);
	send_held(&g, out);
	guest_close(&g);
	pair_ring(&g, (struct ykvm_setup) { .slots = 64, .flags = YKVM_SETUP_DROP_NEWEST }, 0);
	send_held(&g, out);
	guest_close(&g);
	send_own(8, out);
	close(out);
}

int main(void)
{
	int skip = pair_begin();

	if (skip)
		return skip;
	test_user_memory();
	test_chains();
	test_send();
	return pair_end();
}
