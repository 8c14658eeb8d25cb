// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes the modules' calls, guided by what of their code a program reaches (KCOV; the modules alone are built with it).
 * Several workers at once, with one corpus: how the kernel answers, and who is first, decides about the next program.
 *
 *   guest_fuzz SECONDS SEED CORPUS PEER DUT      DUT: under ykvm-zc; PEER: the other end of its wire
 *
 * CORPUS: a file, a program a line, in hexadecimal digits. Prints "run HEX" before each program, "corpus HEX" behind each that
 * reached something new, and in the end how many ran and how much was reached. The judge is the kernel's console.
 */
#include <fcntl.h>
#include <linux/kcov.h>
#include <net/if.h>
#include <stdbool.h>
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

#define WORKERS 4 /* at once: most of a program's time is a wait for a grace period */
#define TRACE_WORDS (1UL << 15)
#define SEEN_BITS (1UL << 20) /* of a hash of addresses */
#define CORPUS_MAX 4096

static struct shared {
	unsigned long long programs, calls;
	unsigned int n_corpus, next; /* claimed; the next of the file's to be run */
	bool whole[CORPUS_MAX]; /* that one is written */
	struct fuzz_program corpus[CORPUS_MAX];
	uint8_t seen[SEEN_BITS / 8];
} * sh;

static struct fuzz_program from_file[CORPUS_MAX];
static unsigned int n_from_file, x;
static int kcov;
static unsigned long *trace;
const char *fuzz_dut, *fuzz_peer;
char fuzz_in[IFNAMSIZ], fuzz_out[IFNAMSIZ];

static unsigned int draw(unsigned int n)
{
	return (unsigned int)rand_r(&x) % n;
}

static bool kcov_open(void)
{
	kcov = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	if (kcov < 0 || ioctl(kcov, KCOV_INIT_TRACE, TRACE_WORDS) != 0)
		return false;
	trace = mmap(NULL, TRACE_WORDS * sizeof(*trace), PROT_READ | PROT_WRITE, MAP_SHARED, kcov, 0);
	return trace != MAP_FAILED;
}

/* How many places were reached first. */
static unsigned long look(void)
{
	unsigned long i, found = 0, n = __atomic_load_n(&trace[0], __ATOMIC_RELAXED);

	for (i = 0; i < n; i++) {
		unsigned long bit = (trace[i + 1] * 0x9e3779b97f4a7c15UL) >> 44;
		uint8_t mask = (uint8_t)(1U << bit % 8);

		found += !(__atomic_fetch_or(&sh->seen[bit / 8], mask, __ATOMIC_RELAXED) & mask);
	}
	return found;
}

static void print_program(const char *what, const struct fuzz_program *p)
{
	const uint8_t *bytes = (const uint8_t *)p->calls;
	size_t i;

	printf("%s ", what);
	for (i = 0; i < p->n * sizeof(*p->calls); i++)
		printf("%02x", bytes[i]);
	printf("\n");
	fflush(stdout);
}

/* A program that hangs is killed: the kernel has to cope with that, too. True: it reached something new. */
static bool run(const struct fuzz_program *p)
{
	pid_t child;

	print_program("run", p); /* whoever's program is the guest's death */
	__atomic_store_n(&trace[0], 0, __ATOMIC_RELAXED);
	child = fork();
	if (child == 0) {
		alarm(5);
		ioctl(kcov, KCOV_ENABLE, KCOV_TRACE_PC); /* if it cannot, main() says that nothing was reached */
		fuzz_run(p);
		_exit(0);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
	__atomic_fetch_add(&sh->programs, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&sh->calls, p->n, __ATOMIC_RELAXED);
	return look() != 0;
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
	unsigned int n = 1 + draw(4), kept = __atomic_load_n(&sh->n_corpus, __ATOMIC_RELAXED), at;

	memset(p, 0, sizeof(*p));
	at = kept ? draw(kept < CORPUS_MAX ? kept : CORPUS_MAX) : 0;
	if (kept && draw(20) && __atomic_load_n(&sh->whole[at], __ATOMIC_ACQUIRE))
		*p = sh->corpus[at];
	while (n--) {
		if (p->n < FUZZ_CALLS && (p->n < 2 || draw(3) == 0)) {
			at = draw(p->n + 1);
			memmove(&p->calls[at + 1], &p->calls[at], (p->n - at) * sizeof(*p->calls));
			p->calls[at] = draw_call();
			p->n++;
		} else if (draw(4) == 0) {
			at = draw(p->n);
			memmove(&p->calls[at], &p->calls[at + 1], (p->n - at - 1) * sizeof(*p->calls));
			p->n--;
		} else {
			mutate_call(&p->calls[draw(p->n)]);
		}
	}
}

static void keep(const struct fuzz_program *p)
{
	unsigned int at = __atomic_fetch_add(&sh->n_corpus, 1, __ATOMIC_RELAXED);

	if (at >= CORPUS_MAX)
		return;
	sh->corpus[at] = *p;
	__atomic_store_n(&sh->whole[at], true, __ATOMIC_RELEASE);
}

static void read_corpus(const char *path)
{
	char line[2 * sizeof(struct fuzz_program) + 2];
	FILE *f = fopen(path, "re");

	while (f && n_from_file < CORPUS_MAX && fgets(line, sizeof(line), f)) {
		struct fuzz_program *p = &from_file[n_from_file];
		size_t n = strspn(line, "0123456789abcdef") / 2, i;

		for (i = 0; i < n && i < sizeof(p->calls); i++)
			sscanf(line + 2 * i, "%2hhx", (uint8_t *)p->calls + i);
		p->n = (uint32_t)(n / sizeof(*p->calls));
		if (p->n && p->n <= FUZZ_CALLS)
			n_from_file++;
	}
	if (f)
		fclose(f);
}

/* Each program of the file is run, by whoever comes first; those that reach nothing that another did not are left out. */
static void run_corpus(void)
{
	unsigned int at;

	while ((at = __atomic_fetch_add(&sh->next, 1, __ATOMIC_RELAXED)) < n_from_file)
		if (run(&from_file[at]))
			keep(&from_file[at]);
}

static int worker(unsigned int number, time_t seconds)
{
	struct fuzz_program p;
	time_t until;

	x += number * 1000003;
	snprintf(fuzz_in, sizeof(fuzz_in), "fz%ua", number);
	snprintf(fuzz_out, sizeof(fuzz_out), "fz%ub", number);
	if (!kcov_open() || guest_veth_add(fuzz_in, fuzz_out) != 0)
		return 1;
	run_corpus();
	for (until = time(NULL) + seconds; time(NULL) < until;) {
		draw_program(&p);
		if (!run(&p))
			continue;
		keep(&p);
		print_program("corpus", &p);
	}
	guest_link_delete(fuzz_in);
	return 0;
}

static unsigned long reached(void)
{
	unsigned long n = 0, i;

	for (i = 0; i < SEEN_BITS; i++)
		n += sh->seen[i / 8] >> i % 8 & 1;
	return n;
}

int main(int argc, char **argv)
{
	int status, failed = 0;
	unsigned int i;

	if (argc != 6)
		return 2;
	x = (unsigned int)strtoul(argv[2], NULL, 10);
	fuzz_peer = argv[4];
	fuzz_dut = argv[5];
	read_corpus(argv[3]);
	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < WORKERS; i++)
		if (fork() == 0)
			_exit(worker(i, (time_t)strtoul(argv[1], NULL, 10)));
	while (wait(&status) > 0)
		failed |= status;
	printf("# %llu programs, %llu calls, %lu places of the modules reached, %u programs in the corpus\n",
	       sh->programs, sh->calls, reached(), sh->n_corpus);
	return !failed && reached() > 100 ? 0 : 1;
}
