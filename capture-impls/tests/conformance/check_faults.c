// SPDX-License-Identifier: GPL-2.0-or-later
/* What happens under a capture: its interface goes, or its process does. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture-impls/tests/conformance/conformance.h"
#include "harness/util/netif.h"

#define LOOKS 10
#define CARRIER_NS 20000000000ULL
#define LINK_US 200000 /* until the sender knows too */
#define FRAMES 20
#define GONE_MS 1000 /* until the interface has no name any more */
#define READY_MS 60000

/* One poll of a capture that may be broken: an error must have a message. Returns the number of errors. */
static int look(struct stand *s)
{
	struct capture_counts c = { 0 };
	int i, errors = 0, ret[3] = { 0 };

	ret[0] = s->ops->poll ? s->ops->poll(&s->capture, POLL_FRAMES) : 0;
	ret[1] = s->ops->wait ? s->ops->wait(&s->capture, 2000000) : 0;
	ret[2] = s->ops->counts ? s->ops->counts(&s->capture, &c) : 0;
	for (i = 0; i < 3; i++)
		errors += ret[i] < 0;
	if (errors && !s->capture.err.text[0])
		row_failed(s, "an error without a word (poll %d, wait %d, counts %d)", ret[0], ret[1], ret[2]);
	s->capture.err.text[0] = '\0';
	return errors;
}

/* All polls; were there errors? */
static bool look_often(struct stand *s)
{
	int i, errors = 0;

	for (i = 0; i < LOOKS; i++)
		errors += look(s);
	return errors;
}

static int up_again(struct stand *s)
{
	struct err e = { "" };
	int r = netif_flags(s->place->dut, IFF_UP, 0, &e);

	r = r ? r : netif_wait_carrier(s->place->dut, CARRIER_NS, &e);
	usleep(LINK_US);
	return r ? row_failed(s, "the suite itself: %s", e.text) : 0;
}

/* After an error the reader knows that it must open again; without one, frames must come again. */
int check_down(struct stand *s)
{
	struct err e = { "" };
	bool told;
	int r = stand_open(s);

	r = r ? r : stand_pass(s, FRAMES, 60);
	if (!r && s->caps & (CAPTURE_OWN_DRIVER | CAPTURE_ALTERS_NIC) && !if_nametoindex(s->place->dut))
		return row_skipped(s, "the kernel has no interface while it is open");
	if (!r && netif_flags(s->place->dut, 0, IFF_UP, &e))
		r = row_failed(s, "the suite itself: %s", e.text);
	if (r)
		return r;
	told = look_often(s);
	r = up_again(s);
	if (!r && !told)
		r = stand_pass(s, FRAMES, 60);
	r = r ? r : stand_reopen(s);
	return r ? r : stand_pass(s, FRAMES, 60);
}

/*
 * Somebody else, who has none of what the row opens: the kernel may hold who removes an interface up until its users
 * have left it.
 */
static pid_t remover_start(struct stand *s, int *go)
{
	struct err e = { "" };
	int way[2];
	char c;
	pid_t pid;

	if (pipe(way))
		return -1;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(way[1]);
		_exit(read(way[0], &c, 1) != 1 || s->place->remove(&e));
	}
	close(way[0]);
	*go = way[1];
	return pid;
}

/* The row polls when the interface is gone, or while it goes, which takes as long as somebody holds it. */
static void looks_when_gone(struct stand *s)
{
	int ms;

	for (ms = 0; ms < GONE_MS && if_nametoindex(s->place->dut); ms++)
		usleep(1000);
	usleep(LINK_US);
	look_often(s);
}

/* 0, or the suite's own failure. */
static int remover_end(struct stand *s, pid_t pid)
{
	int status = 0;

	return waitpid(pid, &status, 0) != pid || status ? row_failed(s, "the suite itself: nothing was removed") : 0;
}

/* Open and receiving. before: what the process holds once it is closed, including what a library keeps after its first use. */
static int open_again(struct stand *s, struct held *before)
{
	int r = stand_open(s);

	r = r ? r : stand_pass(s, FRAMES, 60);
	r = r ? r : stand_reopen(s);
	stand_close(s);
	r = r ? r : held_take(s, before);
	r = r ? r : stand_reopen(s);
	return r ? r : stand_pass(s, FRAMES, 60);
}

int check_removed(struct stand *s)
{
	struct held before, after;
	struct err e = { "" };
	int go, r;
	pid_t pid = remover_start(s, &go);

	if (pid < 0)
		return row_failed(s, "the suite itself: no process for the removal");
	r = open_again(s, &before);
	if (!r && write(go, "", 1) != 1)
		r = row_failed(s, "the suite itself: nothing can be removed");
	if (r) {
		close(go);
		waitpid(pid, NULL, 0);
		return r;
	}
	looks_when_gone(s);
	capture_free(&s->capture);
	r = remover_end(s, pid);
	/* The interface is gone, so its settings cannot be restored. */
	undo_all(&s->report->undo, &e);
	r = r ? r : held_take(s, &after);
	close(go);
	return r ? r : process_same(s, &before, &after, "after the close");
}

/* The process that will be killed: a reader. */
static void reader(struct stand *s, int ready)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (stand_open(s) || write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		look(s);
}

static int reader_start(struct stand *s, pid_t *pid)
{
	struct pollfd p = { .events = POLLIN };
	int ends[2], ready;
	char byte;

	if (pipe(ends))
		return row_failed(s, "the suite itself: pipe");
	*pid = fork();
	if (!*pid)
		reader(s, ends[1]);
	close(ends[1]);
	p.fd = ends[0];
	ready = *pid > 0 && poll(&p, 1, READY_MS) == 1 && read(ends[0], &byte, 1) == 1;
	close(ends[0]);
	return ready ? 0 : row_failed(s, "a reader in another process does not open");
}

/* Does the machine's own stack get the frames again? */
static int stack_receives(struct stand *s)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP) };
	int r, n = 0, fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char byte;

	at.sll_ifindex = (int)if_nametoindex(s->place->dut);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)))
		return row_failed(s, "the suite itself: packet socket on %s: %s", s->place->dut, strerror(errno));
	stand_add(s, FRAMES, (struct sent) { .len = 100 });
	r = stand_send(s, FRAMES);
	while (!r && n < FRAMES && poll(&p, 1, 3000) == 1 && recv(fd, &byte, 1, 0) >= 0)
		n++;
	close(fd);
	return r || n == FRAMES ? r : row_failed(s, "afterwards the stack received %d of %d frames", n, FRAMES);
}

static int kill_reader(struct stand *s, struct bpf_ids *ids)
{
	pid_t pid = 0;
	int status = 0, r = reader_start(s, &pid);

	stand_add(s, FRAMES, (struct sent) { .len = 100 });
	r = r ? r : stand_send(s, FRAMES);
	if (pid > 0) {
		held_bpf(pid, ids);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	if (!r && (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL))
		return row_failed(s, "the reader ended by itself");
	return r;
}

int check_killed(struct stand *s)
{
	struct held before, after;
	struct bpf_ids ids;
	struct err e = { "" };
	int r = held_take(s, &before);

	r = r ? r : kill_reader(s, &ids);
	if (r)
		return r;
	/* Settings stay until whoever started the process undoes them, or the namespace ends; so does a qdisc's program. */
	if (undo_all(&s->report->undo, &e))
		return row_failed(s, "what open altered cannot be undone by another: %s", e.text);
	if (!held_bpf_gone(&ids))
		return row_failed(s, "%u BPF programs, maps and links were held, and some are still there", ids.n);
	held_take(s, &after);
	r = settings_same(s, &before, &after, "after its end");
	r = r ? r : stack_receives(s);
	s->n_seen = s->n_sent = 0;
	r = r ? r : stand_open(s);
	return r ? r : stand_pass(s, FRAMES, 60);
}
