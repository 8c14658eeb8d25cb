// SPDX-License-Identifier: GPL-2.0-or-later
/* Injected faults at their places, on a veth pair of the test's own: which frames arrive, and that they go again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "generators/frame.h"
#include "harness/sink/sink.h"
#include "harness/testbeds/netns/netns.h"
#include "harness/tests/own_root.h"
#include "harness/trial/fault.h"

#define FRAMES 10
#define BYTES 60
#define QUIET_MS 100

static struct err cannot, e;
static int tx, rx; /* packet sockets of the two ends */
static struct undo u;
static struct outcome o;
static struct generator_place place = { .senders = 1, .ifname = { NETNS_SENDER } };

static int socket_on(const char *ifname, int protocol)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons((uint16_t)protocol) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	to.sll_ifindex = (int)if_nametoindex(ifname);
	return fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)) ? -errno : fd;
}

/* BPF programs at interfaces are the machine's root's alone. */
static int spaces_up(void **state)
{
	(void)state;
	if (own_root() || !real_root)
		err_set(&cannot, -EPERM, "wants the machine's root");
	else if (!netns_up(&cannot) && !netns_enter(SIDE_SENDERS, &cannot))
		tx = socket_on(NETNS_SENDER, 0);
	return 0;
}

static struct trial t;
static struct fault fault;

/* In the senders' namespace, with a socket that listens at the DUT. */
static void need(const char *text)
{
	if (cannot.text[0])
		skip_because(cannot.text);
	e.text[0] = '\0';
	memset(&u, 0, sizeof(u));
	outcome_init(&o);
	trial_init(&t);
	t.count = FRAMES;
	assert_int_equal(trial_set(&t, "fault", text, &e), 0);
	assert_int_equal(trial_set(&t, "gen.queue", "1", &e), 0);
	if (fault_of_trial(&fault, &t, &e))
		fail_msg("%s", e.text);
	assert_int_equal(netns_enter(SIDE_DUT, &e), 0);
	rx = socket_on(NETNS_DUT, ETH_P_ALL);
	assert_true(rx >= 0 && tx >= 0);
	assert_int_equal(netns_enter(SIDE_SENDERS, &e), 0);
}

/* A kernel without the hook, or the discipline, says so. */
static void hooked(int r)
{
	if (!r)
		return;
	close(rx);
	if (strstr(e.text, "No such file") || strstr(e.text, "not supported"))
		skip_because(e.text);
	fail_msg("%s", e.text);
}

static void send_all(void)
{
	uint8_t frame[FRAME_ROOM];
	uint32_t i;

	frame_build(frame, BYTES, 0, (uint8_t[6]) { 2 }, (uint8_t[6]) { 2, 0, 0, 0, 0, 0x99 });
	for (i = 1; i <= FRAMES; i++) {
		frame_number(frame, i, 0);
		assert_int_equal(send(tx, frame, BYTES, 0), BYTES);
	}
}

/* The numbers of what came, in order, and an x behind one whose payload is not all zero. */
static const char *came(void)
{
	static char text[128];
	uint8_t frame[2048];
	uint32_t seq;

	text[0] = '\0';
	while (poll(&(struct pollfd) { rx, POLLIN, 0 }, 1, QUIET_MS) == 1) {
		if (recv(rx, frame, sizeof(frame), 0) < SINK_HEAD_BYTES)
			continue;
		memcpy(&seq, frame + SINK_OFF_SEQ, sizeof(seq));
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%u%s ", ntohl(seq),
			 frame[SINK_HEAD_BYTES] ? "x" : "");
	}
	return text;
}

#define ALL "1 2 3 4 5 6 7 8 9 10 "

/* Once more, without the fault. */
static void gone(void)
{
	assert_int_equal(undo_all(&u, &e), 0);
	fault_free(&fault);
	send_all();
	assert_string_equal(came(), ALL);
	close(rx);
}

static void arrives_as(const char *text, const char *wanted)
{
	need(text);
	hooked(fault_hooks(&fault, NETNS_DUT, &place, &u, &o, &e));
	assert_int_equal(u.n, 1);
	send_all();
	assert_string_equal(came(), wanted);
	gone();
}

static void swallowed(void **state)
{
	(void)state;
	arrives_as("swallow:3-5", "1 2 6 7 8 9 10 ");
}

static void swapped(void **state)
{
	(void)state;
	arrives_as("swap:3-6", "1 2 4 3 6 5 7 8 9 10 ");
}

static void flipped(void **state)
{
	(void)state;
	arrives_as("flip:9-10", "1 2 3 4 5 6 7 8 9x 10x ");
}

static void repeated(void **state)
{
	(void)state;
	arrives_as("repeat", "1 1 2 2 3 3 4 4 5 5 6 6 7 7 8 8 9 9 10 10 ");
}

/* The link has no undo: it is closed when the trial is over. */
static void dropped_by_xdp(void **state)
{
	(void)state;
	need("xdp:2-9");
	assert_int_equal(netns_enter(SIDE_DUT, &e), 0);
	assert_int_equal(fault_hooks(&fault, NETNS_DUT, &place, &u, &o, &e), 0);
	assert_string_equal(o.knobs[0].key, "xdp");
	assert_string_equal(o.knobs[0].value, "native");
	assert_int_equal(netns_enter(SIDE_SENDERS, &e), 0);
	send_all();
	assert_string_equal(came(), "1 10 ");
	gone();
}

/* Into whatever packet socket this process has; there is no undo but its end. */
static void filtered(void **state)
{
	(void)state;
	need("filter:4-10");
	assert_int_equal(fault_socket(&fault, &e), 0);
	send_all();
	assert_string_equal(came(), "1 2 3 ");
	close(rx);
}

static void none_at_all(void **state)
{
	(void)state;
	need("stall");
	assert_int_equal(fault_hooks(&fault, NETNS_DUT, &place, &u, &o, &e), 0);
	assert_int_equal(fault_socket(&fault, &e), 0);
	assert_int_equal(fault_stop(&fault, NETNS_DUT, &u, &o, &e), 0);
	assert_int_equal(u.n, 0);
	fault_let_go(&fault);
	gone();
}

/* An interface that is not there: nothing stays behind. */
static void at_no_interface(void **state)
{
	static const char *const texts[] = { "swallow:1-2", "repeat", "xdp:1-2" };
	struct generator_place nowhere = { .senders = 1, .ifname = { "nosuch" } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		need(texts[i]);
		assert_true(fault_hooks(&fault, "nosuch", &nowhere, &u, &o, &e) < 0);
		assert_string_not_equal(e.text, "");
		undo_all(&u, NULL);
		memset(&u, 0, sizeof(u));
		gone();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(swallowed),   cmocka_unit_test(swapped),	  cmocka_unit_test(flipped),
		cmocka_unit_test(repeated),    cmocka_unit_test(filtered),	  cmocka_unit_test(dropped_by_xdp),
		cmocka_unit_test(none_at_all), cmocka_unit_test(at_no_interface),
	};

	return cmocka_run_group_tests(tests, spaces_up, NULL);
}
