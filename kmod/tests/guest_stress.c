// SPDX-License-Identifier: GPL-2.0-only
/*
 * One of those who shake the modules for as long as they are told to, in the guest. What their calls return does not
 * matter; the judge is the kernel's console.
 *
 *   guest_stress WHO SECONDS SEED DUT     prints "WHO: N rounds, N hits"; exit 0: it did its work
 */
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kmod/tests/guest_stress.h"

static const struct {
	const char *name;
	void (*once)(struct stress *s);
	bool pair; /* needs a veth pair of its own, with frames */
} all[] = {
	{ "unbind", stress_unbind, false }, { "maps", stress_maps, true }, { "memory", stress_memory, true },
	{ "links", stress_links, true },    { "nic", stress_nic, false },  { "names", stress_names, false },
	{ "nth", stress_nth, true },	    { "kcap", stress_kcap, true },
};

unsigned int stress_draw(struct stress *s, unsigned int n)
{
	return (unsigned int)rand_r(&s->seed) % n;
}

void stress_pause(struct stress *s, unsigned int n)
{
	usleep(stress_draw(s, n + 1));
}

void stress_send(const char *out, int n)
{
	uint8_t frame[600] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, 0x88, 0xb5 };
	int fd = guest_sender(out);

	if (fd < 0)
		return;
	while (n--)
		if (send(fd, frame, n % 3 ? 60 : sizeof(frame), 0) < 0)
			break;
	close(fd);
}

bool stress_open(struct guest_ring *g, const struct ykvm_setup *want)
{
	if (guest_open(g, want))
		return true;
	if (g->user && g->user != MAP_FAILED)
		munmap(g->user, g->setup.user_bytes);
	if (g->shared && g->shared != MAP_FAILED)
		munmap(g->shared, g->setup.shared_bytes);
	if (g->fd >= 0)
		close(g->fd);
	return false;
}

bool stress_ring(struct stress *s, struct guest_ring *g, uint32_t flags)
{
	struct ykvm_setup want = { .slots = 64U << stress_draw(s, 3),
				   .buffer_bytes = 256U << stress_draw(s, 4),
				   .flags = flags,
				   .wake_frames = 1 + stress_draw(s, 3),
				   .wake_usecs = 200 };

	return stress_open(g, &want);
}

void stress_child(struct stress *s, void (*fn)(struct stress *s), unsigned int kill_after_us)
{
	pid_t child = fork();

	if (child == 0) {
		fn(s);
		_exit(0);
	}
	if (child < 0)
		return;
	if (kill_after_us) {
		stress_pause(s, kill_after_us);
		kill(child, SIGKILL);
	}
	waitpid(child, NULL, 0);
}

/* Frames now and then: on so slow a machine many would leave no time for anything else. */
static pid_t flood(const char *out)
{
	pid_t child = fork();

	while (child == 0) {
		stress_send(out, 10);
		usleep(10000);
	}
	return child;
}

static void run(struct stress *s, void (*once)(struct stress *s), unsigned int seconds)
{
	for (s->until = time(NULL) + seconds; time(NULL) < s->until; s->rounds++)
		once(s);
}

int main(int argc, char **argv)
{
	char in[IFNAMSIZ], out[IFNAMSIZ];
	struct stress s = { .in = in, .out = out };
	pid_t sender = 0;
	size_t i;

	if (argc != 5)
		return 2;
	for (i = 0; i < sizeof(all) / sizeof(*all) && strcmp(all[i].name, argv[1]) != 0; i++)
		;
	if (i == sizeof(all) / sizeof(*all))
		return 2;
	s.seed = (unsigned int)strtoul(argv[3], NULL, 10) * 100 + (unsigned int)i;
	s.dut = argv[4];
	snprintf(in, sizeof(in), "%.8s0", argv[1]);
	snprintf(out, sizeof(out), "%.8s1", argv[1]);
	if (all[i].pair) {
		guest_veth_add(in, out);
		sender = flood(out);
	}
	run(&s, all[i].once, (unsigned int)strtoul(argv[2], NULL, 10));
	if (sender > 0) {
		kill(sender, SIGKILL);
		waitpid(sender, NULL, 0);
		guest_link_delete(in);
	}
	printf("%s: %llu rounds, %llu hits\n", argv[1], s.rounds, s.hits);
	return s.rounds && s.hits ? 0 : 1;
}
