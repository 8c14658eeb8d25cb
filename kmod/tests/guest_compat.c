// SPDX-License-Identifier: GPL-2.0-only
/*
 * A 32-bit reader, in the guest: the same structs, through the kernel's compat layer. It is built with -m32 and no
 * library, so that it needs none; the assertions of the ABI's header hold where a __u64 is aligned to 4 too.
 *
 *   guest_compat IFINDEX     the interface must receive 10 frames within 5 s
 *
 * exit 0: it captured them; else the step that failed.
 */
#include "kmod/uapi/ykvm.h"

#define NR_EXIT 1
#define NR_OPEN 5
#define NR_IOCTL 54
#define NR_POLL 168
#define NR_MMAP2 192
#define O_RDWR 2
#define POLLIN 1
#define FRAMES 10
#define ENOTTY 25
#define EFAULT 14
#define DOOMED ((void *)0xfffff000)

typedef unsigned long word;

static long call(long nr, word a, word b, word c, word d, word e)
{
	long ret;

	__asm__ volatile("push %%ebp; xor %%ebp, %%ebp; int $0x80; pop %%ebp"
			 : "=a"(ret)
			 : "0"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory");
	return ret;
}

static long control(long fd, word cmd, const void *arg)
{
	return call(NR_IOCTL, (word)fd, cmd, (word)arg, 0, 0);
}

/* offset 0 only: a sixth argument would need the register that the compiler keeps. What the ring has, ioctls say. */
static volatile struct ykvm_user *map_user(long fd, word bytes)
{
	long p = call(NR_MMAP2, 0, bytes, 3, 1, (word)fd);

	return (word)p >= (word)-4095 ? 0 : (void *)p;
}

static int capture(word ifindex)
{
	struct ykvm_setup s = { .abi = YKVM_ABI, .slots = 64, .flags = YKVM_SETUP_DROP_NEWEST };
	struct ykvm_bind b = { .ifindex = ifindex };
	struct ykvm_wait w = { .timeout_ns = 5000000000ULL };
	struct {
		int fd;
		short events, revents;
	} p = { .events = POLLIN };
	struct ykvm_stats stats;
	volatile struct ykvm_user *user;
	int i;
	long fd = call(NR_OPEN, (word)YKVM_DEVICE, O_RDWR, 0, 0, 0);

	if (fd < 0)
		return 1;
	if (control(fd, YKVM_SETUP, DOOMED) != -EFAULT || control(fd, YKVM_STATS + 1, &stats) != -ENOTTY)
		return 2;
	if (control(fd, YKVM_SETUP, &s) != 0 || s.n_buffers != 64 || s.batch_max != 64 ||
	    s.buffers_bytes != 64 * 2048 * 2)
		return 3;
	user = map_user(fd, (word)s.user_bytes);
	if (!user || control(fd, YKVM_BIND, &b) != 0)
		return 4;
	p.fd = fd;
	for (i = 0; i < 500 && (control(fd, YKVM_STATS, &stats) != 0 || stats.received < FRAMES); i++)
		call(NR_POLL, 0, 0, 10, 0, 0);
	if (stats.received < FRAMES || stats.left != stats.received)
		return 5;
	if (call(NR_POLL, (word)&p, 1, 0, 0, 0) != 1 || !(p.revents & POLLIN) || control(fd, YKVM_WAIT, &w) != 0 ||
	    w.status != YKVM_STATUS_BOUND)
		return 6;
	user->consumer = FRAMES;
	user->released = FRAMES;
	if (control(fd, YKVM_STATS, &stats) != 0 || stats.left != stats.received - FRAMES || stats.bad_index)
		return 7;
	return control(fd, YKVM_UNBIND, 0) == 0 ? 0 : 8;
}

static word number(const char *s)
{
	word n = 0;

	while (*s)
		n = n * 10 + (word)(*s++ - '0');
	return n;
}

__attribute__((used)) void compat_main(word *stack)
{
	call(NR_EXIT, stack[0] == 2 ? (word)capture(number(((const char **)stack)[2])) : 99, 0, 0, 0, 0);
}

__asm__(".globl _start\n_start: mov %esp, %eax; push %eax; call compat_main");
