// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes the modules' calls, guided by what of their code a program reaches (KCOV; the modules alone are built with it).
 * The same seed and corpus draw the same first programs; how the kernel answers decides about the next.
 *
 *   guest_fuzz SECONDS SEED CORPUS PEER DUT      DUT: under ykvm-zc; PEER: the other end of its wire
 *
 * CORPUS: a file, a program a line, in hexadecimal digits. Prints "corpus HEX" for each program that reached something new,
 * and in the end how many ran and how much was reached. The judge is the kernel's console.
 */
#include <fcntl.h>
#include <linux/kcov.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kmod/tests/guest.h"
#include "kmod/tests/guest_fuzz.h"

#define TRACE_WORDS (1UL << 16)
#define SEEN_BITS (1UL << 20) /* of a hash of addresses */
#define CORPUS_MAX 4096

static uint8_t *seen; /* shared with the children, which look themselves */
static unsigned long *news; /* places that the last program reached first */
static struct fuzz_program corpus[CORPUS_MAX];
static unsigned int n_corpus, x;
const char *fuzz_dut, *fuzz_peer;

static unsigned int draw(unsigned int n)
{
	return (unsigned int)rand_r(&x) % n;
}

static unsigned long *kcov_open(int *fd)
{
	unsigned long *trace;

	*fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	if (*fd < 0 || ioctl(*fd, KCOV_INIT_TRACE, TRACE_WORDS) != 0)
		return NULL;
	trace = mmap(NULL, TRACE_WORDS * sizeof(*trace), PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	return trace == MAP_FAILED ? NULL : trace;
}

static unsigned long look(const unsigned long *trace)
{
	unsigned long i, found = 0, n = __atomic_load_n(&trace[0], __ATOMIC_RELAXED);

	for (i = 0; i < n; i++) {
		unsigned long bit = (trace[i + 1] * 0x9e3779b97f4a7c15UL) >> 44;

		if (seen[bit / 8] & 1U << bit % 8)
			continue;
		seen[bit / 8] |= (uint8_t)(1U << bit % 8);
		found++;
	}
	return found;
}

/* A program that hangs is killed: the kernel has to cope with that, too. */
static void run(const struct fuzz_program *p)
{
	pid_t child;

	*news = 0;
	child = fork();
	if (child == 0) {
		int fd;
		unsigned long *trace = kcov_open(&fd);

		alarm(5);
		if (!trace || ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC) != 0)
			trace = NULL; /* blindly, then, and main() says that nothing was reached */
		else
			__atomic_store_n(&trace[0], 0, __ATOMIC_RELAXED);
		fuzz_run(p);
		if (trace)
			*news = look(trace);
		_exit(0);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
}

static struct fuzz_call draw_call(void)
{
	static const uint64_t values[] = {
		0, 1, 2, 14, 63, 64, 4095, 4096, 65535, 65536, 1ULL << 31, 0xffffffff, ~0ULL
	};
	struct fuzz_call c = { .op = (uint8_t)draw(FUZZ_OPS), .how = (uint8_t)draw(256), .at = (uint16_t)draw(65536) };

	c.value = draw(2) ? values[draw(sizeof(values) / sizeof(*values))]
			  : (uint64_t)rand_r(&x) << 33 ^ (uint64_t)rand_r(&x);
	if (draw(2))
		c.how |= 8; /* every second call is a sane one: without, few come far */
	return c;
}

static void mutate_call(struct fuzz_call *c)
{
	struct fuzz_call other = draw_call();

	switch (draw(4)) {
	case 0:
		c->value = other.value;
		break;
	case 1:
		c->at = other.at;
		break;
	case 2:
		c->how ^= (uint8_t)(1U << draw(8));
		break;
	default:
		*c = other;
	}
}

/* One of the corpus, changed in a place or more; or a new one. */
static void draw_program(struct fuzz_program *p)
{
	unsigned int n = 1 + draw(4);

	memset(p, 0, sizeof(*p));
	if (n_corpus && draw(20))
		*p = corpus[draw(n_corpus)];
	while (n--) {
		if (p->n < FUZZ_CALLS && (p->n < 2 || draw(3) == 0)) {
			unsigned int at = draw(p->n + 1);

			memmove(&p->calls[at + 1], &p->calls[at], (p->n - at) * sizeof(*p->calls));
			p->calls[at] = draw_call();
			p->n++;
		} else if (draw(4) == 0) {
			unsigned int at = draw(p->n);

			memmove(&p->calls[at], &p->calls[at + 1], (p->n - at - 1) * sizeof(*p->calls));
			p->n--;
		} else {
			mutate_call(&p->calls[draw(p->n)]);
		}
	}
}

static void print_program(const struct fuzz_program *p)
{
	const uint8_t *bytes = (const uint8_t *)p->calls;
	size_t i;

	printf("corpus ");
	for (i = 0; i < p->n * sizeof(*p->calls); i++)
		printf("%02x", bytes[i]);
	printf("\n");
	fflush(stdout);
}

static void keep(const struct fuzz_program *p)
{
	if (n_corpus < CORPUS_MAX)
		corpus[n_corpus++] = *p;
}

/* Each program of the file is run; those that reach nothing that another did not are left out. */
static void read_corpus(const char *path)
{
	char line[2 * sizeof(struct fuzz_program) + 2];
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f)) {
		struct fuzz_program p = { 0 };
		size_t n = strspn(line, "0123456789abcdef") / 2, i;

		for (i = 0; i < n && i < sizeof(p.calls); i++)
			sscanf(line + 2 * i, "%2hhx", (uint8_t *)p.calls + i);
		p.n = (uint32_t)(n / sizeof(*p.calls));
		if (!p.n || p.n > FUZZ_CALLS)
			continue;
		run(&p);
		if (*news)
			keep(&p);
	}
	if (f)
		fclose(f);
}

int main(int argc, char **argv)
{
	unsigned long long programs = 0, calls = 0, reached, i;
	struct fuzz_program p;
	time_t until;

	if (argc != 6)
		return 2;
	fuzz_peer = argv[4];
	fuzz_dut = argv[5];
	x = (unsigned int)strtoul(argv[2], NULL, 10);
	seen = mmap(NULL, SEEN_BITS / 8, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	news = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	guest_veth_add(FUZZ_IN, FUZZ_OUT);
	read_corpus(argv[3]);
	printf("# %u programs of the corpus reach something of their own\n", n_corpus);
	for (until = time(NULL) + (time_t)strtoul(argv[1], NULL, 10); time(NULL) < until; programs++) {
		draw_program(&p);
		calls += p.n;
		run(&p);
		if (!*news)
			continue;
		keep(&p);
		print_program(&p);
	}
	for (reached = 0, i = 0; i < SEEN_BITS; i++)
		reached += seen[i / 8] >> i % 8 & 1;
	printf("# %llu programs, %llu calls, %llu places of the modules reached, %u programs in the corpus\n", programs,
	       calls, reached, n_corpus);
	guest_link_delete(FUZZ_IN);
	return reached > 100 ? 0 : 1;
}
