// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints at how many kHz this machine's time stamp counter goes, which a guest of QEMU's without a count of instructions
 * sees too. By itself the guest measures it against a timer that QEMU serves late on a busy machine.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

static int64_t now(uint64_t *tsc)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	*tsc = __rdtsc();
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(void)
{
	uint64_t from, to;
	int64_t begin = now(&from), ns;

	do
		ns = now(&to) - begin;
	while (ns < 50000000);
	printf("%.0f\n", (double)(to - from) * 1e6 / (double)ns);
	return 0;
}
